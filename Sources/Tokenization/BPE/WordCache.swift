import Synchronization

/// Remembers the ids of words: in prose most words occur again.
///
/// Direct mapped: a word has one slot and displaces what was there, so that no choice of words makes it slow.
struct WordCache: Sendable {
    private struct Entry: Sendable {
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

/// Caches that outlive texts, for texts so short that one of their own would hardly be used: the words of prompts are
/// much the same. Each is lent to one text at a time. A class because all threads that encode share it.
final class WordCachePool: Sendable {
    /// Of a cache, about 50 KB when it is new and 2.5 MB when it is full of long words.
    private static let wordCount = 2048
    /// Those that are kept; more are made where more threads encode at once.
    private static let keptCountMax = 8

    private let caches = Mutex<[WordCache]>([])

    /// A cache that nobody else uses now.
    func take() -> WordCache {
        caches.withLock { $0.popLast() } ?? WordCache(textByteCount: 8 * Self.wordCount)
    }

    /// Takes a cache back.
    func give(_ cache: consuming WordCache) {
        let cache = cache
        caches.withLock { if $0.count < Self.keptCountMax { $0.append(cache) } }
    }
}
