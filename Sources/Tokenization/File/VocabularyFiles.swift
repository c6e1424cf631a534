/// A tokenizer in the two files that came before tokenizer.json: vocab.json (token to id) and merges.txt (a merge a
/// line), as GPT-2's class in transformers writes them and OPT's checkpoints have them.
struct VocabularyFiles {
    let vocabulary: FileBytes
    let merges: FileBytes
    /// tokenizer_config.json, if there is one.
    let configuration: FileObject?
    /// special_tokens_map.json, if there is one: older checkpoints name their special tokens there.
    let specialTokens: FileObject?

    /// Classes whose text is split as GPT-2's is.
    private static let classes = ["GPT2Tokenizer", "GPT2TokenizerFast"]
    private static let roles = ["bos_token", "eos_token", "unk_token", "pad_token"]

    /// What transformers' `GPT2Converter` makes of them.
    func parts() throws -> TokenizerParts {
        if let name = try configuration?.optionalString("tokenizer_class"), !Self.classes.contains(name) {
            throw TokenizationError.unsupported(
                "tokenizer class without a tokenizer.json", at: "tokenizer_config.json", found: name,
                supported: Self.classes)
        }
        return TokenizerParts(
            byteLevel: try model(), normalizer: nil,
            preTokenizer: try .byteLevel(
                addsPrefixSpace: try configuration?.optionalBool("add_prefix_space") ?? false),
            addedTokens: try addedTokens(), tableByteCountMax: tableByteCountMax)
    }

    private var tableByteCountMax: Int {
        TokenizerLimits.tableByteCountMax(
            fileByteCount: vocabulary.byteCount + merges.byteCount + (configuration?.fileByteCount ?? 0))
    }

    private func model() throws -> BytePairEncoding<MergeTable> {
        let tokens = try Vocabulary(try FileObject(vocabulary))
        try merges.requireUTF8()
        var lineCount = 0
        try forEachLine { _ in lineCount += 1 }
        let table = try BytePairEncoding.merges(
            count: lineCount, "merges.txt: merges", tokens, prefixByteCount: 0,
            tableByteCountMax: tableByteCountMax
        ) { add in
            var rank = 0
            try forEachLine { line in
                let parts = line.split(
                    separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
                guard parts.count == 2 else {
                    throw TokenizationError(
                        .malformedFile, "merges.txt: merges[\(rank)]: must be two tokens, as \"a b\"")
                }
                try add(Array(parts[0]), Array(parts[1]))
                rank += 1
            }
        }
        return BytePairEncoding(vocabulary: tokens, merges: table, ignoresMerges: false)
    }

    /// One merge a line; the first line may name a version.
    private func forEachLine(_ body: ([UInt8]) throws -> Void) throws {
        var line: [UInt8] = []
        func end() throws {
            if !line.isEmpty, !line.starts(with: "#version".utf8) { try body(line) }
            line.removeAll(keepingCapacity: true)
        }
        try merges.forEachWindow { bytes in
            for byte in bytes {
                if byte == 0x0A || byte == 0x0D {
                    try end()
                    continue
                }
                line.append(byte)
                guard line.count <= TokenizerLimits.mergeByteCountMax else {
                    throw TokenizationError(
                        .limitExceeded,
                        "\(merges.name): has a line of more than \(TokenizerLimits.mergeByteCountMax) bytes")
                }
            }
        }
        try end()
    }

    /// Those that tokenizer_config.json lists by id, or else the special ones that either file names.
    private func addedTokens() throws -> [AddedToken] {
        if let configuration, try configuration.optionalObject("added_tokens_decoder") != nil {
            return try TokenizerConfiguration(configuration).addedTokens
        }
        var contents: Set<[UInt8]> = []
        return try Self.roles.compactMap { role in
            guard let token = try specialToken(role) else { return nil }
            return contents.insert(Array(token.content.utf8)).inserted ? token : nil
        }
    }

    /// A special token is written as its text or as an object with its flags.
    private func specialToken(_ role: String) throws -> AddedToken? {
        for file in [configuration, specialTokens].compactMap({ $0 }) {
            switch try file.value(role) {
            case nil: continue
            case .object: return try AddedToken(special: try file.object(role))
            case .some: return AddedToken(try file.string(role), isSpecial: true)
            }
        }
        return nil
    }
}
