package import Foundation

extension Tokenizer {
    /// Reads the model directory's tokenizer.json, or where there is none tokenizer.model, or vocab.json and
    /// merges.txt; and tokenizer_config.json and chat_template.jinja where they exist.
    package convenience init(directory: URL) throws {
        let limit = TokenizerLimits.configurationFileByteCountMax
        let config = try Self.object("tokenizer_config.json", in: directory)
        let template = try Self.file("chat_template.jinja", in: directory, byteCountMax: limit)
        try self.init(
            parts: try Self.parts(in: directory, config), config: try config.map(TokenizerConfiguration.init),
            chatTemplate: try template.map { String(decoding: try $0.all(), as: UTF8.self) })
    }

    /// Makes a tokenizer from the contents of tokenizer.json and of tokenizer_config.json.
    package convenience init(tokenizerJSON: Data, configJSON: Data?) throws {
        try self.init(
            parts: try TokenizerParts(
                try FileObject(FileBytes(tokenizerJSON, name: "tokenizer.json"))),
            config: try Self.configuration(configJSON), chatTemplate: nil)
    }

    /// Makes a tokenizer from the contents of tokenizer.model and of tokenizer_config.json.
    package convenience init(sentencePieceModel: Data, configJSON: Data?) throws {
        let config = try Self.configuration(configJSON)
        try self.init(
            parts: try TokenizerParts(
                sentencePiece: FileBytes(sentencePieceModel, name: "tokenizer.model"), config),
            config: config, chatTemplate: nil)
    }

    /// Makes a tokenizer out of a GGUF file's metadata: a JSON object of the values whose keys begin with `tokenizer.`,
    /// that were `fileByteCount` bytes of the file. What JSON and tables take together is bound by these.
    package convenience init(gguf path: String, metadata: [UInt8], fileByteCount: Int) throws {
        let file = GGUFVocabulary(
            try FileObject(
                FileBytes(
                    metadata, name: "\(path): metadata",
                    tableByteCountMax: TokenizerLimits.tableByteCountMax(fileByteCount: fileByteCount)
                        - metadata.count)))
        let configuration = try file.configuration()
        try self.init(parts: try file.parts(), config: configuration, chatTemplate: nil)
    }

    private static func configuration(_ json: Data?) throws -> TokenizerConfiguration? {
        try json.map {
            try TokenizerConfiguration(try FileObject(FileBytes($0, name: "tokenizer_config.json")))
        }
    }

    private static func parts(in directory: URL, _ config: FileObject?) throws -> TokenizerParts {
        let limit = TokenizerLimits.tokenizerFileByteCountMax
        if let json = try file("tokenizer.json", in: directory, byteCountMax: limit) {
            return try TokenizerParts(try FileObject(json))
        }
        if let pieces = try file("tokenizer.model", in: directory, byteCountMax: limit) {
            return try TokenizerParts(sentencePiece: pieces, try config.map(TokenizerConfiguration.init))
        }
        guard let vocabulary = try file("vocab.json", in: directory, byteCountMax: limit),
            let merges = try file("merges.txt", in: directory, byteCountMax: limit)
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
        try file(name, in: directory, byteCountMax: TokenizerLimits.configurationFileByteCountMax)
            .map { try FileObject($0) }
    }

    /// A file of the directory, nil if there is none.
    private static func file(_ name: String, in directory: URL, byteCountMax: Int) throws -> FileBytes? {
        try FileBytes(path: directory.appending(path: name).path, name: name, byteCountMax: byteCountMax)
    }
}
