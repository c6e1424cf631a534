/// What tokenizer_config.json adds to tokenizer.json. Everything in it is optional.
struct TokenizerConfiguration {
    let beginningOfText: String?
    let endOfText: String?
    /// Whether encoding puts the tokens around the text; nil if the file leaves it to the class.
    let addsBeginningOfText: Bool?
    let addsEndOfText: Bool?
    /// The class in transformers that made the tokenizer.
    let className: String?
    /// Whether a space is put before each part of a text that special tokens divide, as the first Llama class did.
    let isLegacy: Bool
    /// The tokens that the file lists by id, in the order of their ids.
    let addedTokens: [AddedToken]
    /// The one chat template, or the one named "default".
    let chatTemplate: String?

    /// How many bytes the tables may have that are made of the file's added tokens.
    let tableByteCountMax: Int

    /// What stands in a GGUF file's metadata instead.
    init(
        beginningOfText: String?, endOfText: String?, addsBeginningOfText: Bool, addsEndOfText: Bool,
        chatTemplate: String?
    ) {
        self.beginningOfText = beginningOfText
        self.endOfText = endOfText
        self.addsBeginningOfText = addsBeginningOfText
        self.addsEndOfText = addsEndOfText
        self.chatTemplate = chatTemplate
        className = nil
        isLegacy = false
        addedTokens = []
        tableByteCountMax = 0
    }

    init(_ file: FileObject) throws {
        tableByteCountMax = file.tableByteCountMax
        beginningOfText = try Self.token("bos_token", in: file)
        endOfText = try Self.token("eos_token", in: file)
        addsBeginningOfText = try file.optionalBool("add_bos_token")
        addsEndOfText = try file.optionalBool("add_eos_token")
        className = try file.optionalString("tokenizer_class")
        isLegacy = try file.optionalBool("legacy") ?? false
        addedTokens = try Self.addedTokens(in: file)
        if case .array = try file.value("chat_template") {
            chatTemplate = try file.objects("chat_template").first { try $0.string("name") == "default" }?
                .string("template")
        } else {
            chatTemplate = try file.optionalString("chat_template")
        }
    }

    /// A token is written as its text or as an object with its "content".
    private static func token(_ key: String, in file: FileObject) throws -> String? {
        if case .object = try file.value(key) { return try file.object(key).string("content") }
        return try file.optionalString(key)
    }

    private static func addedTokens(in file: FileObject) throws -> [AddedToken] {
        guard let listed = try file.optionalObject("added_tokens_decoder") else { return [] }
        var tokens: [(id: Int, token: AddedToken)] = []
        try file.members("added_tokens_decoder").forEach { key, value in
            guard let id = Int(key), (0...TokenizerLimits.tokenIDMax).contains(id) else {
                throw listed.fault(key, "must be an id from 0 to \(TokenizerLimits.tokenIDMax)")
            }
            try AddedToken.checkCount(
                tokens.count + 1, listed.path, tableByteCountMax: file.tableByteCountMax)
            tokens.append((id, try AddedToken(flags: try FileObject(value, path: listed.path(key)))))
        }
        return tokens.sorted { $0.id < $1.id }.map(\.token)
    }
}
