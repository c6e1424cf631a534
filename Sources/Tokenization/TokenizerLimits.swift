/// Every limit of this target, once.
enum TokenizerLimits {
    /// The largest tokenizer.json; the biggest published one has about 35 MB.
    static let tokenizerFileByteCountMax = 128 << 20
    /// The largest tokenizer_config.json or chat template.
    static let configurationFileByteCountMax = 16 << 20
    /// How deeply JSON values may be nested; published files need less than ten levels.
    static let jsonDepthMax = 64
    /// The longest string of a JSON file; character maps have some 300 kB.
    static let jsonStringByteCountMax = 4 << 20
    /// The longest number of a JSON file.
    static let jsonNumberByteCountMax = 1024
    /// How many parts a sequence of normalizers, pre-tokenizers, decoders or a template may have.
    static let componentCountMax = 256
    /// How many JSON objects a normalizer, pre-tokenizer, decoder or post-processor may consist of.
    static let componentObjectCountMax = 512
    /// The highest token id: tables indexed by id are this long at most.
    static let tokenIDMax = (1 << 24) - 1
    /// The longest text that one call encodes.
    static let textByteCountMax = 256 << 20
    /// How many steps PCRE2 may take for one match before it gives up.
    static let regexMatchStepCountMax: UInt32 = 50_000_000
    /// The largest stack, in bytes, of PCRE2's compiled code.
    static let regexStackByteCountMax = 32 << 20
    /// The longest pattern as it is written; published ones have some 500 bytes.
    static let regexSourceByteCountMax = 1 << 14
    /// How many patterns a tokenizer may have; published ones have up to five.
    static let regexCountMax = 16
    /// How many bytes a pattern may have in PCRE2's syntax, where `\w` is a list of characters.
    static let regexTranslationByteCountMax = 1 << 16
    /// How many bytes a compiled pattern may have, its machine code included.
    static let regexCodeByteCountMax = 1 << 16
    /// Patterns whose code has more bytes are interpreted: compiling takes some 80 times as many. Published ones have
    /// a few thousand.
    static let regexCompiledCodeByteCountMax = 1 << 14
    /// Words with at most this many symbols are merged by scanning; longer ones with a heap.
    static let scannedSymbolCountMax = 48
    /// Words of at most this many bytes are remembered while one text is encoded.
    static let cachedWordByteCountMax = 64
    /// Texts of at most this many bytes use words that were remembered for other texts.
    static let shortTextByteCountMax = 1 << 14
    /// How many words are remembered while one text is encoded; a power of two.
    static let cachedWordCountMax = 1 << 14
    /// The longest token of a unigram model: encoding takes time in proportion to it.
    static let unigramTokenByteCountMax = 1024
    /// Ids of so many tokens are below this: a table by id is no larger than the file accounts for.
    static func idEndMax(tokenCount: Int) -> Int { max(1 << 16, 2 * tokenCount) }
    /// How many added tokens there may be; published files have up to 7,000.
    static let addedTokenCountMax = 1 << 14
    /// The longest added token.
    static let addedTokenByteCountMax = 1024
    /// How many bytes all added tokens may have together.
    static let addedTokensByteCountMax = 1 << 18
    /// The largest character map.
    static let characterMapByteCountMax = 1 << 20
    /// The longest line of a merges.txt.
    static let mergeByteCountMax = 1 << 16
    /// How many bytes the tables of a tokenizer may have beyond twice those of its file: small files need them. What
    /// else is needed while a file is read has room in half a MiB more.
    static let tableByteCountAllowance = 3 << 19

    /// The longest chat template in a GGUF file.
    static let ggufChatTemplateByteCountMax = 1 << 18

    /// How many bytes the tables of a tokenizer may have whose file is read window by window.
    static func tableByteCountMax(fileByteCount: Int) -> Int { 2 * fileByteCount + tableByteCountAllowance }

    /// The refusal of a file whose tree would have more bytes.
    static func treeTooLarge(_ byteCountMax: Int, _ place: String) -> TokenizationError {
        TokenizationError(
            .limitExceeded,
            "\(place): needs a tree of more than \(max(0, byteCountMax)) bytes, the most beside its other tables"
        )
    }

    /// Makes sure that tables are in proportion to their file.
    static func check(tableByteCount: Int, max: Int, _ place: @autoclosure () -> String) throws {
        guard tableByteCount <= max else {
            throw TokenizationError(
                .limitExceeded,
                "\(place()): needs tables of \(tableByteCount) bytes; a file of this size may have \(max)")
        }
    }
}
