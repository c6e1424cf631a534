/// Every limit of this target, once.
enum TokenizerLimits {
    /// The largest tokenizer.json; the biggest published one has about 35 MB.
    static let tokenizerFileByteCountMax = 128 << 20
    /// The largest tokenizer_config.json or chat template.
    static let configurationFileByteCountMax = 16 << 20
    /// How deeply JSON values may be nested; published files need less than ten levels.
    static let jsonDepthMax = 64
    /// The highest token id: tables indexed by id are this long at most.
    static let tokenIDMax = (1 << 24) - 1
    /// The longest text that one call encodes.
    static let textByteCountMax = 256 << 20
    /// How many steps PCRE2 may take for one match before it gives up.
    static let regexMatchStepCountMax: UInt32 = 50_000_000
    /// The largest stack, in bytes, of PCRE2's compiled code.
    static let regexStackByteCountMax = 32 << 20
    /// Words with at most this many symbols are merged by scanning; longer ones with a heap.
    static let scannedSymbolCountMax = 48
    /// Words of at most this many bytes are remembered while one text is encoded.
    static let cachedWordByteCountMax = 64
    /// How many words are remembered while one text is encoded; a power of two.
    static let cachedWordCountMax = 1 << 14
    /// The longest token of a unigram model: encoding takes time in proportion to it.
    static let unigramTokenByteCountMax = 1024
    /// Ids of so many tokens are below this: a table by id is no larger than the file accounts for.
    static func idEndMax(tokenCount: Int) -> Int { max(1 << 16, 4 * tokenCount) }
}
