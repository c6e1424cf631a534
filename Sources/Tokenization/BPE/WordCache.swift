/// Remembers the ids of the words of one text: in prose most words occur again.
///
/// Direct mapped: a word has one slot and displaces what was there, so that no choice of words makes it slow.
struct WordCache {
    private struct Entry {
        var hash: UInt64 = 0
        var keyStart: Int32 = 0
        var keyCount: Int32 = -1
        var idStart: Int32 = 0
        var idCount: Int32 = 0
    }

    private var entries: [Entry]
    private var keys: [UInt8] = []
    private var ids: [Int32] = []
    /// The number of remembered bytes after which all is forgotten.
    private let keyByteCountMax: Int

    /// A cache fit for a text of `byteCount` bytes.
    init(textByteCount byteCount: Int) {
        var count = 16
        while count < TokenizerLimits.cachedWordCountMax, count < byteCount / 8 { count *= 2 }
        entries = [Entry](repeating: Entry(), count: count)
        keyByteCountMax = 4 * TokenizerLimits.cachedWordByteCountMax * count
    }

    /// Appends the ids of `word` to `output` if it is remembered.
    func append(_ word: Span<UInt8>, hash: UInt64, to output: inout [Int32]) -> Bool {
        let entry = entries[slot(hash)]
        guard entry.hash == hash, Int(entry.keyCount) == word.count else { return false }
        let start = Int(entry.keyStart)
        for index in 0..<word.count where keys[start + index] != word[index] { return false }
        for index in Int(entry.idStart)..<Int(entry.idStart + entry.idCount) { output.append(ids[index]) }
        return true
    }

    /// Remembers that `word` encodes to `wordIDs`.
    mutating func insert(_ word: Span<UInt8>, hash: UInt64, wordIDs: ArraySlice<Int32>) {
        if keys.count + word.count > keyByteCountMax {
            keys.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
            for index in entries.indices { entries[index].keyCount = -1 }
        }
        entries[slot(hash)] = Entry(
            hash: hash, keyStart: Int32(keys.count), keyCount: Int32(word.count), idStart: Int32(ids.count),
            idCount: Int32(wordIDs.count))
        for index in 0..<word.count { keys.append(word[index]) }
        ids.append(contentsOf: wordIDs)
    }

    private func slot(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (entries.count - 1) }
}
