/// One consumer group, resolved.
package struct ConsumerGroupDeclaration: Equatable, Sendable {
    /// The name requests are addressed to.
    package var name: String
    /// Whether the file has it under `consumer_groups`; a group that exists only by a reader group's naming
    /// it disappears with its last reader.
    package var isDeclared: Bool
    /// Sequences waiting at most.
    package var maxQueue: Setting<Int>
    /// How its readers make batches.
    package var batching: Setting<Batching>

    /// An undeclared group: all defaults.
    package init(undeclared name: String) {
        self.init(
            name: name, isDeclared: false, maxQueue: Setting(Defaults.maxQueue, .default),
            batching: Setting(Defaults.batching, .default))
    }

    /// Makes a group from all its values.
    init(name: String, isDeclared: Bool, maxQueue: Setting<Int>, batching: Setting<Batching>) {
        self.name = name
        self.isDeclared = isDeclared
        self.maxQueue = maxQueue
        self.batching = batching
    }
}
