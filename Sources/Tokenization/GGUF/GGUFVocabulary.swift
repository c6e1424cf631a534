import Foundation

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
        var json = JSONWriter()
        let addsBeginning = try file.optionalBool("tokenizer.ggml.add_bos_token") ?? addsBeginningOfText()
        let addsEnd = try file.optionalBool("tokenizer.ggml.add_eos_token") ?? false
        json.add("{\"add_bos_token\": \(addsBeginning), \"add_eos_token\": \(addsEnd)")
        let tokens = try texts()
        for (role, key) in [("bos_token", "bos"), ("eos_token", "eos")] {
            let name = "tokenizer.ggml.\(key)_token_id"
            guard try file.value(name) != nil else { continue }
            let id = try file.integer(name, in: 0...max(0, tokens.count - 1))
            guard tokens.indices.contains(id) else { continue }
            json.add(", \"\(role)\": ")
            json.add(string: tokens[id])
        }
        if let template = try file.optionalString("tokenizer.chat_template") {
            json.add(", \"chat_template\": ")
            json.add(string: template)
        }
        json.add("}")
        return try TokenizerConfiguration(try FileObject(FileBytes(Data(json.bytes), name: file.path)))
    }

    /// The tokenizer's parts: those of tokenizer.json where the file carries it whole.
    func parts() throws -> TokenizerParts {
        if let text = try file.optionalString("tokenizer.huggingface.json") {
            return try TokenizerParts(
                try FileObject(FileBytes(Data(text.utf8), name: "tokenizer.huggingface.json")))
        }
        return switch try file.string("tokenizer.ggml.model") {
        case "llama": try TokenizerParts(sentencePiece: try pieces())
        case "gpt2": try TokenizerParts(try FileObject(FileBytes(Data(try tokenizerJSON()), name: file.path)))
        case let other:
            throw TokenizationError.unsupported(
                "tokenizer", at: file.path("tokenizer.ggml.model"), found: other,
                supported: ["llama", "gpt2"])
        }
    }

    private func addsBeginningOfText() throws -> Bool {
        guard try file.string("tokenizer.ggml.model") == "gpt2" else { return true }
        // What puts tokens around a text is said by tokenizer.json, where the file carries it.
        if try file.value("tokenizer.huggingface.json") != nil { return false }
        return try pattern().addsBeginning
    }

    private func pattern() throws -> GGUFPattern {
        try GGUFPattern(
            try file.optionalString("tokenizer.ggml.pre") ?? "default", path: file.path("tokenizer.ggml.pre"))
    }

    // MARK: - Tokens

    private func texts() throws -> [String] {
        var texts: [String] = []
        try file.array("tokenizer.ggml.tokens").forEach { id, value in
            guard case .string(let text) = value else {
                throw file.fault("tokenizer.ggml.tokens[\(id)]", "must be a string, is \(value.kind)")
            }
            guard id <= TokenizerLimits.tokenIDMax else {
                throw TokenizationError(
                    .limitExceeded,
                    "\(file.path("tokenizer.ggml.tokens")): has ids past the highest one, \(TokenizerLimits.tokenIDMax)"
                )
            }
            texts.append(text)
        }
        return texts
    }

    /// Numbers, one a token.
    private func numbers(_ key: String, tokenCount: Int) throws -> [Double] {
        var numbers: [Double] = []
        try file.array(key).forEach { id, value in
            guard let number = value.number else {
                throw file.fault("\(key)[\(id)]", "must be a number, is \(value.kind)")
            }
            numbers.append(number)
        }
        guard numbers.count == tokenCount else {
            throw file.fault(key, "has \(numbers.count) elements; there are \(tokenCount) tokens")
        }
        return numbers
    }

    private func tokens() throws -> [(text: String, kind: Kind)] {
        let texts = try texts()
        let key = "tokenizer.ggml.token_type"
        guard try file.value(key) != nil else { return texts.map { ($0, .normal) } }
        let types = try numbers(key, tokenCount: texts.count)
        return try texts.enumerated().map { id, text in
            // A type of 0 is undefined.
            guard let number = UInt64(exactly: types[id]), let kind = Kind(rawValue: max(1, number)) else {
                throw file.fault("\(key)[\(id)]", "must be a number from 0 to 6")
            }
            return (text, kind)
        }
    }

    private func pieces() throws -> SentencePieceFile {
        let tokens = try tokens()
        let scores = try numbers("tokenizer.ggml.scores", tokenCount: tokens.count)
        let pieces = tokens.enumerated().map { id, token in
            // Files hold spaces of pieces that the user defined as spaces, of all others as U+2581.
            let text = token.kind == .userDefined ? token.text.replacing(" ", with: "\u{2581}") : token.text
            return (text: Array(text.utf8), score: Float(scores[id]), kind: token.kind)
        }
        var normalization = SentencePieceNormalization()
        normalization.addsSpaceBefore = try file.optionalBool("tokenizer.ggml.add_space_prefix") ?? true
        normalization.removesExtraSpaces =
            try file.optionalBool("tokenizer.ggml.remove_extra_whitespaces") ?? false
        return try SentencePieceFile(
            bytePairs: pieces, normalization, path: file.path("tokenizer.ggml.tokens"))
    }

    /// The tokenizer.json of byte-level byte pairs. Tokens that are never produced are left out.
    private func tokenizerJSON() throws -> [UInt8] {
        let pattern = try pattern()
        let tokens = try tokens()
        var json = JSONWriter()
        json.add(
            "{\"pre_tokenizer\": \(pattern.preTokenizer), \"decoder\": \(GGUFPattern.byteLevel(usesRegex: true))"
        )
        if pattern.composes { json.add(", \"normalizer\": {\"type\": \"NFC\"}") }
        json.add(", \"added_tokens\": [")
        var separator = ""
        for (id, token) in tokens.enumerated() where token.kind == .control || token.kind == .userDefined {
            json.add("\(separator)\n{\"id\": \(id), \"special\": \(token.kind == .control), \"content\": ")
            json.add(string: token.text)
            json.add(", \"normalized\": false, \"lstrip\": false, \"rstrip\": false, \"single_word\": false}")
            separator = ","
        }
        json.add(
            "], \"model\": {\"type\": \"BPE\", \"ignore_merges\": \(pattern.ignoresMerges), \"vocab\": {")
        separator = ""
        for (id, token) in tokens.enumerated() where token.kind != .unused {
            json.add("\(separator)\n")
            json.add(string: token.text)
            json.add(": \(id)")
            separator = ","
        }
        json.add("}, \"merges\": [")
        separator = ""
        try file.array("tokenizer.ggml.merges").forEach { rank, value in
            guard case .string(let text) = value else {
                throw file.fault("tokenizer.ggml.merges[\(rank)]", "must be a string, is \(value.kind)")
            }
            json.add("\(separator)\n")
            json.add(string: text)
            separator = ","
        }
        json.add("]}}")
        return json.bytes
    }
}
