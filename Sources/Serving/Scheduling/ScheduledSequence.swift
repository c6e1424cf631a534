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
    /// A reference to the block that its next block must begin as a copy of, since it has forked inside of it, or since
    /// it begins like it.
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

    /// Whether the rows computed last were its prefill's.
    var isPrefilling: Bool { fedCount <= prefillCount }

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

    /// The tokens at some positions of prompt and answer.
    func tokens(at positions: Range<Int>) -> ArraySlice<Int32> {
        let promptIDs = sequence.request.promptIDs
        guard positions.upperBound > promptIDs.count else { return promptIDs[positions] }
        guard positions.lowerBound < promptIDs.count else {
            return sequence.generatedIDs[
                positions.lowerBound - promptIDs.count..<positions.upperBound - promptIDs.count]
        }
        return promptIDs[positions.lowerBound...]
            + sequence.generatedIDs[..<(positions.upperBound - promptIDs.count)]
    }

    /// The tokens of one of its full blocks.
    func tokens(ofBlock index: Int) -> ArraySlice<Int32> {
        let start = index * SchedulerLimits.blockSize
        return tokens(at: start..<start + SchedulerLimits.blockSize)
    }

    /// The key of one of its full blocks and that of the one before.
    mutating func key(ofBlock index: Int) -> (key: BlockKey, parent: BlockKey) {
        while keys.count <= index { keys.append((keys.last ?? .root).next(tokens(ofBlock: keys.count))) }
        return (keys[index], index > 0 ? keys[index - 1] : .root)
    }

    /// The key of the full block that ends at a position, a multiple of a block's size.
    mutating func key(before position: Int) -> BlockKey {
        position > 0 ? key(ofBlock: position / SchedulerLimits.blockSize - 1).key : .root
    }

    /// How many tokens from a block's start on it has in common with `tokens`, if it computes them in steps to come
    /// before it decodes; else nil. That the tokens before are the same is not looked at.
    func commonCount(with tokens: ArraySlice<Int32>, at start: Int) -> Int? {
        guard !isDecoding, start < prefillCount else { return nil }
        let count = self.tokens(at: start..<min(start + tokens.count, prefillCount)).commonPrefixCount(
            with: tokens)
        return fedCount < start + count ? count : nil
    }

    /// Begins behind what the cache holds of it; the references to the blocks are its own.
    mutating func begin(with beginning: KnownBeginning) {
        blocks = beginning.blocks
        learnedBlockCount = blocks.count
        forkSource = beginning.copied
        fedCount = beginning.tokenCount
        isMatched = true
    }

    /// Begins behind its full blocks only, without the copy of another one; the reference to it is given back already.
    mutating func forgetCopy() {
        forkSource = nil
        fedCount -= fedCount % SchedulerLimits.blockSize
    }

    /// Notes for the client that its first rows here are computed from a position on, if these are the prompt's.
    func noteCachedPrompt(_ position: Int) {
        guard sequence.tokenCount == admittedTokenCount else { return }
        sequence.handle.noteCachedPrompt(min(position, sequence.request.promptIDs.count))
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
