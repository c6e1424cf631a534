/// Encodes the words of one text one after the other, with the memory and the cache that they share.
struct WordEncoder<Model: WordModel> {
    /// The ids so far.
    var ids: [Int32] = []
    private let model: Model
    private var memory = Model.Memory()
    private var cache: WordCache

    init(model: Model, textByteCount: Int) {
        self.model = model
        cache = WordCache(textByteCount: textByteCount)
    }

    /// Appends the ids of a word.
    mutating func encode(_ word: Span<UInt8>) throws {
        guard word.count <= TokenizerLimits.cachedWordByteCountMax else {
            return try model.encode(word, into: &ids, memory: &memory)
        }
        let hash = byteHash(word)
        if cache.append(word, hash: hash, to: &ids) { return }
        let start = ids.count
        try model.encode(word, into: &ids, memory: &memory)
        cache.insert(word, hash: hash, wordIDs: ids[start...])
    }
}
