/// A GGUF file's tokenizer, from its metadata as one JSON object of the keys `tokenizer.ggml...`.
///
/// What it becomes are the parts that other files become: of the model `llama` those of a tokenizer.model, of `gpt2`
/// those of a tokenizer.json.
struct GGUFVocabulary {
    private let file: FileObject

    /// What tokens are for, by their numbers in `token_type`; SentencePiece's.
    private typealias Kind = SentencePieceFile.PieceKind

    private static let tokensKey = "tokenizer.ggml.tokens"
    private static let typesKey = "tokenizer.ggml.token_type"
    private static let scoresKey = "tokenizer.ggml.scores"
    /// A copy of the tokenizer.json that the file was made from, which some carry.
    private static let copyKey = "tokenizer.huggingface.json"

    init(_ file: FileObject) { self.file = file }

    /// What tokenizer_config.json would say.
    func configuration() throws -> TokenizerConfiguration {
        TokenizerConfiguration(
            beginningOfText: try token("tokenizer.ggml.bos_token_id"),
            endOfText: try token("tokenizer.ggml.eos_token_id"),
            addsBeginningOfText: try file.optionalBool("tokenizer.ggml.add_bos_token")
                ?? addsBeginningOfText(),
            addsEndOfText: try file.optionalBool("tokenizer.ggml.add_eos_token") ?? false,
            chatTemplate: try chatTemplate())
    }

    /// The tokenizer's parts: those of tokenizer.json where the file carries it whole.
    func parts() throws -> TokenizerParts {
        if let copy = try file.optionalObject(Self.copyKey) { return try TokenizerParts(copy) }
        return switch try file.string("tokenizer.ggml.model") {
        case "llama": try TokenizerParts(sentencePiece: try pieces())
        case "gpt2": try bytePairs()
        case let other:
            throw TokenizationError.unsupported(
                "tokenizer", at: file.path("tokenizer.ggml.model"), found: other,
                supported: ["llama", "gpt2"])
        }
    }

    private func addsBeginningOfText() throws -> Bool {
        guard try file.string("tokenizer.ggml.model") == "gpt2" else { return true }
        // What puts tokens around a text is said by tokenizer.json, where the file carries it.
        if try file.value(Self.copyKey) != nil { return false }
        return try pattern().addsBeginning
    }

    private func pattern() throws -> GGUFPattern {
        try GGUFPattern(
            try file.optionalString("tokenizer.ggml.pre") ?? "default", path: file.path("tokenizer.ggml.pre"))
    }

    private func chatTemplate() throws -> String? {
        let key = "tokenizer.chat_template"
        let template = try file.optionalString(key)
        if let count = template?.utf8.count, count > TokenizerLimits.ggufChatTemplateByteCountMax {
            throw TokenizationError(
                .limitExceeded,
                "\(file.path(key)): has \(count) bytes; allowed are \(TokenizerLimits.ggufChatTemplateByteCountMax)"
            )
        }
        return template
    }

    // MARK: - Tokens

    /// The token whose id a key names.
    private func token(_ key: String) throws -> String? {
        guard try file.value(key) != nil else { return nil }
        let tokens = try file.array(Self.tokensKey)
        let id = try file.integer(key, in: 0...max(0, try tokens.count() - 1))
        var elements = JSONElements(tokens)
        for _ in 0..<id { _ = try elements.next() }
        return try elements.next().map { try text($0, id: id) }
    }

    private func text(_ value: JSONValue, id: Int) throws -> String {
        guard case .string(let text) = value else {
            throw file.fault("\(Self.tokensKey)[\(id)]", "must be a string, is \(value.kind)")
        }
        return text
    }

    private func number(_ value: JSONValue?, _ key: String, id: Int) throws -> Double {
        guard let number = value?.number else {
            throw file.fault("\(key)[\(id)]", "must be a number, is \(value?.kind ?? "nothing")")
        }
        return number
    }

    /// An array with an element for each token.
    private func elements(_ key: String, tokenCount: Int) throws -> JSONElements {
        let array = try file.array(key)
        let count = try array.count()
        guard count == tokenCount else {
            throw file.fault(key, "has \(count) elements; there are \(tokenCount) tokens")
        }
        return JSONElements(array)
    }

