/// Why a reader does not fit in memory, with the sum and what would fit.
package struct MemoryRefusal: Error, Equatable, Sendable {
    /// Bytes of the pack, 0 if it is in memory already.
    package var packByteCount: Int
    /// Bytes of KV cache of all ranks.
    package var keyValueByteCount: Int
    /// Bytes of activation buffers of all ranks.
    package var activationByteCount: Int
    /// Bytes of shared gather memory.
    package var gatherByteCount: Int
    /// What may still be used: available memory less what other readers reserved and have not touched.
    package var availableByteCount: Int
    /// KV blocks, enough for max_batch_size sequences of max_sequence_length unless kv_blocks says otherwise.
    package var blockCount: Int
    /// The asked batch.
    package var maxBatchSize: Int
    /// The asked length.
    package var maxSequenceLength: Int
    /// The longest max_sequence_length that fits with this batch, nil if not even one block each does.
    package var fittingSequenceLength: Int?
    /// The largest max_batch_size that fits with one block each, nil if none.
    package var fittingBatchSize: Int?

    /// Everything together.
    package var neededByteCount: Int {
        packByteCount + keyValueByteCount + activationByteCount + gatherByteCount
    }
}

extension MemoryRefusal: CustomStringConvertible {
    package var description: String {
        "the reader needs \(neededByteCount) bytes (pack \(packByteCount) "
            + "+ KV cache \(keyValueByteCount) of \(blockCount) blocks for \(maxBatchSize) sequences of "
            + "\(maxSequenceLength) "
            + "+ activations \(activationByteCount) + gathers \(gatherByteCount)) and "
            + "\(max(0, availableByteCount)) are available; \(remedy)"
    }

    private var remedy: String {
        if let length = fittingSequenceLength {
            return "max_sequence_length \(length) would fit, or fewer kv_blocks"
        }
        if let batch = fittingBatchSize { return "max_batch_size \(batch) would fit with a shorter length" }
        return "no batch of this model fits"
    }
}
