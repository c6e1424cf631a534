/// What is known of a SentencePiece model's pieces before they are kept.
struct PieceCount {
    typealias Kind = SentencePieceFile.PieceKind

    private(set) var all = 0
    /// How many bytes their texts have.
    private(set) var byteCount = 0
    private(set) var userDefinedByteCount = 0
    private var countByKind = [Int](repeating: 0, count: Kind.allCases.count + 1)
    private var firstUnused: [UInt8]?

    /// How many there are of a kind.
    subscript(kind: Kind) -> Int { countByKind[Int(kind.rawValue)] }

    /// Checks a piece and counts it.
    mutating func add(_ piece: SentencePieceFile.Piece, _ path: String) throws {
        let text = piece.text
        guard String(validating: text, as: UTF8.self) != nil, !text.isEmpty, piece.score.isFinite else {
            throw TokenizationError(
                .malformedFile, "\(path)[\(all)]: must have a text in UTF-8 and a finite score")
        }
        guard text.count <= TokenizerLimits.unigramTokenByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(path)[\(all)]: has \(text.count) bytes; allowed are \(TokenizerLimits.unigramTokenByteCountMax)"
            )
        }
        guard all <= TokenizerLimits.tokenIDMax, byteCount <= Int(Int32.max) - text.count else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): has more than \(TokenizerLimits.tokenIDMax + 1) pieces or \(Int32.max) bytes of text"
            )
        }
        all += 1
        byteCount += text.count
        countByKind[Int(piece.kind.rawValue)] += 1
        if piece.kind == .userDefined { userDefinedByteCount += text.count }
        if piece.kind == .unused, firstUnused == nil { firstUnused = text }
    }

    /// Makes sure that the pieces are a model's.
    func check(_ settings: SentencePieceFile.Settings, _ path: String) throws {
        guard all > 0 else {
            throw TokenizationError(.malformedFile, "\(path): is not a SentencePiece model: it has no pieces")
        }
        guard self[.unknown] == 1 else {
            throw TokenizationError(
                .malformedFile, "\(path): has \(self[.unknown]) unknown pieces; one is needed")
        }
        if settings.usesByteFallback, self[.byte] != 256 {
            throw TokenizationError(
                .malformedFile, "\(path): has \(self[.byte]) byte pieces; byte_fallback needs 256")
        }
        if !settings.isUnigram, !settings.allowsUnused, let firstUnused {
            throw TokenizationError(
                .unsupportedComponent,
                "\(path): the piece \(SentencePieceFile.quoted(firstUnused)) is unused, which is not supported in a "
                    + "BPE model")
        }
    }

    /// How many bytes the tables of the pieces take, the tree of those that the user defined left out.
    func tableByteCount(_ settings: SentencePieceFile.Settings) -> Int {
        Vocabulary.tableByteCount(tokenCount: all, byteCount: byteCount, idEnd: nil) + 4 * all
            + (settings.isUnigram
                ? PrefixFilter.tableByteCount(tokenCount: all)
                : BytePairEncoding<PieceMerges>.characterTableByteCount)
            + 4 * self[.control] + 12 * self[.userDefined] + userDefinedByteCount
            + (settings.normalization.map?.byteCount ?? 0)
    }
}
