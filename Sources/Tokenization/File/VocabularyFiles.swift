import Foundation

/// A tokenizer in the two files that came before tokenizer.json: vocab.json (token to id) and merges.txt (a merge a
/// line), as GPT-2's class in transformers writes them and OPT's checkpoints have them.
struct VocabularyFiles {
    let vocabulary: Data
    let merges: Data
    /// tokenizer_config.json, if there is one.
    let configuration: FileObject?
    /// special_tokens_map.json, if there is one: older checkpoints name their special tokens there.
    let specialTokens: FileObject?

    /// Classes whose text is split as GPT-2's is.
    private static let classes = ["GPT2Tokenizer", "GPT2TokenizerFast"]
    private static let roles = ["bos_token", "eos_token", "unk_token", "pad_token"]

    /// What tokenizer.json would say: transformers' `GPT2Converter`.
    func tokenizerFile() throws -> FileObject {
        if let name = try configuration?.optionalString("tokenizer_class"), !Self.classes.contains(name) {
            throw TokenizationError.unsupported(
                "tokenizer class without a tokenizer.json", at: "tokenizer_config.json", found: name,
                supported: Self.classes)
        }
        let addsSpace = try configuration?.optionalBool("add_prefix_space") ?? false
        let byteLevel = Self.object([
            ("type", .string("ByteLevel")), ("add_prefix_space", .bool(addsSpace)),
        ])
        let model = Self.object([
            ("type", .string("BPE")),
            ("vocab", try JSONParser.parse(Array(vocabulary), fileName: "vocab.json")),
            ("merges", .array(try mergeLines())),
        ])
        return try FileObject(
            Self.object([
                ("added_tokens", .array(try addedTokens())), ("pre_tokenizer", byteLevel),
                ("decoder", byteLevel), ("model", model),
            ]), path: "vocab.json and merges.txt")
    }

    /// One merge a line; the first line may name a version.
    private func mergeLines() throws -> [JSONValue] {
        guard let text = String(validating: merges, as: UTF8.self) else {
            throw TokenizationError(.malformedFile, "merges.txt: is not UTF-8 text")
        }
        return text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#version") }
            .map { .string(String($0)) }
    }

    /// Those that tokenizer_config.json lists by id, or else the special ones that either file names.
    private func addedTokens() throws -> [JSONValue] {
        if let listed = try configuration?.optionalObject("added_tokens_decoder") {
            let tokens = try configuration?.members("added_tokens_decoder") ?? []
            return try tokens.map { member in
                guard let id = Int(member.key), case .object(let members) = member.value else {
                    throw listed.fault(member.key, "must be an id with an object")
                }
                return .object(members + [JSONValue.Member(key: "id", value: .integer(id))])
            }
            .sorted { Self.id(of: $0) < Self.id(of: $1) }
        }
        var contents: Set<String> = []
        return try Self.roles.compactMap { role in
            guard let token = try specialToken(role) else { return nil }
            return contents.insert(token.content).inserted ? token.value : nil
        }
    }

    private static func id(of token: JSONValue) -> Int {
        guard case .object(let members) = token, case .integer(let id)? = members.last?.value else {
            return 0
        }
        return id
    }

    /// A special token is written as its text or as an object with its flags.
    private func specialToken(_ role: String) throws -> (content: String, value: JSONValue)? {
        for file in [configuration, specialTokens].compactMap({ $0 }) where file.value(role) != nil {
            let flags = ["lstrip", "rstrip", "normalized", "single_word"]
            guard case .object = file.value(role) else {
                let content = try file.string(role)
                return (content, Self.token(content, flags.map { ($0, false) }))
            }
            let object = try file.object(role)
            let content = try object.string("content")
            return (
                content,
                Self.token(content, try flags.map { ($0, try object.optionalBool($0) ?? false) })
            )
        }
        return nil
    }

    private static func token(_ content: String, _ flags: [(String, Bool)]) -> JSONValue {
        object(
            [("id", .integer(0)), ("content", .string(content)), ("special", .bool(true))]
                + flags.map { ($0.0, .bool($0.1)) })
    }

    private static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { JSONValue.Member(key: $0.0, value: $0.1) })
    }
}
