/// What an operator decides about a consumer group; the defaults are Topology's.
package struct ConsumerGroupSettings: Sendable {
    /// Sequences waiting at most.
    package var maxQueue: Int
    /// Prompt tokens of waiting sequences at most.
    package var maxQueueTokens: Int
    /// When readers take how many; a policy without history.
    package var batching: any BatchingPolicy
    /// The priority of requests that name none.
    package var defaultPriority: Int
    /// How long queued sequences outlive the last ready reader.
    package var queueTimeout: Duration
    /// How much longer a sequence must have waited to overtake one that is one step more urgent.
    package var agingInterval: Duration
    /// How long a sequence waits for a reader that holds its prefix before any other may take it.
    package var affinityWait: Duration
    /// The least and most that Retry-After says.
    package var retryAfter: ClosedRange<Duration>

    /// Makes settings.
    package init(
        maxQueue: Int, maxQueueTokens: Int, batching: any BatchingPolicy, defaultPriority: Int,
        queueTimeout: Duration, agingInterval: Duration, affinityWait: Duration,
        retryAfter: ClosedRange<Duration>
    ) {
        self.maxQueue = maxQueue
        self.maxQueueTokens = maxQueueTokens
        self.batching = batching
        self.defaultPriority = defaultPriority
        self.queueTimeout = queueTimeout
        self.agingInterval = agingInterval
        self.affinityWait = affinityWait
        self.retryAfter = retryAfter
    }
}
