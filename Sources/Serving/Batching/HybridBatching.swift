/// The size follows the arrival rate as in `AdaptiveBatching`, under a limit that follows the machine as in
/// `LoadBatching`; where an urgent sequence waits, nobody waits for more.
package struct HybridBatching: BatchingPolicy {
    private var adaptive: AdaptiveBatching
    private let load: LoadBatching
    private let urgentPriority: Int

    /// Makes a policy of its parts; `load` says what a reader holds at most.
    package init(window: Duration, load: LoadBatching, urgentPriority: Int) {
        adaptive = AdaptiveBatching(window: window, maxBatch: nil)
        self.load = load
        self.urgentPriority = urgentPriority
    }

    /// The limit follows the machine.
    package var usesPressure: Bool { true }

    /// Measures the rate.
    package mutating func noteArrivals(_ count: Int, at now: Duration) {
        adaptive.noteArrivals(count, at: now)
    }

    /// The load's limit first, then urgency, then the rate.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let room = load.shrunk(room)
        guard room.freeCount > 0 else { return .wait(until: now + LoadBatching.pressureInterval) }
        if waiting.count(upTo: urgentPriority) == 0,
            let end = adaptive.waitingEnd(waiting, room, at: now)
        {
            return .wait(until: end)
        }
        return .take(min(waiting.count, room.freeCount))
    }
}
