/// Encodes the words of one text one after the other, with the memory and the cache that they share.
///
/// A cache may serve one text after the other: what it remembers is true of the model, whatever the text.
struct WordEncoder<Model: WordModel> {
    /// The ids so far.
    var ids: [Int32] = []
    private let model: Model
    private var memory = Model.Memory()
    /// What words encode to, as far as it is remembered.
    private(set) var cache: WordCache

    init(model: Model, cache: WordCache) {
        self.model = model
        self.cache = cache
    }

    /// Appends the ids of a piece of text.
    ///
    /// Where the model says that words can be told apart before they are encoded, the piece is cut into them: the ids
    /// are the same, and words that occur again are remembered.
    mutating func encode(_ piece: Span<UInt8>) throws {
        guard let start = model.wordStart else { return try encode(word: piece) }
        var wordStart = 0
        var isInStart = false
        var offset = 0
        while offset < piece.count {
            let isStart = piece[offset] == start.first && Self.has(start, piece, at: offset)
            if isStart, !isInStart, offset > wordStart {
                try encode(word: piece.extracting(wordStart..<offset))
                wordStart = offset
            }
            isInStart = isStart
            offset += isStart ? start.count : 1
        }
        try encode(word: piece.extracting(wordStart...))
    }

    private static func has(_ text: [UInt8], _ piece: Span<UInt8>, at offset: Int) -> Bool {
        guard offset + text.count <= piece.count else { return false }
        for index in text.indices where piece[offset + index] != text[index] { return false }
        return true
    }

    private mutating func encode(word: Span<UInt8>) throws {
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
