/// The merges of a SentencePiece model, which no file names: two neighbours merge if together they are a piece, those
/// with the highest score first.
///
/// They are looked up among the pieces by the hash of both's bytes, which is made of their hashes.
struct PieceMerges: PairMerges {
    private let vocabulary: Vocabulary
    /// By id; what is not finite is no piece that merges or is merged to.
    private let scores: [Float]
    private let pieceByteCountMax: Int

    /// The merges of pieces with scores by their ids.
    init(_ vocabulary: Vocabulary, scores: [Float]) {
        self.vocabulary = vocabulary
        self.scores = scores
        var byteCountMax = 0
        for id in scores.indices where scores[id].isFinite {
            byteCountMax = max(byteCountMax, vocabulary.token(for: Int32(id))?.count ?? 0)
        }
        pieceByteCountMax = byteCountMax
    }

    /// A piece in a word.
    struct Symbol: Sendable {
        let id: Int32
        /// More than the longest piece has, for what never merges.
        let byteCount: Int32
        let hash: ByteHash
    }

    var tableByteCount: Int { 4 * scores.count }

    /// Whether a piece may merge and be merged to.
    func contains(_ id: Int32) -> Bool { scores[Int(id)].isFinite }

    func symbol(of id: Int32) -> Symbol {
        guard contains(id), let text = vocabulary.token(for: id) else {
            return Symbol(id: id, byteCount: Int32(pieceByteCountMax + 1), hash: ByteHash())
        }
        return Symbol(id: id, byteCount: Int32(text.count), hash: ByteHash(text.span))
    }

    func id(of symbol: Symbol) -> Int32 { symbol.id }

    func merge(of left: Symbol, _ right: Symbol) -> PairMerge? {
        guard Int(left.byteCount) + Int(right.byteCount) <= pieceByteCountMax,
            let id = vocabulary.id(
                joining: left.id, right.id, hash: ByteHash(left.hash, right.hash).mixed), contains(id)
        else { return nil }
        return PairMerge(rank: rank(scores[Int(id)]), mergedID: id)
    }

    func joined(_ left: Symbol, _ right: Symbol, as id: Int32) -> Symbol {
        Symbol(id: id, byteCount: left.byteCount + right.byteCount, hash: ByteHash(left.hash, right.hash))
    }

    /// Equal for equal scores, so that the leftmost of them merges first; the lower, the higher the score.
    private func rank(_ score: Float) -> UInt32 {
        // Minus zero is zero.
        let bits = (0 - score).bitPattern
        return bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
    }
}
