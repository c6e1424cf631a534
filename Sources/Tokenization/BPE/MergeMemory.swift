import HeapModule

/// The working memory of merging, kept from word to word, and the merging itself.
struct MergeMemory<Merges: PairMerges>: WordMemory {
    private var symbols: [Merges.Symbol] = []
    /// Rank of the merge of symbol `i` with its right neighbour, `none` without one.
    private var ranks: [UInt32] = []
    private var mergedIDs: [Int32] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []
    private static var none: UInt32 { .max }

    init() {}

    /// Merges the symbols `ids[first...]` until no two neighbours merge; the rest of `ids` stays as it is.
    mutating func mergeSymbols(of ids: inout [Int32], from first: Int, by merges: Merges) {
        let count = ids.count - first
        guard count > 1 else { return }
        symbols.removeAll(keepingCapacity: true)
        ranks.removeAll(keepingCapacity: true)
        mergedIDs.removeAll(keepingCapacity: true)
        for index in first..<ids.count { symbols.append(merges.symbol(of: ids[index])) }
        for index in 0..<count - 1 { append(merges.merge(of: symbols[index], symbols[index + 1])) }
        append(nil)
        if count <= TokenizerLimits.scannedSymbolCountMax {
            mergeByScanning(by: merges)
        } else {
            mergeByHeap(by: merges)
        }
        for index in symbols.indices { ids[first + index] = merges.id(of: symbols[index]) }
        ids.removeSubrange((first + symbols.count)...)
        releaseExcess()
    }

    private mutating func append(_ merge: PairMerge?) {
        ranks.append(merge?.rank ?? Self.none)
        mergedIDs.append(merge?.mergedID ?? 0)
    }

    private mutating func set(_ merge: PairMerge?, at position: Int) {
        ranks[position] = merge?.rank ?? Self.none
        mergedIDs[position] = merge?.mergedID ?? 0
    }

    // MARK: - Short words

    /// Looks for the leftmost lowest rank each time: quadratic, and the fastest for few symbols.
    private mutating func mergeByScanning(by merges: Merges) {
        while true {
            var best = Self.none
            var position = 0
            for index in 0..<ranks.count where ranks[index] < best {
                best = ranks[index]
                position = index
            }
            guard best != Self.none else { return }
            let symbol = merges.joined(
                symbols[position], symbols[position + 1], as: mergedIDs[position])
            symbols[position] = symbol
            symbols.remove(at: position + 1)
            ranks.remove(at: position + 1)
            mergedIDs.remove(at: position + 1)
            if position > 0 { set(merges.merge(of: symbols[position - 1], symbol), at: position - 1) }
            let hasNext = position + 1 < ranks.count
            set(hasNext ? merges.merge(of: symbol, symbols[position + 1]) : nil, at: position)
        }
    }

    // MARK: - Long words

    /// Takes merges from a heap ordered by (rank, position), O(n log n). Symbols form a linked list; an entry
    /// whose position has meanwhile another merge, or none, is passed over.
    private mutating func mergeByHeap(by merges: Merges) {
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
            symbols[position] = merges.joined(symbols[position], symbols[right], as: mergedIDs[position])
            next[position] = next[right]
            if next[right] >= 0 { previous[Int(next[right])] = Int32(position) }
            set(nil, at: right)
            previous[right] = Self.removed
            for left in [previous[position], Int32(position)] where left >= 0 {
                let neighbour = next[Int(left)]
                let merge =
                    neighbour < 0 ? nil : merges.merge(of: symbols[Int(left)], symbols[Int(neighbour)])
                set(merge, at: Int(left))
                if let merge { heap.insert(UInt64(merge.rank) << 32 | UInt64(left)) }
            }
        }
        var end = 0
        for position in 0..<count where previous[position] != Self.removed {
            symbols[end] = symbols[position]
            end += 1
        }
        symbols.removeSubrange(end...)
    }

    private static var removed: Int32 { -2 }

    /// Gives back the memory of an uncommonly long word.
    private mutating func releaseExcess() {
        guard ranks.capacity > 1 << 16 else { return }
        self = MergeMemory()
    }
}
