package import Foundation

extension Tokenizer {
    /// Reads the model directory's tokenizer.json, and tokenizer_config.json and chat_template.jinja where
    /// they exist.
    package init(directory: URL) throws {
        let tokenizerJSON = try Self.read(
            "tokenizer.json", in: directory, byteCountMax: TokenizerLimits.tokenizerFileByteCountMax)
        guard let tokenizerJSON else {
            throw TokenizationError(
                .unreadableFile, "\(directory.appending(path: "tokenizer.json").path): there is no such file")
        }
        let limit = TokenizerLimits.configurationFileByteCountMax
        let configJSON = try Self.read("tokenizer_config.json", in: directory, byteCountMax: limit)
        let template = try Self.read("chat_template.jinja", in: directory, byteCountMax: limit)
        try self.init(
            tokenizerJSON: tokenizerJSON, configJSON: configJSON,
            chatTemplate: template.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Makes a tokenizer from the contents of tokenizer.json and of tokenizer_config.json.
    package init(tokenizerJSON: Data, configJSON: Data?) throws {
        try self.init(tokenizerJSON: tokenizerJSON, configJSON: configJSON, chatTemplate: nil)
    }

    private init(tokenizerJSON: Data, configJSON: Data?, chatTemplate: String?) throws {
        let file = try FileObject(
            try JSONParser.parse(Array(tokenizerJSON), fileName: "tokenizer.json"), path: "tokenizer.json")
        let config = try configJSON.map { json in
            let name = "tokenizer_config.json"
            return try TokenizerConfiguration(
                FileObject(try JSONParser.parse(Array(json), fileName: name), path: name))
        }
        model = try BytePairEncoding(try file.object("model"))
        normalizer = try file.optionalObject("normalizer").map(Normalizer.init)
        preTokenizer = try file.optionalObject("pre_tokenizer").map(PreTokenizer.init)
        decoder = try Decoder(try file.optionalObject("decoder"))
        let addedTokens = file.value("added_tokens") == nil ? [] : try file.objects("added_tokens")
        addedVocabulary = try AddedVocabulary(
            addedTokens.map(AddedToken.init), vocabulary: model.vocabulary, normalizer: normalizer)

        let (added, vocabulary) = (addedVocabulary, model.vocabulary)
        func id(of token: String?) -> Int32? {
            token.map { Array($0.utf8) }.flatMap { added.id(of: $0) ?? vocabulary.id(of: $0) }
        }
        var postProcessor =
            try file.optionalObject("post_processor").map(PostProcessor.init) ?? PostProcessor()
        let beginningOfTextID = id(of: config?.beginningOfText)
        endOfTextID = id(of: config?.endOfText)
        if let config, postProcessor.isEmpty {
            // The file's own post-processor decides; only where it adds nothing the configuration's flags do.
            let prefix = config.addsBeginningOfText ? beginningOfTextID : nil
            let suffix = config.addsEndOfText ? endOfTextID : nil
            if prefix != nil || suffix != nil {
                postProcessor = PostProcessor(
                    prefix: prefix.map { [$0] } ?? [], suffix: suffix.map { [$0] } ?? [])
            }
        }
        self.postProcessor = postProcessor
        self.beginningOfTextID = beginningOfTextID ?? postProcessor.firstPrefixID
        self.chatTemplate = chatTemplate ?? config?.chatTemplate
    }

    /// The contents of a file, nil if there is none.
    private static func read(_ name: String, in directory: URL, byteCountMax: Int) throws -> Data? {
        let path = directory.appending(path: name).path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let byteCount = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard byteCount <= byteCountMax else {
                throw TokenizationError(
                    .limitExceeded, "\(path): has \(byteCount) bytes; allowed are \(byteCountMax)")
            }
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch let error as TokenizationError {
            throw error
        } catch {
            throw TokenizationError(.unreadableFile, "\(path): cannot be read: \(error.localizedDescription)")
        }
    }
}
