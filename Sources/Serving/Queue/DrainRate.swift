import DequeModule

/// How fast readers take work from a queue, from the last takes; the source of Retry-After.
///
/// Work is counted in tokens (`QueuedSequence.workTokenCount`), since a place that a long prompt holds is not free as
/// soon as one that a short one holds. Only the time counts in which something waited: a queue that nobody used for an
/// hour is not a slow one.
package struct DrainRate: Sendable {
    /// Takes remembered.
    package static let sampleCountMax = 64

    private struct Take {
        /// On the clock that runs only while something waits.
        let time: Duration
        let workTokenCount: Int
    }

    /// The last takes, ascending.
    private var takes: Deque<Take> = []
    private var workTokenCount = 0
    /// Time in which something waited, until `waitingSince`.
    private var waited: Duration = .zero
    /// Since when something has been waiting without a break; nil while nothing does.
    private var waitingSince: Duration?

    /// Nothing taken yet.
    package init() {}

    /// Notes whether something waits from now on.
    package mutating func note(isWaiting: Bool, now: Duration) {
        if let since = waitingSince, !isWaiting { waited += now - since }
        waitingSince = isWaiting ? waitingSince ?? now : nil
    }

    /// Notes that a sequence of this much work left the queue.
    package mutating func record(workTokenCount taken: Int, now: Duration) {
        takes.append(Take(time: time(now), workTokenCount: taken))
        workTokenCount += taken
        if takes.count > DrainRate.sampleCountMax { workTokenCount -= takes.removeFirst().workTokenCount }
    }

    /// How long it takes until this much work has left, within `bounds`. The rate is counted from the oldest
    /// remembered take until now, so it falls while nothing is taken; without any take the longest wait is named.
    package func wait(forWork tokenCount: Double, now: Duration, bounds: ClosedRange<Duration>) -> Duration {
        guard let oldest = takes.first, workTokenCount > 0 else { return bounds.upperBound }
        let wait = (time(now) - oldest.time) * (tokenCount / Double(workTokenCount))
        return min(max(wait, bounds.lowerBound), bounds.upperBound)
    }

    private func time(_ now: Duration) -> Duration {
        waited + (waitingSince.map { now - $0 } ?? .zero)
    }
}
