/// What all readers of a consumer group have in common, so that a requeued request gets the same answer from
/// any.
package struct ReaderIdentity: Hashable, Sendable, CustomStringConvertible {
    /// SHA-256 of the checkpoint, hexadecimal.
    package var checkpointDigest: String
    /// Weight format the reader computes in: `f32`.
    package var quantType: String
    /// KV cache format: `f32`.
    package var kvCacheType: String
    /// Prompt and new tokens at most.
    package var maxSequenceLength: Int

    /// Makes an identity of resolved values: no `auto`.
    package init(checkpointDigest: String, quantType: String, kvCacheType: String, maxSequenceLength: Int) {
        self.checkpointDigest = checkpointDigest
        self.quantType = quantType
        self.kvCacheType = kvCacheType
        self.maxSequenceLength = maxSequenceLength
    }

    package var description: String {
        "checkpoint \(checkpointDigest.prefix(12)), quant_type \(quantType), kv_cache_type \(kvCacheType), "
            + "max_sequence_length \(maxSequenceLength)"
    }
}
