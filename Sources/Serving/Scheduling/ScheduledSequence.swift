/// A sequence in one of a reader's slots.
struct ScheduledSequence: Sendable {
    var sequence: QueuedSequence
    private(set) var slot: Int32
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
    /// A reference to the block that its next block must begin as a copy of, since it has forked inside of it.
    var forkSource: BlockIndex?
    /// The prompt's tokens with log-probabilities, as far as they are computed and if they are wanted.
    var promptTokens: [PromptToken] = []
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

    /// Whether all its tokens are computed: a hypothesis that waits for the others of its beam.
    var isComputed: Bool { fedCount >= sequence.tokenCount }

    /// Whether its rows are to tell the prompt's log-probabilities.
    var scoresPrompt: Bool {
        sequence.request.parameters.promptLogProbabilityCount != nil && !sequence.isPromptScored
    }

    /// A copy of it for another slot, without the references to blocks: it begins with this one's full blocks, and
    /// with a copy of the next one as far as that is filled.
    func forked(to slot: Int32) -> ScheduledSequence {
        var fork = self
        fork.slot = slot
        fork.isInstalled = false
        let fullCount = fedCount / SchedulerLimits.blockSize
        fork.forkSource = fullCount < blocks.count ? blocks[fullCount] : nil
        fork.blocks.removeLast(blocks.count - fullCount)
        fork.learnedBlockCount = min(learnedBlockCount, fullCount)
        return fork
    }

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
