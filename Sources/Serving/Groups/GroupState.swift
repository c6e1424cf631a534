/// Which readers a consumer group has, and what all of them must be.
struct GroupState: Sendable {
    let name: String
    /// Set by the first reader; kept until a reader attaches to a group without readers and without waiting requests.
    private(set) var identity: ReaderIdentity?
    /// Readers that exist, ready or not, in order of arrival.
    private(set) var attachedReaders: [String] = []
    private(set) var readyReaders: Set<String> = []

    init(name: String) {
        self.name = name
    }

    /// Whether a reader with another identity may come: nothing depends on the present one.
    var isVacant: Bool { attachedReaders.isEmpty }

    /// Adds a reader. A vacant group forgets its identity first if `queueIsEmpty`.
    mutating func attach(
        _ reader: String, identity offered: ReaderIdentity, queueIsEmpty: Bool
    ) throws(ServingError) {
        if isVacant && queueIsEmpty { identity = nil }
        if let identity, identity != offered {
            throw .identityMismatch(group: name, current: identity, offered: offered)
        }
        identity = offered
        if !attachedReaders.contains(reader) { attachedReaders.append(reader) }
    }

    /// Removes a reader; it counts as ready no longer.
    mutating func detach(_ reader: String) {
        attachedReaders.removeAll { $0 == reader }
        readyReaders.remove(reader)
    }

    /// Notes that an attached reader takes work, or that it does not.
    mutating func setReady(_ reader: String, _ isReady: Bool) {
        if isReady && attachedReaders.contains(reader) {
            readyReaders.insert(reader)
        } else {
            readyReaders.remove(reader)
        }
    }
}
