/// Every reader takes whatever it has room for, at every step.
package struct ContinuousBatching: BatchingPolicy {
    /// The policy has no parameters.
    package init() {}

    /// As many as there is room for.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        .take(min(waiting.count, room.freeCount))
    }
}
