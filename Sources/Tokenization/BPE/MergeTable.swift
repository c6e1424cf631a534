/// The merges of a byte-pair encoding: (left id, right id) -> (rank, merged id), in a flat hash table.
struct MergeTable: PairMerges {
    /// Three words a merge, so that one look-up touches one cache line or two:
    ///
    ///     word 0: left id, 24 bits        | right id, high 8 bits
    ///     word 1: right id, low 16 bits   | merged id, high 16 bits
    ///     word 2: merged id, low 8 bits   | rank, 24 bits
    private var words: [UInt32]
    private let slotCount: Int
    private static let empty = UInt32.max

    /// A table for so many merges, with ids up to `TokenizerLimits.tokenIDMax` and ranks up to `rankMax`.
    init(mergeCountMax: Int) {
        slotCount = Self.slotCount(mergeCountMax)
        words = [UInt32](repeating: Self.empty, count: 3 * slotCount)
    }

    /// The highest rank; the word of all ones is none.
    static let rankMax = (1 << 24) - 2

    private static func slotCount(_ mergeCount: Int) -> Int { mergeCount + 2 * mergeCount / 3 + 16 }

    /// How many bytes a table for so many merges takes.
    static func tableByteCount(mergeCount: Int) -> Int { 12 * slotCount(mergeCount) }

    /// How many bytes the table takes.
    var tableByteCount: Int { 4 * words.count }

    /// Enters a merge; a pair that is already there gets the new rank, as in `tokenizers`.
    mutating func insert(left: Int32, right: Int32, merge: PairMerge) {
        precondition(merge.rank <= Self.rankMax)
        let (first, second) = Self.key(left, right)
        var word = firstWord(of: first, second)
        while words[word + 2] != Self.empty, words[word] != first || words[word + 1] >> 16 != second {
            word = following(word)
        }
        let merged = UInt32(bitPattern: merge.mergedID)
        words[word] = first
        words[word + 1] = second << 16 | merged >> 8
        words[word + 2] = merged << 24 | merge.rank
    }

    func symbol(of id: Int32) -> Int32 { id }

    func id(of symbol: Int32) -> Int32 { symbol }

    func joined(_ left: Int32, _ right: Int32, as id: Int32) -> Int32 { id }

    func merge(of left: Int32, _ right: Int32) -> PairMerge? {
        let (first, second) = Self.key(left, right)
        var word = firstWord(of: first, second)
        while true {
            let last = words[word + 2]
            if last == Self.empty { return nil }
            let middle = words[word + 1]
            if words[word] == first, middle >> 16 == second {
                return PairMerge(
                    rank: last & 0xFF_FFFF, mergedID: Int32(bitPattern: (middle & 0xFFFF) << 8 | last >> 24))
            }
            word = following(word)
        }
    }

    private func following(_ word: Int) -> Int { word + 3 == words.count ? 0 : word + 3 }

    private static func key(_ left: Int32, _ right: Int32) -> (first: UInt32, second: UInt32) {
        (UInt32(bitPattern: left) << 8 | UInt32(bitPattern: right) >> 16, UInt32(bitPattern: right) & 0xFFFF)
    }

    private func firstWord(of first: UInt32, _ second: UInt32) -> Int {
        let key = UInt64(first) << 16 | UInt64(second)
        let mixed = (key ^ key >> 23) &* 0x9E37_79B9_7F4A_7C15
        return 3 * Int(((mixed >> 32) * UInt64(slotCount)) >> 32)
    }
}
