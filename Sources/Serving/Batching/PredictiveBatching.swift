/// Expects surges to be like earlier ones: where a surge has begun, readers wait until it has brought what surges
/// bring, and where one is about to begin, what waits goes with it. Without a surge in sight none waits.
package struct PredictiveBatching: BatchingPolicy {
    /// The longest time for which a sequence waits for others.
    package var window: Duration
    /// Sequences a reader holds at most; nil is what it can.
    package var maxBatch: Int?
    private var history: SurgeHistory

    /// Makes a policy without history.
    package init(window: Duration, maxBatch: Int?) {
        self.window = window
        self.maxBatch = maxBatch
        history = SurgeHistory(gapMax: window)
    }

    /// Remembers surges.
    package mutating func noteArrivals(_ count: Int, at now: Duration) { history.note(count, at: now) }

    /// All that has come, unless more is expected in time.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let room = room.limited(to: maxBatch)
        guard room.freeCount > 0 else { return .wait(until: nil) }
        let isFull = waiting.count >= room.freeCount || waiting.promptTokenCount >= room.stepTokenCount
        let end = waiting.oldestArrival + window
        if !isFull, now < end {
            if let expected = history.expectedEnd(at: now) { return .wait(until: min(expected, end)) }
            if let start = history.expectedStart(after: now), start <= end { return .wait(until: end) }
        }
        return .take(min(waiting.count, room.freeCount))
    }
}
