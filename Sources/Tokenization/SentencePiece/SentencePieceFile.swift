/// A SentencePiece model's pieces and settings: a tokenizer.model, or the pieces of a GGUF file.
///
/// Pieces are read twice, first to be checked and counted, then into tables that have just room for them.
struct SentencePieceFile {
    /// What a piece is for.
    enum PieceKind: UInt64, CaseIterable {
        case normal = 1
        case unknown = 2
        case control = 3
        /// Always one token where it occurs, whatever the scores say.
        case userDefined = 4
        /// Never produced.
        case unused = 5
        case byte = 6
    }

    /// A piece; its id is its place in the list.
    struct Piece {
        var text: [UInt8] = []
        var score: Float = 0
        var kind = PieceKind.normal
    }

    /// What is said beside the pieces.
    struct Settings {
        var usesByteFallback = false
        var isUnigram = true
        /// Whether a BPE model may have unused pieces.
        var allowsUnused = false
        var normalization = SentencePieceNormalization()
        /// What decoding shows for the unknown piece.
        var unknownSurface = Array(" \u{2047} ".utf8)
    }

    let path: String
    let settings: Settings
    /// The pieces by their ids.
    let vocabulary: Vocabulary
    /// The score of each piece; of those that the user defined `UnigramScores.userDefined`, of others that are not
    /// normal `UnigramScores.unusable`.
    let scores: [Float]
    let unknownID: Int32
    /// The pieces that the user defined, with their ids.
    let userDefined: ByteTrie
    /// The ids of the control pieces, in ascending order.
    let controlIDs: [Int32]
    /// How many bytes the tables may have together.
    let tableByteCountMax: Int

    /// Reads the pieces that `forEachPiece` gives to its body, the same ones both times.
    init(
        _ settings: Settings, path: String, tableByteCountMax: Int,
        forEachPiece: ((Piece) throws -> Void) throws -> Void
    ) throws {
        self.path = path
        self.settings = settings
        self.tableByteCountMax = tableByteCountMax
        var count = PieceCount()
        try forEachPiece { try count.add($0, path) }
        try count.check(settings, path)
        let tableByteCount = count.tableByteCount(settings)
        try TokenizerLimits.check(tableByteCount: tableByteCount, max: tableByteCountMax, path)
        var vocabulary = Vocabulary(tokenCountMax: count.all, byteCountMax: count.byteCount, idEnd: nil)
        var scores: [Float] = []
        var userDefined = ByteStrings(count: count[.userDefined], byteCount: count.userDefinedByteCount)
        var (unknownID, userDefinedIDs, controlIDs): (Int32, [Int32], [Int32]) = (0, [], [])
        scores.reserveCapacity(count.all)
        userDefinedIDs.reserveCapacity(count[.userDefined])
        controlIDs.reserveCapacity(count[.control])
        try forEachPiece { piece in
            let id = Int32(vocabulary.count)
            guard vocabulary.insert(piece.text) else {
                throw TokenizationError(
                    .malformedFile, "\(path)[\(id)]: the piece \(Self.quoted(piece.text)) is there twice")
            }
            switch piece.kind {
            case .normal: scores.append(piece.score)
            case .userDefined:
                scores.append(UnigramScores.userDefined)
                userDefined.append(piece.text)
                userDefinedIDs.append(id)
            case .unknown, .control, .unused, .byte: scores.append(UnigramScores.unusable)
            }
            if piece.kind == .unknown { unknownID = id }
            if piece.kind == .control { controlIDs.append(id) }
        }
        let treeByteCountMax = tableByteCountMax - tableByteCount
        guard
            let tree = userDefined.isEmpty
                ? ByteTrie()
                : ByteTrie(userDefined, byteCountMax: treeByteCountMax, value: { userDefinedIDs[$0] })
        else { throw TokenizerLimits.treeTooLarge(treeByteCountMax, path) }
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        self.userDefined = tree
        self.controlIDs = controlIDs
    }

    /// A piece for messages.
    static func quoted(_ text: [UInt8]) -> String {
        TokenizationError.excerpt(String(decoding: text, as: UTF8.self))
    }

    /// A piece's text.
    func text(_ id: Int32) -> String {
        String(decoding: vocabulary.token(for: id) ?? [], as: UTF8.self)
    }
}
