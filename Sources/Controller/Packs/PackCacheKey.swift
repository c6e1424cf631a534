import WorkerMessages

/// What decides the bytes of a pack, and so its file in the pack cache (design 1): not ranks, not places.
struct PackCacheKey: Hashable, Sendable {
    /// Digest of the checkpoint.
    let checkpointDigest: String
    /// Which files hold the weights, as they are now; empty if that is not known.
    let weightStamp: String
    /// Weight format.
    let weightType: String
    /// Layout of the pack; another one wherever packing gives other bytes.
    let layoutID: String
    /// Bytes of the pack.
    let packByteCount: Int

    /// The key of a model's pack.
    init(_ summary: ModelSummary) {
        checkpointDigest = summary.checkpointDigest
        weightStamp = summary.weightStamp
        weightType = summary.weightType
        layoutID = summary.layoutID
        packByteCount = summary.packByteCount
    }

    /// What the file itself says, so that a name is never trusted.
    var text: String {
        """
        checkpoint \(checkpointDigest)
        weights \(weightStamp)
        format \(weightType)
        layout \(layoutID)

        """
    }

    /// The file's name: layout, then 16 digits each of digest and stamp.
    var fileName: String {
        let parts = [layoutID, String(checkpointDigest.prefix(16)), String(weightStamp.prefix(16))]
        let name = parts.joined(separator: "-").map { character in
            character.isASCII && (character.isLetter || character.isNumber || "-.".contains(character))
                ? character : "_"
        }
        return String(name) + PackCacheKey.fileNameEnding
    }

    /// How the names of finished files end.
    static let fileNameEnding = ".pack"
    /// How the names of files end that are being written.
    static let unfinishedEnding = ".part"
}
