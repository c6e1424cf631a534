/// The batch's size follows the arrival rate: a reader waits for as many sequences as a window brings at the present
/// rate. Where they come slower than one a window, none waits; where the stream stops, the wait ends early.
package struct AdaptiveBatching: BatchingPolicy {
    /// The longest time for which a sequence waits for others.
    package var window: Duration
    /// Sequences a reader holds at most; nil is what it can.
    package var maxBatch: Int?
    private var rate: ArrivalRate

    /// Makes a policy without history.
    package init(window: Duration, maxBatch: Int?) {
        self.window = window
        self.maxBatch = maxBatch
        // Whatever is slower than one a window is waited for by nobody.
        rate = ArrivalRate(gapMax: window * 2)
    }

    /// Measures the rate.
    package mutating func noteArrivals(_ count: Int, at now: Duration) { rate.note(count, at: now) }

    /// As many as the rate promises, or what there is when no more is to be expected.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let room = room.limited(to: maxBatch)
        guard room.freeCount > 0 else { return .wait(until: nil) }
        if let end = waitingEnd(waiting, room, at: now) { return .wait(until: end) }
        return .take(min(waiting.count, room.freeCount))
    }

    /// Until when it is worth waiting for more; nil if it is not.
    func waitingEnd(_ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration) -> Duration? {
        guard waiting.count < room.freeCount, waiting.promptTokenCount < room.stepTokenCount else {
            return nil
        }
        guard let gap = rate.gap(at: now), gap * (waiting.count + 1) <= window else { return nil }
        // With each moment without an arrival the expected size falls; at that length it is what waits already.
        let silence = rate.time(whenGapIs: window / (waiting.count + 1)) ?? now
        let end = min(waiting.oldestArrival + window, silence)
        return end > now ? end : nil
    }
}
