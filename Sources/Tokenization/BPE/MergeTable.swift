/// The merges of a byte-pair encoding: (left id, right id) -> (rank, merged id), in a flat hash table.
struct MergeTable: Sendable {
    /// What two neighbours become. Lower ranks merge first.
    struct Merge: Sendable {
        let rank: UInt32
        let mergedID: Int32
    }

    /// Key and value alternate, so that one look-up touches one cache line.
    private var slots: [UInt64]
    private let mask: Int
    private static let empty = UInt64.max

    init(mergeCountMax: Int) {
        var capacity = 16
        while capacity < 2 * mergeCountMax { capacity *= 2 }
        mask = capacity - 1
        slots = [UInt64](repeating: Self.empty, count: 2 * capacity)
    }

    /// Enters a merge; a pair that is already there gets the new rank, as in `tokenizers`.
    mutating func insert(left: Int32, right: Int32, merge: Merge) {
        let key = Self.key(left, right)
        var slot = firstSlot(of: key)
        while slots[2 * slot] != Self.empty, slots[2 * slot] != key { slot = (slot + 1) & mask }
        slots[2 * slot] = key
        slots[2 * slot + 1] = UInt64(merge.rank) << 32 | UInt64(UInt32(bitPattern: merge.mergedID))
    }

    /// What `left` followed by `right` merges to.
    func merge(left: Int32, right: Int32) -> Merge? {
        let key = Self.key(left, right)
        var slot = firstSlot(of: key)
        while true {
            let found = slots[2 * slot]
            if found == key {
                let value = slots[2 * slot + 1]
                return Merge(
                    rank: UInt32(truncatingIfNeeded: value >> 32), mergedID: Int32(truncatingIfNeeded: value))
            }
            if found == Self.empty { return nil }
            slot = (slot + 1) & mask
        }
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private func firstSlot(of key: UInt64) -> Int {
        let mixed = (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 34) & mask
    }
}
