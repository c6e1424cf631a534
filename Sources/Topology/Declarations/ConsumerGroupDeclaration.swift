/// One consumer group, resolved.
package struct ConsumerGroupDeclaration: Equatable, Sendable {
    /// The name requests are addressed to.
    package var name: String
    /// Whether the file has it under `consumer_groups`; a group that exists only by a reader group's naming
    /// it disappears with its last reader.
    package var isDeclared: Bool
    /// Sequences waiting at most.
    package var maxQueue: Setting<Int>
    /// Prompt tokens of waiting sequences at most.
    package var maxQueueTokens: Setting<Int>
    /// The priority of requests that name none.
    package var defaultPriority: Setting<Int>
    /// When its readers take how many.
    package var batching: BatchingDeclaration

    /// An undeclared group: all defaults.
    package init(undeclared name: String) {
        self.name = name
        isDeclared = false
        maxQueue = Setting(Defaults.maxQueue, .default)
        maxQueueTokens = Setting(Defaults.maxQueueTokens, .default)
        defaultPriority = Setting(Defaults.priority, .default)
        batching = BatchingDeclaration(Setting(Defaults.batching, .default))
    }
}
