/// What tokenizer_config.json adds to tokenizer.json. Everything in it is optional.
struct TokenizerConfiguration {
    let beginningOfText: String?
    let endOfText: String?
    let addsBeginningOfText: Bool
    let addsEndOfText: Bool
    /// The one chat template, or the one named "default".
    let chatTemplate: String?

    init(_ file: FileObject) throws {
        beginningOfText = try Self.token("bos_token", in: file)
        endOfText = try Self.token("eos_token", in: file)
        addsBeginningOfText = try file.optionalBool("add_bos_token") ?? false
        addsEndOfText = try file.optionalBool("add_eos_token") ?? false
        if case .array = file.value("chat_template") {
            chatTemplate = try file.objects("chat_template").first { try $0.string("name") == "default" }?
                .string("template")
        } else {
            chatTemplate = try file.optionalString("chat_template")
        }
    }

    /// A token is written as its text or as an object with its "content".
    private static func token(_ key: String, in file: FileObject) throws -> String? {
        if case .object = file.value(key) { return try file.object(key).string("content") }
        return try file.optionalString(key)
    }
}
