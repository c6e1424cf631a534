package import WorkerMessages

/// The bounds of one reader's batch.
package struct SchedulerLimits: Equatable, Sendable {
    /// Positions of one KV block.
    package static let blockSize = 32

    /// Sequences at once; slots are `0 ..< maxBatchSize`.
    package let maxBatchSize: Int
    /// Prompt and new tokens of one sequence.
    package let maxSequenceLength: Int
    /// Prompt tokens of all sequences in one step.
    package let prefillChunk: Int
    /// KV blocks; enough for `maxBatchSize` sequences of `maxSequenceLength`, so none ever waits for one.
    package let blockCount: Int

    /// Makes limits; all are positive and `blockCount` follows from the others.
    package init(maxBatchSize: Int, maxSequenceLength: Int, prefillChunk: Int) {
        precondition(maxBatchSize >= 1, "max_batch_size \(maxBatchSize) is not positive")
        precondition(maxSequenceLength >= 2, "max_sequence_length \(maxSequenceLength) is less than 2")
        precondition(prefillChunk >= 1, "prefill_chunk \(prefillChunk) is not positive")
        self.maxBatchSize = maxBatchSize
        self.maxSequenceLength = maxSequenceLength
        self.prefillChunk = prefillChunk
        blockCount = maxBatchSize * SchedulerLimits.blockCount(positionCount: maxSequenceLength)
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
