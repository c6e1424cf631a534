/// When a reader that was offered nothing asks again.
package struct QueueDeferral: Equatable, Sendable {
    /// Arrivals that had happened.
    let arrivalNumber: UInt64
    /// The latest time; nil: only an arrival or more room changes the answer.
    package let askAgain: Duration?
    /// Sequences that the reader held.
    let heldCount: Int
}

/// What a queue gives a reader.
package struct QueueOffer: Sendable {
    /// To be computed, best first.
    package let sequences: [QueuedSequence]
    /// Set if something waits that is not for this reader now.
    package let deferral: QueueDeferral?
}
