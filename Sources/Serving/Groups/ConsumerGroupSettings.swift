/// What an operator decides about a consumer group; the defaults are Topology's.
package struct ConsumerGroupSettings: Equatable, Sendable {
    /// Sequences waiting at most.
    package var maxQueue: Int
    /// How long queued sequences outlive the last ready reader.
    package var queueTimeout: Duration
    /// How much longer a sequence must have waited to overtake one that is one step more urgent.
    package var agingInterval: Duration
    /// The least and most that Retry-After says.
    package var retryAfter: ClosedRange<Duration>

    /// Makes settings.
    package init(
        maxQueue: Int, queueTimeout: Duration, agingInterval: Duration, retryAfter: ClosedRange<Duration>
    ) {
        self.maxQueue = maxQueue
        self.queueTimeout = queueTimeout
        self.agingInterval = agingInterval
        self.retryAfter = retryAfter
    }
}
