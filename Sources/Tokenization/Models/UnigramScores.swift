/// The scores of a unigram model's tokens, in the log domain; the higher, the better. The precision is that of sums,
/// too: where two cuts are equally good, it decides.
enum UnigramScores: Sendable {
    /// `tokenizers` keeps scores and sums in 64 bits.
    case double([Double])
    /// SentencePiece keeps them in 32. A piece that the user defined (`userDefined`) gets a score by its length that
    /// wins over all others; `unusable` ones are never taken.
    case single([Float], highest: Float)

    /// What stands for the score of a piece that the user defined.
    static let userDefined = Float.infinity
    /// What stands for the score of a piece that no text becomes.
    static let unusable = -Float.infinity

    /// The score of a token with so many bytes, or nil if it must not be taken.
    func score(of id: Int32, byteCount: Int) -> Double? {
        switch self {
        case .double(let scores): return scores[Int(id)]
        case .single(let scores, let highest):
            let score = scores[Int(id)]
            if score.isFinite { return Double(score) }
            // SentencePiece's score of a piece that must always win.
            return score == Self.userDefined ? Double(Float(byteCount) * highest) - 0.1 : nil
        }
    }

    /// A sum as it is kept.
    func rounded(_ sum: Double) -> Double {
        switch self {
        case .double: sum
        case .single: Double(Float(sum))
        }
    }

    /// How many bytes the scores take.
    var tableByteCount: Int {
        switch self {
        case .double(let scores): 8 * scores.count
        case .single(let scores, _): 4 * scores.count
        }
    }

    /// Whether these are SentencePiece's own.
    var areSingle: Bool { if case .single = self { true } else { false } }
}
