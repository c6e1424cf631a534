/// A sequence in one of a reader's slots.
struct ScheduledSequence: Sendable {
    var sequence: QueuedSequence
    let slot: Int32
    /// Positions `0 ..< fedCount` have been computed, or were found in the cache.
    var fedCount = 0
    /// Tokens it came with; positions below are prefill.
    let prefillCount: Int
    /// Tokens it had when this reader took it from the queue; less than `prefillCount` after a preemption.
    let admittedTokenCount: Int
    /// Its KV blocks, in order of positions.
    var blocks: [BlockIndex] = []
    /// Keys of its full blocks, as far as they were needed.
    private(set) var keys: [BlockKey] = []
    /// Leading blocks that the ledger has been told of, or has had before.
    var learnedBlockCount = 0
    /// Whether the cache has been asked for its beginning.
    var isMatched = false
    /// Whether a frame has carried it to this reader's workers.
    var isInstalled = false

    init(_ waiting: WaitingSequence, slot: Int32) {
        sequence = waiting.sequence
        self.slot = slot
        prefillCount = waiting.sequence.tokenCount
        admittedTokenCount = waiting.admittedTokenCount
    }

    /// Whether one row of the token drawn last is all it needs.
    var isDecoding: Bool { fedCount >= prefillCount }

    /// Whether this reader gave it a token.
    var hasGainedToken: Bool { sequence.tokenCount > admittedTokenCount }

    /// Blocks that its next token needs and that it does not hold.
    var missingBlockCount: Int {
        max(0, SchedulerLimits.blockCount(positionCount: max(prefillCount, fedCount + 1)) - blocks.count)
    }

    /// The token at a position of prompt and answer.
    func token(at position: Int) -> Int32 {
        let promptIDs = sequence.request.promptIDs
        return position < promptIDs.count
            ? promptIDs[position] : sequence.generatedIDs[position - promptIDs.count]
    }

    /// The tokens of one of its full blocks.
    func tokens(ofBlock index: Int) -> ArraySlice<Int32> {
        let start = index * SchedulerLimits.blockSize
        let end = start + SchedulerLimits.blockSize
        let promptIDs = sequence.request.promptIDs
        return end <= promptIDs.count ? promptIDs[start..<end] : (start..<end).map { token(at: $0) }[...]
    }

    /// The key of one of its full blocks and that of the one before.
    mutating func key(ofBlock index: Int) -> (key: BlockKey, parent: BlockKey) {
        while keys.count <= index { keys.append((keys.last ?? .root).next(tokens(ofBlock: keys.count))) }
        return (keys[index], index > 0 ? keys[index - 1] : .root)
    }
}

/// A sequence that this reader took and that is in no slot: it came when blocks lacked, gave its slot up for others, or
/// must run alone.
struct WaitingSequence: Sendable {
    var sequence: QueuedSequence
    /// Tokens it had when this reader took it from the queue.
    let admittedTokenCount: Int

    /// A sequence from the queue.
    init(_ sequence: QueuedSequence) {
        self.sequence = sequence
        admittedTokenCount = sequence.tokenCount
    }

    /// A sequence that leaves its slot.
    init(preempted scheduled: ScheduledSequence) {
        sequence = scheduled.sequence
        admittedTokenCount = scheduled.admittedTokenCount
    }
}
