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

    /// Reads one of tokenizer.json's `added_tokens`.
    init(_ file: FileObject) throws {
        try self.init(flags: file)
        _ = try file.integer("id", in: 0...TokenizerLimits.tokenIDMax)
    }

    /// Reads a token whose id stands elsewhere.
    init(flags file: FileObject) throws {
        content = try file.string("content")
        isSpecial = try file.bool("special")
        isNormalized = try file.bool("normalized")
        stripsLeft = try file.bool("lstrip")
        stripsRight = try file.bool("rstrip")
        isSingleWord = try file.bool("single_word")
    }

    /// A special token, looked for in the raw text, that stands for itself alone.
    init(special content: String) {
        self.content = content
        isSpecial = true
        isNormalized = false
        stripsLeft = false
        stripsRight = false
        isSingleWord = false
    }
}
