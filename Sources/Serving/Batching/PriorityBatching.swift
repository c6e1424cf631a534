/// Urgent sequences find room: some places of each reader are kept free for them.
///
/// What the queue hands out is the best by its own order, in which a less urgent sequence that has aged goes before
/// an urgent one; so the less urgent ones do not starve.
package struct PriorityBatching: BatchingPolicy {
    /// The least urgent priority that counts as urgent.
    package var urgentPriority: Int
    /// Places of each reader that only urgent sequences take; a reader keeps at least one for all.
    package var reservedSlots: Int

    /// Makes a policy.
    package init(urgentPriority: Int, reservedSlots: Int) {
        self.urgentPriority = urgentPriority
        self.reservedSlots = reservedSlots
    }

    /// As many as there is room for, but for others than urgent ones only down to the reserve.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let urgentCount = waiting.count(upTo: urgentPriority)
        let reserve = min(reservedSlots, room.capacity - 1)
        let others = min(waiting.count - urgentCount, max(0, room.freeCount - urgentCount - reserve))
        let count = min(urgentCount + others, room.freeCount)
        return count > 0 ? .take(count) : .wait(until: nil)
    }
}
