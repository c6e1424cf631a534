/// One forward pass, as the controller orders it from every rank of a reader (docs/WIRE_FORMAT.md).
///
/// Flat arrays hold what varies in length; row groups and installations point into them by ranges. A frame is decoded
/// into a value that is used again for the next one, so that a worker allocates nothing per step.
package struct StepFrame: Equatable, Sendable {
    /// The frame format's version, the first field on the wire.
    package static let version: UInt16 = 2

    /// Which rows of a group yield logits.
    package enum LogitsRows: UInt8, Sendable {
        /// None: a prefill chunk that is not the prompt's last.
        case none = 0
        /// The last row: decode, or the end of a prompt.
        case last = 1
        /// Every row: hashes per position, scoring, verification of drafts.
        case all = 2
    }

    /// A copy of a whole KV block, done before any row of the step (forks, known beginnings).
    package struct BlockCopy: Equatable, Sendable {
        /// Block to read.
        package var source: Int32
        /// Block to write.
        package var destination: Int32

        /// Makes a copy order.
        package init(source: Int32, destination: Int32) {
            self.source = source
            self.destination = destination
        }
    }

    /// One sequence's rows in this step, at consecutive positions.
    package struct RowGroup: Equatable, Sendable {
        /// Worker-side place of the sequence, `0 ..< maxBatchSize`; at most one group per slot and step.
        package var slot: Int32
        /// Position of the first row, counted from 0.
        package var startPosition: Int32
        /// Range in `tokenIDs`: the rows' input tokens, at least one.
        package var tokenIDs: Range<Int>
        /// Range in `blocks`: appended to the slot's block table, in order of positions.
        package var appendedBlocks: Range<Int>
        /// Range in `blockCopies`, done in order before the step's rows.
        package var blockCopies: Range<Int>
        /// Range in `tokenIDs`: draft tokens to verify after the rows (speculation).
        package var draftTokenIDs: Range<Int>
        /// Rows that yield logits.
        package var logitsRows: LogitsRows
        /// Whether rank 0 draws a token from the last row.
        package var wantsToken: Bool
        /// Whether each row with logits is answered by the SHA-256 of its raw f32 logits, little-endian.
        package var wantsHashes: Bool
        /// Whether each row with logits is answered by the raw log-probability of the token after it: the sequence's
        /// own where it is known, else the drawn one's.
        package var wantsLogProbabilities: Bool
        /// How many best raw log-probabilities each row with logits is answered by, 0...256.
        package var topLogProbabilityCount: UInt16
        /// How many best continuations of the last row, by processed log-probability, are answered instead of a
        /// token (beam search), 0...256.
        package var continuationCount: UInt16
        /// Index in `installations`, or nil if the slot holds this sequence already.
        package var installation: Int?

        /// Makes a group without blocks, copies, drafts, answers or installation.
        package init(slot: Int32, startPosition: Int32, tokenIDs: Range<Int>) {
            self.slot = slot
            self.startPosition = startPosition
            self.tokenIDs = tokenIDs
            appendedBlocks = 0..<0
            blockCopies = 0..<0
            draftTokenIDs = 0..<0
            logitsRows = .none
            wantsToken = false
            wantsHashes = false
            wantsLogProbabilities = false
            topLogProbabilityCount = 0
            continuationCount = 0
            installation = nil
        }
    }

    /// The full state of a sequence that enters a slot; replaces whatever the slot held, its block table included.
    package struct Installation: Equatable, Sendable {
        /// Range in `tokenIDs`: prompt and answer so far, the tokens of this and later prefill chunks included.
        package var allTokenIDs: Range<Int>
        /// How many of `allTokenIDs` are the prompt.
        package var promptTokenCount: Int32
        /// How tokens are drawn.
        package var parameters: SamplingParameters
        /// Which of a request's `n` answers this is; part of the random counter.
        package var choiceIndex: Int32
        /// Range in `tokenIDs`: ids banned while the minimum length is not reached.
        package var endOfTextIDs: Range<Int>
        /// Range in `tokenIDs`: ids that are never drawn.
        package var bannedTokenIDs: Range<Int>
        /// Range in `bannedSequences`: their last ids are never drawn after the others.
        package var bannedSequences: Range<Int>
        /// Range in `biases`: additions to raw logits.
        package var biases: Range<Int>
        /// Adapter to apply, or -1.
        package var adapterID: Int32

        /// Makes an installation without bans, biases or adapter.
        package init(allTokenIDs: Range<Int>, promptTokenCount: Int32, parameters: SamplingParameters) {
            self.allTokenIDs = allTokenIDs
            self.promptTokenCount = promptTokenCount
            self.parameters = parameters
            choiceIndex = 0
            endOfTextIDs = 0..<0
            bannedTokenIDs = 0..<0
            bannedSequences = 0..<0
            biases = 0..<0
            adapterID = -1
        }
    }

    /// An addition to one token's logit.
    package struct Bias: Equatable, Sendable {
        /// Token id.
        package var tokenID: Int32
        /// Added to the logit; finite.
        package var value: Float

        /// Makes a bias.
        package init(tokenID: Int32, value: Float) {
            self.tokenID = tokenID
            self.value = value
        }
    }

    /// Counts from 1 for a reader's life; sender and receiver both check that it grows by one.
    package var stepNumber: UInt64 = 0
    /// Slots whose sequences are gone; freed before the step's groups are read.
    package var releasedSlots: [Int32] = []
    /// The step's sequences, in the order of their rows.
    package var rowGroups: [RowGroup] = []
    /// Storage of `RowGroup.installation`.
    package var installations: [Installation] = []
    /// Storage of all token-id ranges.
    package var tokenIDs: [Int32] = []
    /// Storage of `appendedBlocks`.
    package var blocks: [Int32] = []
    /// Storage of `blockCopies`.
    package var blockCopies: [BlockCopy] = []
    /// Storage of `biases`.
    package var biases: [Bias] = []
    /// Storage of `Installation.bannedSequences`: ranges in `tokenIDs`, two ids or more each.
    package var bannedSequences: [Range<Int>] = []

    /// Makes an empty frame.
    package init() {}

    /// Rows of all groups together.
    package var rowCount: Int { rowGroups.reduce(0) { $0 + $1.tokenIDs.count } }

    /// Empties every list and keeps the memory.
    package mutating func removeAll() {
        releasedSlots.removeAll(keepingCapacity: true)
        rowGroups.removeAll(keepingCapacity: true)
        installations.removeAll(keepingCapacity: true)
        tokenIDs.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        blockCopies.removeAll(keepingCapacity: true)
        biases.removeAll(keepingCapacity: true)
        bannedSequences.removeAll(keepingCapacity: true)
    }

    /// Appends `ids` to the token storage and returns their range.
    package mutating func store(tokenIDs ids: ArraySlice<Int32>) -> Range<Int> {
        let start = tokenIDs.count
        tokenIDs.append(contentsOf: ids)
        return start..<tokenIDs.count
    }

    /// Appends `ids` to the token storage and returns their range.
    package mutating func store(tokenIDs ids: [Int32]) -> Range<Int> { store(tokenIDs: ids[...]) }

    /// Appends `sequences` to the storage of banned sequences and returns their range.
    package mutating func store(bannedSequences sequences: [[Int32]]) -> Range<Int> {
        let start = bannedSequences.count
        for sequence in sequences { bannedSequences.append(store(tokenIDs: sequence)) }
        return start..<bannedSequences.count
    }

    /// Appends `numbers` to the block storage and returns their range.
    package mutating func store(blocks numbers: [Int32]) -> Range<Int> { store(blocks: numbers[...]) }

    /// Appends `numbers` to the block storage and returns their range.
    package mutating func store(blocks numbers: ArraySlice<Int32>) -> Range<Int> {
        let start = blocks.count
        blocks.append(contentsOf: numbers)
        return start..<blocks.count
    }
}

/// The limits that a step frame's and a step result's fields are checked against.
package struct StepLimits: Equatable, Sendable {
    /// Slots are `0 ..< slotCount`.
    package var slotCount: Int
    /// Rows of one step at most.
    package var rowCountMax: Int
    /// Tokens of one sequence at most.
    package var maxSequenceLength: Int
    /// Blocks are `0 ..< blockCount`.
    package var blockCount: Int
    /// Token ids are `0 ..< vocabularyCount`.
    package var vocabularyCount: Int

    /// Best log-probabilities per row at most.
    package static let topLogProbabilityCountMax = 256
    /// Best continuations of a row at most.
    package static let continuationCountMax = 256
    /// Bans or biases per sequence at most; the ids of its banned sequences count together.
    package static let bannedTokenCountMax = 1 << 17

    /// Makes limits.
    package init(
        slotCount: Int, rowCountMax: Int, maxSequenceLength: Int, blockCount: Int, vocabularyCount: Int
    ) {
        self.slotCount = slotCount
        self.rowCountMax = rowCountMax
        self.maxSequenceLength = maxSequenceLength
        self.blockCount = blockCount
        self.vocabularyCount = vocabularyCount
    }
}
