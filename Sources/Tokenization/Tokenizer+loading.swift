package import Foundation

extension Tokenizer {
    /// Reads the model directory's tokenizer.json, or where there is none tokenizer.model, or vocab.json and
    /// merges.txt; and tokenizer_config.json and chat_template.jinja where they exist.
    package init(directory: URL) throws {
        let limit = TokenizerLimits.configurationFileByteCountMax
        let config = try Self.object("tokenizer_config.json", in: directory)
        let template = try Self.read("chat_template.jinja", in: directory, byteCountMax: limit)
        try self.init(
            parts: try Self.parts(in: directory, config), config: try config.map(TokenizerConfiguration.init),
            chatTemplate: template.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Makes a tokenizer from the contents of tokenizer.json and of tokenizer_config.json.
    package init(tokenizerJSON: Data, configJSON: Data?) throws {
        try self.init(
            parts: try TokenizerParts(try FileObject(Array(tokenizerJSON), fileName: "tokenizer.json")),
            config: try configJSON.map {
                try TokenizerConfiguration(try FileObject(Array($0), fileName: "tokenizer_config.json"))
            }, chatTemplate: nil)
    }

    /// Makes a tokenizer from the contents of tokenizer.model and of tokenizer_config.json.
    package init(sentencePieceModel: Data, configJSON: Data?) throws {
        let config = try configJSON.map {
            try TokenizerConfiguration(try FileObject(Array($0), fileName: "tokenizer_config.json"))
        }
        try self.init(
            parts: try TokenizerParts(sentencePiece: Array(sentencePieceModel), config), config: config,
            chatTemplate: nil)
    }

    private static func parts(in directory: URL, _ config: FileObject?) throws -> TokenizerParts {
        let limit = TokenizerLimits.tokenizerFileByteCountMax
        if let json = try read("tokenizer.json", in: directory, byteCountMax: limit) {
            return try TokenizerParts(try FileObject(json, fileName: "tokenizer.json"))
        }
        if let pieces = try read("tokenizer.model", in: directory, byteCountMax: limit) {
            return try TokenizerParts(sentencePiece: pieces, try config.map(TokenizerConfiguration.init))
        }
        guard let vocabulary = try read("vocab.json", in: directory, byteCountMax: limit),
            let merges = try read("merges.txt", in: directory, byteCountMax: limit)
        else {
            throw TokenizationError(
                .unreadableFile,
                "\(directory.path): has neither tokenizer.json, tokenizer.model nor vocab.json with merges.txt"
            )
        }
        let files = VocabularyFiles(
            vocabulary: vocabulary, merges: merges, configuration: config,
            specialTokens: try object("special_tokens_map.json", in: directory))
        return try files.parts()
    }

    private static func object(_ name: String, in directory: URL) throws -> FileObject? {
        try read(name, in: directory, byteCountMax: TokenizerLimits.configurationFileByteCountMax)
            .map { try FileObject($0, fileName: name) }
    }

    private init(parts: TokenizerParts, config: TokenizerConfiguration?, chatTemplate: String?) throws {
        model = parts.model
        vocabulary = parts.model.vocabulary
        normalizer = parts.normalizer
        preTokenizer = parts.preTokenizer
        decoder = parts.decoder
        addedVocabulary = try AddedVocabulary(
            parts.addedTokens, vocabulary: vocabulary, normalizer: normalizer)

        let (added, vocabulary) = (addedVocabulary, vocabulary)
        func id(of token: String?) -> Int32? {
            token.map { Array($0.utf8) }.flatMap { added.id(of: $0) ?? vocabulary.id(of: $0) }
        }
        var postProcessor = parts.postProcessor
        let beginningOfTextID = id(of: config?.beginningOfText ?? parts.defaults.beginningOfText)
        endOfTextID = id(of: config?.endOfText ?? parts.defaults.endOfText)
        if postProcessor.isEmpty {
            // The file's own post-processor decides; only where it adds nothing the configuration's flags do.
            let addsBeginning = config?.addsBeginningOfText ?? parts.defaults.addsBeginningOfText
            let addsEnd = config?.addsEndOfText ?? parts.defaults.addsEndOfText
            let prefix = addsBeginning ? beginningOfTextID : nil
            let suffix = addsEnd ? endOfTextID : nil
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
    private static func read(_ name: String, in directory: URL, byteCountMax: Int) throws -> [UInt8]? {
        let path = directory.appending(path: name).path
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // Reading is over: an error now would change nothing.
            defer { try? handle.close() }
            // Of the open file, since the path may name a symbolic link, as all files of a hub's cache do.
            let byteCount = Int(clamping: try handle.seekToEnd())
            guard byteCount <= byteCountMax else {
                throw TokenizationError(
                    .limitExceeded, "\(path): has \(byteCount) bytes; allowed are \(byteCountMax)")
            }
            try handle.seek(toOffset: 0)
            return try read(handle, byteCount: byteCount)
        } catch let error as TokenizationError {
            throw error
        } catch {
            throw TokenizationError(.unreadableFile, "\(path): cannot be read: \(error.localizedDescription)")
        }
    }

    /// Reads a file piece by piece, so that it is in memory once.
    private static func read(_ handle: FileHandle, byteCount: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        while bytes.count < byteCount, let part = try handle.read(upToCount: 1 << 18), !part.isEmpty {
            bytes.append(contentsOf: part.prefix(byteCount - bytes.count))
        }
        return bytes
    }
}
