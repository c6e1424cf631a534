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
    /// How many bytes the file and its tables may have together.
    let tableByteCountMax: Int

    init(_ bytes: [UInt8], path: String) throws {
        self.path = path
        self.bytes = bytes
        tableByteCountMax =
            TokenizerLimits.sentencePieceTableFactor * bytes.count + TokenizerLimits.tableByteCountAllowance
        var charactersMap: Range<Int>?
        try reservePieces()
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
            normalization.map = try CharacterMap(
                Array(bytes[charactersMap]), path: "\(path): precompiled_charsmap")
        }
        try check()
    }

    /// A BPE model of pieces that stand elsewhere. Unused ones are never produced.
    init(
        bytePairs pieces: [(text: [UInt8], score: Float, kind: PieceKind)],
        _ normalization: SentencePieceNormalization, path: String
    ) throws {
        self.path = path
        bytes = Array(pieces.lazy.map(\.text).joined())
        tableByteCountMax = bytes.count + TokenizerLimits.ggufTableByteCountAllowance
        isUnigram = false
        usesByteFallback = pieces.contains { $0.kind == .byte }
        self.normalization = normalization
        guard bytes.count <= Int32.max else {
            throw TokenizationError(
                .limitExceeded, "\(path): has \(bytes.count) bytes of text; allowed are \(Int32.max)")
        }
        var start: Int32 = 0
        for (index, piece) in pieces.enumerated() {
            let end = start + Int32(piece.text.count)
            try append(
                Piece(text: start..<end, score: piece.score, kind: piece.kind), place: "\(path)[\(index)]")
            start = end
        }
        try check(allowsUnused: true)
    }

    /// The bytes of a piece.
    func text(_ piece: Piece) -> ArraySlice<UInt8> {
        bytes[Int(piece.text.lowerBound)..<Int(piece.text.upperBound)]
    }

    private func check(allowsUnused: Bool = false) throws {
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
        if !isUnigram, !allowsUnused, let unused = pieces.first(where: { $0.kind == .unused }) {
            throw TokenizationError(
                .unsupportedComponent,
                "\(path): the piece \"\(String(decoding: text(unused), as: UTF8.self))\" is unused, which is not "
                    + "supported in a BPE model")
        }
    }

    /// How many bytes the file and the list of its pieces take.
    var byteCount: Int { bytes.count + MemoryLayout<Piece>.stride * pieces.count }

    /// Makes room for the pieces that the file has, and not more.
    private mutating func reservePieces() throws {
        var count = 0
        var reader = ProtobufReader(bytes, bytes.indices, path: path)
        while let field = try reader.nextField() {
            if case (1, .bytes) = (field.number, field.value) { count += 1 }
        }
        guard count <= TokenizerLimits.tokenIDMax + 1 else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): has \(count) pieces; allowed are \(TokenizerLimits.tokenIDMax + 1)")
        }
        try TokenizerLimits.check(
            tableByteCount: bytes.count + MemoryLayout<Piece>.stride * count, max: tableByteCountMax, path)
        pieces.reserveCapacity(count)
    }

    // MARK: - Messages

    private mutating func readPiece(_ bytes: [UInt8], _ range: Range<Int>) throws {
        let place = "\(path): pieces[\(pieces.count)]"
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
        try append(piece, place: place)
    }

    private mutating func append(_ piece: Piece, place: String) throws {
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
