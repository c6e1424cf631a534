package import Serving

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
    /// Bytes that all processes take besides.
    package var processByteCount: Int
    /// By rank: what its process takes for itself, all but pack and gathers.
    package var byteCountsByRank: [Int]
    /// What may still be used: available memory less what other readers reserved and have not touched.
    package var availableByteCount: Int
    /// Batch, length and KV blocks that were asked for.
    package var limits: SchedulerLimits
    /// The longest max_sequence_length that fits with this batch and blocks for all of it, nil if not even one block
    /// each does.
    package var fittingSequenceLength: Int?
    /// KV blocks that fit.
    package var fittingBlockCount: Int

    /// Everything together.
    package var neededByteCount: Int {
        packByteCount + keyValueByteCount + activationByteCount + gatherByteCount + processByteCount
    }
}

extension MemoryRefusal: CustomStringConvertible {
    package var description: String {
        "the reader needs \(neededByteCount) bytes (pack \(packByteCount) "
            + "+ KV cache \(keyValueByteCount) of \(limits.blockCount) blocks for \(limits.maxBatchSize) "
            + "sequences of \(limits.maxSequenceLength) "
            + "+ activations \(activationByteCount) + gathers \(gatherByteCount) + \(byteCountsByRank.count) "
            + "processes \(processByteCount); by process, without pack and gathers: "
            + "\(byteCountsByRank.map(String.init).joined(separator: ", "))) and "
            + "\(max(0, availableByteCount)) are available; \(remedies)"
    }

    /// What to ask for instead. Fewer blocks keep the length, and sequences wait for them.
    private var remedies: String {
        guard fittingBlockCount > 0 else { return "no batch of this model fits" }
        var remedies: [String] = []
        if let length = fittingSequenceLength, length < limits.maxSequenceLength {
            remedies.append(
                "max_sequence_length \(length) would fit with max_batch_size \(limits.maxBatchSize)")
        }
        let longest = SchedulerLimits.blockCount(positionCount: limits.maxSequenceLength)
        if fittingBlockCount >= longest {
            remedies.append(
                "kv_blocks \(fittingBlockCount) would fit with max_sequence_length "
                    + "\(limits.maxSequenceLength)")
        } else if fittingSequenceLength == nil {
            remedies.append(
                "max_sequence_length \(fittingBlockCount * SchedulerLimits.blockSize) would fit with "
                    + "max_batch_size 1")
        }
        return remedies.joined(separator: ", and ")
    }
}
