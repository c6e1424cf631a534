/// A validated topology: which models run, how each is split and how often it is replicated, and where the
/// server listens. Every value is resolved and knows where it comes from.
package struct Topology: Equatable, Sendable {
    /// The file it was read from; nil for one made from flags and variables.
    package var path: String?
    /// The `server` section.
    package var server: ServerSettings
    /// Declared groups in file order, then those that reader groups name, in their order.
    package var consumerGroups: [ConsumerGroupDeclaration]
    /// In file order.
    package var readerGroups: [ReaderDeclaration]
    /// What was accepted but has no effect; one sentence each, for the log.
    package var warnings: [String]

    /// The group called `name`, if a reader group names it or the file declares it.
    package func consumerGroup(named name: String) -> ConsumerGroupDeclaration? {
        consumerGroups.first { $0.name == name }
    }
}
