/// A token that is looked for in the text itself before the model sees it.
struct AddedToken: Sendable {
    let content: String
    /// Whether decoding may leave it out and clients cannot be shown it.
    let isSpecial: Bool
    /// Whether it is looked for in the normalized text, in its own normalized form, rather than in the raw
    /// text.
    let isNormalized: Bool
    /// Whether it takes the white space before it along.
    let stripsLeft: Bool
    /// Whether it takes the white space after it along.
    let stripsRight: Bool
    /// Whether it counts only where no word character touches it.
    let isSingleWord: Bool

    /// Reads the `added_tokens` of a tokenizer.json, if it has any.
    static func list(_ file: FileObject) throws -> [AddedToken] {
        guard try file.value("added_tokens") != nil else { return [] }
        let path = file.path("added_tokens")
        var tokens: [AddedToken] = []
        try file.array("added_tokens").forEach { index, value in
            try checkCount(index + 1, path, tableByteCountMax: file.tableByteCountMax)
            let token = try FileObject(value, path: "\(path)[\(index)]")
            tokens.append(try AddedToken(flags: token))
            _ = try token.integer("id", in: 0...TokenizerLimits.tokenIDMax)
        }
        return tokens
    }

    /// How many bytes so many tokens take with all that they are looked up by, their trees left out.
    static func tableByteCount(tokenCount: Int, byteCount: Int) -> Int { 512 * tokenCount + 8 * byteCount }

    /// Refuses more tokens than are allowed, or than have room in so many bytes.
    static func checkCount(_ count: Int, _ path: String, tableByteCountMax: Int) throws {
        guard count <= TokenizerLimits.addedTokenCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): has more than \(TokenizerLimits.addedTokenCountMax) tokens, which is the most allowed"
            )
        }
        try TokenizerLimits.check(
            tableByteCount: tableByteCount(tokenCount: count, byteCount: 0), max: tableByteCountMax, path)
    }

    /// Refuses a token that is too long.
    static func checkLength(_ content: String, _ path: String) throws {
        guard content.utf8.count <= TokenizerLimits.addedTokenByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(path): has \(content.utf8.count) bytes; allowed are \(TokenizerLimits.addedTokenByteCountMax)"
            )
        }
    }

    /// Reads a token whose id stands elsewhere.
    init(flags file: FileObject) throws {
        content = try file.string("content")
        try Self.checkLength(content, file.path("content"))
        isSpecial = try file.bool("special")
        isNormalized = try file.bool("normalized")
        stripsLeft = try file.bool("lstrip")
        stripsRight = try file.bool("rstrip")
        isSingleWord = try file.bool("single_word")
    }

    /// Reads a special token that is written with only those of its flags that are set.
    init(special file: FileObject) throws {
        content = try file.string("content")
        isSpecial = true
        isNormalized = try file.optionalBool("normalized") ?? false
        stripsLeft = try file.optionalBool("lstrip") ?? false
        stripsRight = try file.optionalBool("rstrip") ?? false
        isSingleWord = try file.optionalBool("single_word") ?? false
    }

    /// A token that is looked for in the raw text and stands for itself alone.
    init(_ content: String, isSpecial: Bool) {
        self.content = content
        self.isSpecial = isSpecial
        isNormalized = false
        stripsLeft = false
        stripsRight = false
        isSingleWord = false
    }
}
