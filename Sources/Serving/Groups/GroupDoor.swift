/// What a consumer group says to requests, kept where whoever submits can look without waiting for the actor.
struct GroupDoor: Sendable {
    /// The group's name, for messages.
    let groupName: String
    /// When those who are refused may come again.
    let retryAfter: Duration
    /// Whether it refuses all requests from now on.
    var isClosed = false
    /// What its readers serve; nil while none is ready.
    var identity: ReaderIdentity?

    /// Refuses requests that were prepared for something else than what is served now.
    func check(_ prepared: ReaderIdentity) throws(ServingError) {
        guard !isClosed else { throw .draining(group: groupName) }
        guard let identity else { throw .noReader(group: groupName, retryAfter: retryAfter) }
        guard identity == prepared else { throw .modelReplaced(group: groupName, retryAfter: retryAfter) }
    }
}
