/// What makes two readers' packs the same bytes in the same memory (design 6).
struct PackKey: Hashable, Sendable {
    /// Digest of the checkpoint.
    var checkpointDigest: String
    /// Weight format.
    var weightType: String
    /// Layout of the pack.
    var layoutID: String
    /// The ranks' NUMA nodes in order; one number where all ranks share a node.
    var place: [Int]

    /// Whether the other pack has the same bytes, perhaps in another place.
    func hasSameBytes(as other: PackKey) -> Bool {
        checkpointDigest == other.checkpointDigest && weightType == other.weightType
            && layoutID == other.layoutID
    }
}
