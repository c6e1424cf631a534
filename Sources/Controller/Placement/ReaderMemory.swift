/// What was reserved for a reader, and of what.
package struct ReaderMemory: Equatable, Sendable {
    /// Bytes of the pack; 0 if an earlier reader has it.
    package var packByteCount = 0
    /// Bytes of KV cache of all ranks.
    package var keyValueByteCount = 0
    /// Bytes of activation buffers of all ranks.
    package var activationByteCount = 0
    /// Bytes of shared gather memory.
    package var gatherByteCount = 0
    /// Bytes that all processes take besides.
    package var processByteCount = 0
    /// Bytes that could be used when it was reserved.
    package var availableByteCount = 0
    /// The longest max_sequence_length that would have fitted with the same batch, up to the model's own.
    package var longestSequenceLength: Int?

    /// Nothing.
    package init() {}

    /// What `demand` took of `available` bytes; no length is above `lengthLimit`.
    init(_ demand: MemoryDemand, available: Int, lengthLimit: Int) {
        packByteCount = demand.packByteCount
        keyValueByteCount = demand.keyValueByteCount
        activationByteCount = demand.activationByteCount
        gatherByteCount = demand.gatherByteCount
        processByteCount = demand.processByteCount
        availableByteCount = available
        longestSequenceLength = demand.fittingSequenceLength(available: available, limit: lengthLimit)
    }

    /// Everything but the pack.
    package var ownByteCount: Int {
        keyValueByteCount + activationByteCount + gatherByteCount + processByteCount
    }
}
