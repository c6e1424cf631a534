/// A reader takes a whole batch when it holds nothing, and the next one when all of that are done: what servers do
/// that pad prompts to one length. Here for comparison, and for models whose answers have one length.
package struct StaticBatching: BatchingPolicy {
    /// How long the oldest waits for the batch to fill.
    package var window: Duration
    /// The batch's size; nil is what the reader can hold.
    package var maxBatch: Int?

    /// Makes a policy.
    package init(window: Duration, maxBatch: Int?) {
        self.window = window
        self.maxBatch = maxBatch
    }

    /// A full batch, or what there is when the window is over; nothing beside a batch that runs.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        guard room.heldCount == 0 else { return .wait(until: nil) }
        let size = room.limited(to: maxBatch).freeCount
        let end = waiting.oldestArrival + window
        guard waiting.count >= size || now >= end else { return .wait(until: end) }
        return .take(min(waiting.count, size))
    }
}