    /// Calls `body` with each token, its kind and its id.
    private func forEachToken(_ body: (String, Kind, Int) throws -> Void) throws {
        let tokens = try file.array(Self.tokensKey)
        var types =
            try file.value(Self.typesKey) == nil
            ? nil : try elements(Self.typesKey, tokenCount: try tokens.count())
        try tokens.forEach { id, value in
            guard id <= TokenizerLimits.tokenIDMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(file.path(Self.tokensKey)): has ids past the highest one, \(TokenizerLimits.tokenIDMax)"
                )
            }
            let text = try text(value, id: id)
            guard let type = try types?.next() else { return try body(text, .normal, id) }
            // A type of 0 is undefined.
            let number = UInt64(exactly: try number(type, Self.typesKey, id: id))
            guard let number, let kind = Kind(rawValue: max(1, number)) else {
                throw file.fault("\(Self.typesKey)[\(id)]", "must be a number from 0 to 6")
            }
            try body(text, kind, id)
        }
    }

    // MARK: - Parts

    private func pieces() throws -> SentencePieceFile {
        var settings = SentencePieceFile.Settings()
        settings.isUnigram = false
        settings.allowsUnused = true
        settings.normalization.addsSpaceBefore =
            try file.optionalBool("tokenizer.ggml.add_space_prefix") ?? true
        settings.normalization.removesExtraSpaces =
            try file.optionalBool("tokenizer.ggml.remove_extra_whitespaces") ?? false
        try forEachToken { _, kind, _ in if kind == .byte { settings.usesByteFallback = true } }
        let tokenCount = try file.array(Self.tokensKey).count()
        return try SentencePieceFile(
            settings, path: file.path(Self.tokensKey), tableByteCountMax: file.tableByteCountMax
        ) { body in
            var scores = try elements(Self.scoresKey, tokenCount: tokenCount)
            try forEachToken { token, kind, id in
                // Files hold spaces of pieces that the user defined as spaces, of all others as U+2581.
                let text = kind == .userDefined ? token.replacing(" ", with: "\u{2581}") : token
                let score = Float(try number(try scores.next(), Self.scoresKey, id: id))
                try body(.init(text: Array(text.utf8), score: score, kind: kind))
            }
        }
    }

    /// Byte-level byte pairs. Tokens that are never produced are left out.
    private func bytePairs() throws -> TokenizerParts {
        let pattern = try pattern()
        let preTokenizer = try FileObject(
            FileBytes(
                Array(pattern.preTokenizer.utf8), name: file.path("tokenizer.ggml.pre"),
                tableByteCountMax: 0))
        let vocabulary = try vocabulary()
        let merges = try BytePairEncoding.merges(
            file, "tokenizer.ggml.merges", vocabulary, prefixByteCount: 0)
        return TokenizerParts(
            byteLevel: BytePairEncoding(
                vocabulary: vocabulary, merges: merges, ignoresMerges: pattern.ignoresMerges),
            normalizer: pattern.composes ? .form(.composed) : nil,
            preTokenizer: try PreTokenizer(preTokenizer), addedTokens: try addedTokens(),
            tableByteCountMax: file.tableByteCountMax)
    }

    private func vocabulary() throws -> Vocabulary {
        var (count, byteCount, idEnd) = (0, 0, 0)
        try forEachToken { text, kind, id in
            guard kind != .unused else { return }
            count += 1
            byteCount += text.utf8.count
            idEnd = id + 1
        }
        try TokenizerLimits.check(
            tableByteCount: Vocabulary.tableByteCount(
                tokenCount: count, byteCount: byteCount, idEnd: idEnd),
            max: file.tableByteCountMax, file.path(Self.tokensKey))
        var vocabulary = Vocabulary(tokenCountMax: count, byteCountMax: byteCount, idEnd: idEnd)
        try forEachToken { text, kind, id in
            guard kind == .unused || vocabulary.insert(text.utf8, id: Int32(id)) else {
                throw file.fault(
                    "\(Self.tokensKey)[\(id)]",
                    "the token \(TokenizationError.excerpt(text)) is there twice")
            }
        }
        return vocabulary
    }

    private func addedTokens() throws -> [AddedToken] {
        let path = file.path(Self.tokensKey)
        var tokens: [AddedToken] = []
        try forEachToken { text, kind, id in
            guard kind == .control || kind == .userDefined else { return }
            try AddedToken.checkCount(tokens.count + 1, path, tableByteCountMax: file.tableByteCountMax)
            try AddedToken.checkLength(text, "\(path)[\(id)]")
            tokens.append(AddedToken(text, isSpecial: kind == .control))
        }
        return tokens
    }
}
