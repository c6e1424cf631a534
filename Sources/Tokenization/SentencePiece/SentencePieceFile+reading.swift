extension SentencePieceFile {
    /// Reads a tokenizer.model, SentencePiece's own format: a protocol-buffer message of pieces and settings.
    init(_ file: FileBytes) throws {
        let path = "\(file.name): pieces"
        try self.init(
            try Settings(file), path: path,
            tableByteCountMax: file.tableByteCountMax
        ) { body in
            var index = 0
            var reader = ProtobufReader(file)
            while let field = try reader.nextField() {
                guard case (1, .bytes(let range)) = (field.number, field.value) else { continue }
                try body(try Piece(ProtobufReader(range, in: reader), place: "\(path)[\(index)]"))
                index += 1
            }
        }
    }
}

extension SentencePieceFile.Piece {
    fileprivate init(_ message: ProtobufReader, place: @autoclosure () -> String) throws {
        var reader = message
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (1, .bytes(let range)):
                guard range.count <= TokenizerLimits.unigramTokenByteCountMax else {
                    throw TokenizationError(
                        .limitExceeded,
                        "\(place()): has \(range.count) bytes; allowed are "
                            + "\(TokenizerLimits.unigramTokenByteCountMax)")
                }
                text = try reader.bytes(range)
            case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
            case (3, .integer(let number)):
                guard let kind = SentencePieceFile.PieceKind(rawValue: number) else {
                    throw TokenizationError(
                        .unsupportedComponent, "\(place()): has the type \(number); known are 1 to 6")
                }
                self.kind = kind
            default: break
            }
        }
    }
}

extension SentencePieceFile.Settings {
    /// Reads what a tokenizer.model says beside its pieces.
    fileprivate init(_ file: FileBytes) throws {
        var charactersMap: Range<Int>?
        var reader = ProtobufReader(file)
        while let field = try reader.nextField() {
            switch (field.number, field.value) {
            case (2, .bytes(let range)): try readTrainer(ProtobufReader(range, in: reader), file.name)
            case (3, .bytes(let range)):
                try readNormalizer(ProtobufReader(range, in: reader), map: &charactersMap)
            default: break
            }
        }
        guard let charactersMap, !charactersMap.isEmpty else { return }
        guard charactersMap.count <= TokenizerLimits.characterMapByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(file.name): precompiled_charsmap has \(charactersMap.count) bytes; allowed are "
                    + "\(TokenizerLimits.characterMapByteCountMax)")
        }
        normalization.map = try CharacterMap(
            try file.copy(charactersMap), path: "\(file.name): precompiled_charsmap")
    }

    private mutating func readTrainer(_ message: ProtobufReader, _ path: String) throws {
        var reader = message
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
                unknownSurface = UTF8Scan.repaired(try reader.bytes(range))
            default: break
            }
        }
    }

    private mutating func readNormalizer(_ message: ProtobufReader, map: inout Range<Int>?) throws {
        var reader = message
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
