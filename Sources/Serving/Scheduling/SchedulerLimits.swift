package import WorkerMessages

/// The bounds of one reader's batch.
package struct SchedulerLimits: Equatable, Sendable {
    /// Positions of one KV block.
    package static let blockSize = 32

    /// Sequences at once; slots are `0 ..< maxBatchSize`.
    package let maxBatchSize: Int
    /// Prompt and new tokens of one sequence.
    package let maxSequenceLength: Int
    /// Prompt tokens of all sequences in one step, at most.
    package let prefillChunk: Int
    /// KV blocks; at least enough for one sequence of `maxSequenceLength`.
    package let blockCount: Int
    /// Whether sequences that begin alike share the blocks of their common beginning.
    package let hasPrefixCache: Bool

    /// Makes limits; all are positive. Without `blockCount` there are enough for all slots, so that no sequence ever
    /// waits for one.
    package init(
        maxBatchSize: Int, maxSequenceLength: Int, prefillChunk: Int, blockCount: Int? = nil,
        hasPrefixCache: Bool = true
    ) {
        precondition(maxBatchSize >= 1, "max_batch_size \(maxBatchSize) is not positive")
        precondition(maxSequenceLength >= 2, "max_sequence_length \(maxSequenceLength) is less than 2")
        precondition(prefillChunk >= 1, "prefill_chunk \(prefillChunk) is not positive")
        let longest = SchedulerLimits.blockCount(positionCount: maxSequenceLength)
        self.maxBatchSize = maxBatchSize
        self.maxSequenceLength = maxSequenceLength
        self.prefillChunk = prefillChunk
        self.blockCount = blockCount ?? maxBatchSize * longest
        self.hasPrefixCache = hasPrefixCache
        precondition(self.blockCount >= longest, "kv_blocks \(self.blockCount) is less than \(longest)")
    }

    /// Blocks that hold positions `0 ..< positionCount`.
    package static func blockCount(positionCount: Int) -> Int {
        (positionCount + blockSize - 1) / blockSize
    }

    /// Rows of one step at most: a decode per slot and a prefill chunk.
    package var rowCountMax: Int { maxBatchSize + prefillChunk }

    /// The same bounds as the frame codec checks them.
    package func stepLimits(vocabularyCount: Int) -> StepLimits {
        StepLimits(
            slotCount: maxBatchSize, rowCountMax: rowCountMax, maxSequenceLength: maxSequenceLength,
            blockCount: blockCount, vocabularyCount: vocabularyCount)
    }
}
