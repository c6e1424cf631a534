/// A binary heap of 64-bit keys in memory reserved once: gives the smallest key first.
///
/// Keys of a row of logits sort by (logit descending, id ascending), numerics.md 11.
struct OrderHeap {
    private var keys: [UInt64]
    private(set) var count = 0

    /// Makes a heap that takes up to `capacity` keys.
    init(capacity: Int) {
        keys = [UInt64](repeating: 0, count: capacity)
    }

    /// The key of a logit that is not NaN; both zeros are equal.
    static func key(logit: Float, id: Int32) -> UInt64 {
        let bits = (logit == 0 ? Float(0) : logit).bitPattern
        let ascending = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
        return UInt64(~ascending) << 32 | UInt64(UInt32(bitPattern: id))
    }

    /// The key of a number that is not negative: ascending, then by index.
    static func key(ascending value: Float, index: Int) -> UInt64 {
        UInt64((value == 0 ? Float(0) : value).bitPattern) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    /// The id or index inside a key.
    static func index(of key: UInt64) -> Int { Int(Int32(truncatingIfNeeded: key)) }

    /// Forgets all keys.
    mutating func removeAll() { count = 0 }

    /// Appends a key; `restore` must follow before anything is taken.
    mutating func append(_ key: UInt64) {
        keys[count] = key
        count += 1
    }

    /// Makes a heap of what was appended.
    mutating func restore() {
        var parent = count / 2 - 1
        while parent >= 0 {
            sink(parent)
            parent -= 1
        }
    }

    /// Removes and returns the smallest key; the heap must not be empty.
    mutating func takeFirst() -> UInt64 {
        precondition(count > 0, "the heap is empty")
        let first = keys[0]
        count -= 1
        if count > 0 {
            keys[0] = keys[count]
            sink(0)
        }
        return first
    }

    private mutating func sink(_ start: Int) {
        let key = keys[start]
        var hole = start
        while true {
            var child = 2 * hole + 1
            guard child < count else { break }
            if child + 1 < count, keys[child + 1] < keys[child] { child += 1 }
            guard keys[child] < key else { break }
            keys[hole] = keys[child]
            hole = child
        }
        keys[hole] = key
    }
}
