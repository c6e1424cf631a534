package import Foundation

extension Tokenizer {
    /// Reads the model directory's tokenizer.json, or vocab.json and merges.txt where there is none, and
    /// tokenizer_config.json and chat_template.jinja where they exist.
    package init(directory: URL) throws {
        let limit = TokenizerLimits.configurationFileByteCountMax
        let config = try Self.object("tokenizer_config.json", in: directory)
        let template = try Self.read("chat_template.jinja", in: directory, byteCountMax: limit)
        try self.init(
            file: try Self.tokenizerFile(in: directory, config), config: config,
            chatTemplate: template.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Makes a tokenizer from the contents of tokenizer.json and of tokenizer_config.json.
    package init(tokenizerJSON: Data, configJSON: Data?) throws {
        try self.init(
            file: try Self.object(tokenizerJSON, "tokenizer.json"),
            config: try configJSON.map { try Self.object($0, "tokenizer_config.json") }, chatTemplate: nil)
    }

    private static func tokenizerFile(in directory: URL, _ config: FileObject?) throws -> FileObject {
        let limit = TokenizerLimits.tokenizerFileByteCountMax
        if let json = try read("tokenizer.json", in: directory, byteCountMax: limit) {
            return try object(json, "tokenizer.json")
        }
        guard let vocabulary = try read("vocab.json", in: directory, byteCountMax: limit),
            let merges = try read("merges.txt", in: directory, byteCountMax: limit)
        else {
            throw TokenizationError(
                .unreadableFile,
                "\(directory.path): has neither tokenizer.json nor vocab.json with merges.txt")
        }
        let files = VocabularyFiles(
            vocabulary: vocabulary, merges: merges, configuration: config,
            specialTokens: try object("special_tokens_map.json", in: directory))
        return try files.tokenizerFile()
    }

    private static func object(_ name: String, in directory: URL) throws -> FileObject? {
        try read(name, in: directory, byteCountMax: TokenizerLimits.configurationFileByteCountMax)
            .map { try object($0, name) }
    }

    private static func object(_ json: Data, _ name: String) throws -> FileObject {
        try FileObject(try JSONParser.parse(Array(json), fileName: name), path: name)
    }

    private init(file: FileObject, config configFile: FileObject?, chatTemplate: String?) throws {
        let config = try configFile.map(TokenizerConfiguration.init)
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
