/// Which beginnings some tokens have, by their hashes: says yes to each of them, and wrongly to some others.
///
/// Looking for longer and longer tokens ends where it says no.
struct PrefixFilter: Sendable {
    private var words: [UInt32]
    /// The longest token.
    private(set) var byteCountMax = 0

    /// A filter for so many tokens: a word for each, most of whose bits stay clear.
    init(tokenCount: Int) { words = [UInt32](repeating: 0, count: Self.wordCount(tokenCount)) }

    private static func wordCount(_ tokenCount: Int) -> Int { tokenCount + 16 }

    /// How many bytes the filter of so many tokens takes.
    static func tableByteCount(tokenCount: Int) -> Int { 4 * wordCount(tokenCount) }

    /// How many bytes the filter takes.
    var tableByteCount: Int { 4 * words.count }

    /// Enters every beginning of a token that ends where a character does, the whole included.
    mutating func insert(_ token: Span<UInt8>) {
        byteCountMax = max(byteCountMax, token.count)
        var hash = ByteHash()
        for index in 0..<token.count {
            hash.append(token[index])
            guard index + 1 == token.count || token[index + 1] & 0xC0 != 0x80 else { continue }
            let (word, bit) = place(hash.mixed)
            words[word] |= bit
        }
    }

    /// Whether bytes of this hash may be the beginning of a token.
    func mayContain(_ hash: UInt64) -> Bool {
        let (word, bit) = place(hash)
        return words[word] & bit != 0
    }

    private func place(_ hash: UInt64) -> (word: Int, bit: UInt32) {
        (Int(((hash >> 32) * UInt64(words.count)) >> 32), 1 << (UInt32(truncatingIfNeeded: hash) >> 27))
    }
}
