/// A GGUF file's tokenizer, from its metadata as one JSON object of the keys `tokenizer.ggml...`.
///
/// What it becomes are the parts that other files become: of the model `llama` those of a tokenizer.model, of `gpt2`
/// those of a tokenizer.json.
struct GGUFVocabulary {
    private let file: FileObject

    /// What tokens are for, by their numbers in `token_type`; SentencePiece's.
    private typealias Kind = SentencePieceFile.PieceKind

    init(_ file: FileObject) { self.file = file }

    /// What tokenizer_config.json would say.
    func configuration() throws -> TokenizerConfiguration {
        var members: [JSONValue.Member] = []
        let tokens = try file.array("tokenizer.ggml.tokens")
        for (role, key) in [("bos_token", "bos"), ("eos_token", "eos")] {
            let name = "tokenizer.ggml.\(key)_token_id"
            guard file.value(name) != nil else { continue }
            let id = try file.integer(name, in: 0...max(0, tokens.count - 1))
            guard tokens.indices.contains(id), case .string = tokens[id] else { continue }
            members.append(.init(key: role, value: tokens[id]))
        }
        let addsBeginning = try file.optionalBool("tokenizer.ggml.add_bos_token") ?? addsBeginningOfText()
        let addsEnd = try file.optionalBool("tokenizer.ggml.add_eos_token") ?? false
        members.append(.init(key: "add_bos_token", value: .bool(addsBeginning)))
        members.append(.init(key: "add_eos_token", value: .bool(addsEnd)))
        if let template = try file.optionalString("tokenizer.chat_template") {
            members.append(.init(key: "chat_template", value: .string(template)))
        }
        return try TokenizerConfiguration(try FileObject(.object(members), path: file.path))
    }

    /// The tokenizer's parts: those of tokenizer.json where the file carries it whole.
    func parts() throws -> TokenizerParts {
        if let text = try file.optionalString("tokenizer.huggingface.json") {
            let value = try JSONParser.parse(Array(text.utf8), fileName: "tokenizer.huggingface.json")
            return try TokenizerParts(try FileObject(value, path: "tokenizer.huggingface.json"))
        }
        return switch try file.string("tokenizer.ggml.model") {
        case "llama": try TokenizerParts(sentencePiece: try pieces())
        case "gpt2": try TokenizerParts(try tokenizerFile())
        case let other:
            throw TokenizationError.unsupported(
                "tokenizer", at: file.path("tokenizer.ggml.model"), found: other,
                supported: ["llama", "gpt2"])
        }
    }

    private func addsBeginningOfText() throws -> Bool {
        guard try file.string("tokenizer.ggml.model") == "gpt2" else { return true }
        // What puts tokens around a text is said by tokenizer.json, where the file carries it.
        if file.value("tokenizer.huggingface.json") != nil { return false }
        return try pattern().addsBeginning
    }

    private func pattern() throws -> GGUFPattern {
        try GGUFPattern(
            try file.optionalString("tokenizer.ggml.pre") ?? "default", path: file.path("tokenizer.ggml.pre"))
    }

    // MARK: - Tokens

    private func tokens() throws -> [(text: String, kind: Kind)] {
        let texts = try file.array("tokenizer.ggml.tokens")
        var types: [JSONValue] = []
        if file.value("tokenizer.ggml.token_type") != nil {
            types = try file.array("tokenizer.ggml.token_type")
        }
        guard types.isEmpty || types.count == texts.count else {
            throw file.fault(
                "tokenizer.ggml.token_type", "has \(types.count) elements; there are \(texts.count) tokens")
        }
        return try texts.enumerated().map { id, text in
            guard case .string(let text) = text else {
                throw file.fault("tokenizer.ggml.tokens[\(id)]", "must be a string, is \(text.kind)")
            }
            guard !types.isEmpty else { return (text, .normal) }
            // A type of 0 is undefined.
            guard case .integer(let number) = types[id], (0...6).contains(number),
                let kind = Kind(rawValue: UInt64(max(1, number)))
            else {
                throw file.fault("tokenizer.ggml.token_type[\(id)]", "must be a number from 0 to 6")
            }
            return (text, kind)
        }
    }

    private func pieces() throws -> SentencePieceFile {
        let tokens = try tokens()
        let scores =
            file.value("tokenizer.ggml.scores") == nil ? [] : try file.array("tokenizer.ggml.scores")
        guard scores.count == tokens.count else {
            throw file.fault(
                "tokenizer.ggml.scores", "has \(scores.count) elements; there are \(tokens.count) tokens")
        }
        let pieces = try tokens.enumerated().map { id, token in
            guard let score = scores[id].number else {
                throw file.fault("tokenizer.ggml.scores[\(id)]", "must be a number, is \(scores[id].kind)")
            }
            // Files hold spaces of pieces that the user defined as spaces, of all others as U+2581.
            let text = token.kind == .userDefined ? token.text.replacing(" ", with: "\u{2581}") : token.text
            return SentencePieceFile.Piece(text: Array(text.utf8), score: Float(score), kind: token.kind)
        }
        var normalization = SentencePieceNormalization()
        normalization.addsSpaceBefore = try file.optionalBool("tokenizer.ggml.add_space_prefix") ?? true
        normalization.removesExtraSpaces =
            try file.optionalBool("tokenizer.ggml.remove_extra_whitespaces") ?? false
        return try SentencePieceFile(
            bytePairs: pieces, normalization, path: file.path("tokenizer.ggml.tokens"))
    }

    /// What tokenizer.json would say of byte-level byte pairs. Tokens that are never produced are left out.
    private func tokenizerFile() throws -> FileObject {
        let pattern = try pattern()
        var vocabulary: [JSONValue.Member] = []
        var added: [JSONValue] = []
        for (id, token) in try tokens().enumerated() where token.kind != .unused {
            vocabulary.append(.init(key: token.text, value: .integer(id)))
            guard token.kind == .control || token.kind == .userDefined else { continue }
            let flags = ["normalized", "lstrip", "rstrip", "single_word"].map {
                JSONValue.Member(key: $0, value: .bool(false))
            }
            added.append(
                .object(
                    [
                        .init(key: "id", value: .integer(id)),
                        .init(key: "content", value: .string(token.text)),
                        .init(key: "special", value: .bool(token.kind == .control)),
                    ] + flags))
        }
        let merges = try file.array("tokenizer.ggml.merges")
        let model = GGUFPattern.object([
            ("type", .string("BPE")), ("vocab", .object(vocabulary)), ("merges", .array(merges)),
            ("ignore_merges", .bool(pattern.ignoresMerges)),
        ])
        var members: [(String, JSONValue)] = [
            ("added_tokens", .array(added)), ("pre_tokenizer", pattern.preTokenizer),
            ("decoder", GGUFPattern.byteLevel(usesRegex: true)), ("model", model),
        ]
        if pattern.composes { members.append(("normalizer", GGUFPattern.object([("type", .string("NFC"))]))) }
        return try FileObject(GGUFPattern.object(members), path: file.path)
    }
}
