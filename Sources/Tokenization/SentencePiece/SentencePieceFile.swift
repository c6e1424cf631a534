/// A tokenizer.model, SentencePiece's own format: a protocol-buffer message of pieces and settings.
struct SentencePieceFile {
    /// What a piece is for.
    enum PieceKind: UInt64 {
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
        /// Where its text is in the file.
        var text: Range<Int32> = 0..<0
        var score: Float = 0
        var kind = PieceKind.normal
    }

    /// The whole file.
    let bytes: [UInt8]
    private(set) var pieces: [Piece] = []
    private(set) var usesByteFallback = false
    private(set) var isUnigram = true
    private(set) var normalization = SentencePieceNormalization()
    /// What decoding shows for the unknown piece.
    private(set) var unknownSurface = Array(" \u{2047} ".utf8)
    let path: String

    init(_ bytes: [UInt8], path: String) throws {
        self.path = path
        self.bytes = bytes
        var charactersMap: Range<Int>?
        var reader = ProtobufReader(bytes, bytes.indices, path: path)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): try readPiece(bytes, range)
            case (2, .bytes(let range)): try readTrainerSettings(bytes, range)
            case (3, .bytes(let range)): try readNormalizerSettings(bytes, range, map: &charactersMap)
            default: break
            }
        }
        if let charactersMap, !charactersMap.isEmpty {
            guard charactersMap.count <= TokenizerLimits.characterMapByteCountMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(path): precompiled_charsmap has \(charactersMap.count) bytes; allowed are "
                        + "\(TokenizerLimits.characterMapByteCountMax)")
            }
            normalization.map = try CharacterMap(bytes[charactersMap], path: "\(path): precompiled_charsmap")
        }
        try check()
    }

    /// The bytes of a piece.
    func text(_ piece: Piece) -> ArraySlice<UInt8> {
        bytes[Int(piece.text.lowerBound)..<Int(piece.text.upperBound)]
    }

    private func check() throws {
        guard !pieces.isEmpty else {
            throw TokenizationError(.malformedFile, "\(path): is not a SentencePiece model: it has no pieces")
        }
        guard pieces.count(where: { $0.kind == .unknown }) == 1 else {
            throw TokenizationError(
                .malformedFile,
                "\(path): has \(pieces.count(where: { $0.kind == .unknown })) unknown pieces; one is needed")
        }
        if usesByteFallback, pieces.count(where: { $0.kind == .byte }) != 256 {
            throw TokenizationError(
                .malformedFile,
                "\(path): has \(pieces.count(where: { $0.kind == .byte })) byte pieces; byte_fallback needs 256"
            )
        }
        if !isUnigram, let unused = pieces.first(where: { $0.kind == .unused }) {
            throw TokenizationError(
                .unsupportedComponent,
                "\(path): the piece \"\(String(decoding: text(unused), as: UTF8.self))\" is unused, which is not "
                    + "supported in a BPE model")
        }
    }

    /// What a piece takes in this list, in a vocabulary and in a tree, with their making.
    private static let tableByteCountOfPiece = 64

    // MARK: - Messages

    private mutating func readPiece(_ bytes: [UInt8], _ range: Range<Int>) throws {
        let place = "\(path): pieces[\(pieces.count)]"
        guard pieces.count <= TokenizerLimits.tokenIDMax else {
            throw TokenizationError(
                .limitExceeded, "\(place): is past the highest id, \(TokenizerLimits.tokenIDMax)")
        }
        try TokenizerLimits.check(
            tableByteCount: Self.tableByteCountOfPiece * pieces.count, fileByteCount: bytes.count, place)
        var piece = Piece()
        var reader = ProtobufReader(bytes, range, path: path)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)): piece.text = Int32(range.lowerBound)..<Int32(range.upperBound)
            case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
            case (3, .integer(let number)):
                guard let kind = PieceKind(rawValue: number) else {
                    throw TokenizationError(
                        .unsupportedComponent, "\(place): has the type \(number); known are 1 to 6")
                }
                piece.kind = kind
            default: break
            }
        }
        guard String(validating: text(piece), as: UTF8.self) != nil, !piece.text.isEmpty, piece.score.isFinite
        else {
            throw TokenizationError(.malformedFile, "\(place): must have a text in UTF-8 and a finite score")
        }
        guard piece.text.count <= TokenizerLimits.unigramTokenByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(place): has \(piece.text.count) bytes; allowed are \(TokenizerLimits.unigramTokenByteCountMax)"
            )
        }
        pieces.append(piece)
    }

    private mutating func readTrainerSettings(_ bytes: [UInt8], _ range: Range<Int>) throws {
        var reader = ProtobufReader(bytes, range, path: path)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (3, .integer(let type)):
                guard type == 1 || type == 2 else {
                    throw TokenizationError(
                        .unsupportedComponent,
                        "\(path): model_type \(type) is not supported; supported are 1 (unigram) and 2 (BPE)")
                }
                isUnigram = type == 1
            case (24, .integer(let flag)) where flag != 0:
                throw TokenizationError(
                    .unsupportedComponent, "\(path): treat_whitespace_as_suffix is not supported")
            case (35, .integer(let flag)): usesByteFallback = flag != 0
            case (44, .bytes(let range)):
                guard range.count <= TokenizerLimits.addedTokenByteCountMax else {
                    throw TokenizationError(
                        .limitExceeded,
                        "\(path): unk_surface has \(range.count) bytes; allowed are "
                            + "\(TokenizerLimits.addedTokenByteCountMax)")
                }
                unknownSurface = UTF8Scan.repaired(bytes[range])
            default: break
            }
        }
    }

    private mutating func readNormalizerSettings(
        _ bytes: [UInt8], _ range: Range<Int>, map: inout Range<Int>?
    ) throws {
        var reader = ProtobufReader(bytes, range, path: path)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (2, .bytes(let range)): map = range
            case (3, .integer(let flag)): normalization.addsSpaceBefore = flag != 0
            case (4, .integer(let flag)): normalization.removesExtraSpaces = flag != 0
            case (5, .integer(let flag)): normalization.escapesSpaces = flag != 0
            default: break
            }
        }
    }
}
