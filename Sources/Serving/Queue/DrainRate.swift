import DequeModule

/// How fast readers take sequences from a queue, from the last takes; the source of Retry-After.
package struct DrainRate: Sendable {
    /// Takes remembered.
    package static let sampleCountMax = 64

    /// Times of the last takes, one per sequence, ascending.
    private var takeTimes: Deque<Duration> = []

    /// Nothing taken yet.
    package init() {}

    /// Notes that `count` sequences left the queue.
    package mutating func record(takenCount count: Int, now: Duration) {
        for _ in 0..<min(count, DrainRate.sampleCountMax) { takeTimes.append(now) }
        if takeTimes.count > DrainRate.sampleCountMax {
            takeTimes.removeFirst(takeTimes.count - DrainRate.sampleCountMax)
        }
    }

    /// How long it takes until `placeCount` places are free, within `bounds`. The rate is counted from the
    /// oldest remembered take until now, so it falls while nothing is taken; without any take the longest
    /// wait is named.
    package func wait(forPlaces placeCount: Int, now: Duration, bounds: ClosedRange<Duration>) -> Duration {
        guard let oldest = takeTimes.first else { return bounds.upperBound }
        let perPlace = (now - oldest) / takeTimes.count
        return min(max(perPlace * placeCount, bounds.lowerBound), bounds.upperBound)
    }
}
