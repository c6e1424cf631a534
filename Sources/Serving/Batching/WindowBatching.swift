/// A reader takes when a minimum waits, or when the oldest has waited for the window; it never holds more than the
/// maximum. What it takes joins what it holds.
package struct WindowBatching: BatchingPolicy {
    /// The longest time for which a sequence waits for others.
    package var window: Duration
    /// Sequences that need not wait for others.
    package var minBatch: Int
    /// Sequences a reader holds at most; nil is what it can.
    package var maxBatch: Int?

    /// Makes a policy.
    package init(window: Duration, minBatch: Int, maxBatch: Int?) {
        self.window = window
        self.minBatch = minBatch
        self.maxBatch = maxBatch
    }

    /// Nothing before the minimum waits or the window is over.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let room = room.limited(to: maxBatch)
        guard room.freeCount > 0 else { return .wait(until: nil) }
        let end = waiting.oldestArrival + window
        guard waiting.count >= min(minBatch, room.capacity) || now >= end else { return .wait(until: end) }
        return .take(min(waiting.count, room.freeCount))
    }
}
