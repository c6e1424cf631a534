/// Which readers a consumer group has, and what all of them must be.
package struct GroupState: Sendable {
    /// The group's name, for messages.
    package let name: String
    /// Set by the first reader; kept until a reader attaches to a group without readers and without waiting
    /// requests.
    package private(set) var identity: ReaderIdentity?
    /// Readers that exist, ready or not, in order of arrival.
    package private(set) var attachedReaders: [String] = []
    /// Those of them that take work.
    package private(set) var readyReaders: Set<String> = []

    /// What requests are served with; nil while no reader is ready.
    var servedIdentity: ReaderIdentity? { readyReaders.isEmpty ? nil : identity }

    /// A group without readers.
    package init(name: String) {
        self.name = name
    }

    /// Adds a reader. A group without any forgets its identity first if `queueIsEmpty`.
    package mutating func attach(
        _ reader: String, identity offered: ReaderIdentity, queueIsEmpty: Bool
    ) throws(ServingError) {
        if attachedReaders.isEmpty && queueIsEmpty { identity = nil }
        if let identity, identity != offered {
            throw .identityMismatch(group: name, current: identity, offered: offered)
        }
        identity = offered
        if !attachedReaders.contains(reader) { attachedReaders.append(reader) }
    }

    /// Removes a reader; it counts as ready no longer.
    package mutating func detach(_ reader: String) {
        attachedReaders.removeAll { $0 == reader }
        readyReaders.remove(reader)
    }

    /// Notes that an attached reader takes work, or that it does not.
    package mutating func setReady(_ reader: String, _ isReady: Bool) {
        if isReady && attachedReaders.contains(reader) {
            readyReaders.insert(reader)
        } else {
            readyReaders.remove(reader)
        }
    }
}
