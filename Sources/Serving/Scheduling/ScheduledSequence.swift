/// A sequence in one of a reader's slots.
struct ScheduledSequence: Sendable {
    var sequence: QueuedSequence
    let slot: Int32
    /// Positions `0 ..< fedCount` have been computed.
    var fedCount = 0
    /// Tokens it came with; positions below are prefill.
    let prefillCount: Int
    /// Its KV blocks, in order of positions.
    var blocks: [BlockIndex] = []
    /// Whether a frame has carried it to this reader's workers.
    var isInstalled = false

    init(_ sequence: QueuedSequence, slot: Int32) {
        self.sequence = sequence
        self.slot = slot
        prefillCount = sequence.tokenCount
    }

    /// Whether one row of the token drawn last is all it needs.
    var isDecoding: Bool { fedCount >= prefillCount }

    /// Whether this reader gave it a token.
    var hasGainedToken: Bool { sequence.tokenCount > prefillCount }

    /// The token at a position of prompt and answer.
    func token(at position: Int) -> Int32 {
        let promptIDs = sequence.request.promptIDs
        return position < promptIDs.count
            ? promptIDs[position] : sequence.generatedIDs[position - promptIDs.count]
    }
}
