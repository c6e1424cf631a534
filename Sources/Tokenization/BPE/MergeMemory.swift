import HeapModule

/// The working memory of merging, kept from word to word, and the merging itself.
struct MergeMemory: WordMemory {
    /// Rank of the merge of symbol `i` with its right neighbour, `none` without one.
    private var ranks: [UInt32] = []
    private var mergedIDs: [Int32] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private static let none = UInt32.max

    /// Merges the symbols `ids[first...]` until no two neighbours merge; the rest of `ids` stays as it is.
    mutating func mergeSymbols(of ids: inout [Int32], from first: Int, by merges: MergeTable) {
        let count = ids.count - first
        guard count > 1 else { return }
        ranks.removeAll(keepingCapacity: true)
        mergedIDs.removeAll(keepingCapacity: true)
        for index in first..<ids.count - 1 { append(merges.merge(left: ids[index], right: ids[index + 1])) }
        append(nil)
        if count <= TokenizerLimits.scannedSymbolCountMax {
            mergeByScanning(&ids, from: first, by: merges)
        } else {
            mergeByHeap(&ids, from: first, by: merges)
        }
    }

    private mutating func append(_ merge: MergeTable.Merge?) {
        ranks.append(merge?.rank ?? Self.none)
        mergedIDs.append(merge?.mergedID ?? 0)
    }

    private mutating func set(_ merge: MergeTable.Merge?, at position: Int) {
        ranks[position] = merge?.rank ?? Self.none
        mergedIDs[position] = merge?.mergedID ?? 0
    }

    // MARK: - Short words

    /// Looks for the leftmost lowest rank each time: quadratic, and the fastest for few symbols.
    private mutating func mergeByScanning(_ ids: inout [Int32], from first: Int, by merges: MergeTable) {
        while true {
            var best = Self.none
            var position = 0
            for index in 0..<ranks.count where ranks[index] < best {
                best = ranks[index]
                position = index
            }
            guard best != Self.none else { return }
            ids[first + position] = mergedIDs[position]
            ids.remove(at: first + position + 1)
            ranks.remove(at: position + 1)
            mergedIDs.remove(at: position + 1)
            let symbol = ids[first + position]
            if position > 0 {
                set(merges.merge(left: ids[first + position - 1], right: symbol), at: position - 1)
            }
            let hasNext = position + 1 < ranks.count
            set(hasNext ? merges.merge(left: symbol, right: ids[first + position + 1]) : nil, at: position)
        }
    }

    // MARK: - Long words

    /// Takes merges from a heap ordered by (rank, position), O(n log n). Symbols form a linked list; an entry
    /// whose position has meanwhile another merge, or none, is passed over.
    private mutating func mergeByHeap(_ ids: inout [Int32], from first: Int, by merges: MergeTable) {
        let count = ranks.count
        previous.removeAll(keepingCapacity: true)
        next.removeAll(keepingCapacity: true)
        for position in 0..<count {
            previous.append(Int32(position) - 1)
            next.append(position + 1 < count ? Int32(position) + 1 : -1)
        }
        var heap = Heap(
            (0..<count).lazy.filter { [ranks] in ranks[$0] != Self.none }
                .map { [ranks] in UInt64(ranks[$0]) << 32 | UInt64($0) })
        while let entry = heap.popMin() {
            let position = Int(entry & 0xFFFF_FFFF)
            guard ranks[position] == UInt32(truncatingIfNeeded: entry >> 32) else { continue }
            let right = Int(next[position])
            ids[first + position] = mergedIDs[position]
            next[position] = next[right]
            if next[right] >= 0 { previous[Int(next[right])] = Int32(position) }
            set(nil, at: right)
            previous[right] = Self.removed
            for left in [previous[position], Int32(position)] where left >= 0 {
                let neighbour = next[Int(left)]
                let merge =
                    neighbour < 0
                    ? nil : merges.merge(left: ids[first + Int(left)], right: ids[first + Int(neighbour)])
                set(merge, at: Int(left))
                if let merge { heap.insert(UInt64(merge.rank) << 32 | UInt64(left)) }
            }
        }
        var end = first
        for position in 0..<count where previous[position] != Self.removed {
            ids[end] = ids[first + position]
            end += 1
        }
        ids.removeSubrange(end...)
        releaseExcess()
    }

    private static let removed: Int32 = -2

    /// Gives back the memory of an uncommonly long word.
    private mutating func releaseExcess() {
        guard ranks.capacity > 1 << 16 else { return }
        self = MergeMemory()
    }
}
