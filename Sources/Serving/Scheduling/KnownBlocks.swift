/// Which KV blocks of a reader hold what tokens, and where a sequence finds what it may begin with.
///
/// A full block is found by its key. Blocks that follow the same one, full or not, are kept in the order of their
/// tokens, so that the one with the longest common beginning stands next to where the looked-up tokens would stand. Of
/// two of which one begins with the other, only the longer is known. Looking up and learning cost O(log n) comparisons
/// among n blocks that follow the same one.
struct KnownBlocks: Sendable {
    /// What a known block holds.
    private struct Content: Sendable {
        /// Of the full blocks before it.
        var parent: BlockKey
        /// Its own, if it is full.
        var key: BlockKey?
        /// Tokens it holds, from its start.
        var count: Int
    }

    /// A known block and how many of its first tokens are those that were looked for.
    struct Match: Equatable {
        var block: BlockIndex
        var count: Int
    }

    /// What learning a block's content has changed.
    struct Change: Equatable {
        /// A block whose content the new one's begins with: it is known no longer.
        var forgotten: BlockIndex?
        /// Whether the block is known now.
        var isKnown = false
    }

    private var contents: [Content?]
    /// By block: its tokens, as far as it is known.
    private var tokenIDs: [Int32]
    private var fullBlocks: [BlockKey: BlockIndex] = [:]
    /// Known blocks by the key of those before them, in the order of their tokens.
    private var followers: [BlockKey: [BlockIndex]] = [:]

    /// Knows nothing of `blockCount` blocks.
    init(blockCount: Int) {
        contents = Array(repeating: nil, count: blockCount)
        tokenIDs = Array(repeating: 0, count: blockCount * SchedulerLimits.blockSize)
    }

    /// Whether anything is known of a block.
    func contains(_ block: BlockIndex) -> Bool { contents[Int(block.rawValue)] != nil }

    /// The full block that holds these tokens after `parent`, or nil. `key` is `parent.next(tokens)`.
    func full(_ key: BlockKey, after parent: BlockKey, _ tokens: ArraySlice<Int32>) -> BlockIndex? {
        guard let block = fullBlocks[key], contents[Int(block.rawValue)]?.parent == parent else { return nil }
        return known(block).elementsEqual(tokens) ? block : nil
    }

    /// The block after `parent` whose first tokens agree with most of `tokens`; nil if not even the first one does.
    func longest(after parent: BlockKey, _ tokens: ArraySlice<Int32>) -> Match? {
        guard let list = followers[parent] else { return nil }
        let place = place(of: tokens, in: list)
        var best: Match?
        for index in max(0, place - 1)...min(place, list.count - 1) {
            let count = known(list[index]).commonPrefixCount(with: tokens)
            if count > best?.count ?? 0 { best = Match(block: list[index], count: count) }
        }
        return best
    }

    /// Takes in what a block holds, from its start, in place of what was known of it; `key` if it is full. Content that
    /// another block holds already, alone or with more behind it, is not learned again.
    mutating func learn(
        _ block: BlockIndex, _ tokens: ArraySlice<Int32>, key: BlockKey?, after parent: BlockKey
    ) -> Change {
        var change = Change()
        // Two sequences that share a block both learn it when it is full.
        if contents[Int(block.rawValue)]?.key != nil { return change }
        forget(block)
        // Another text with the same key would be a collision.
        if let key, fullBlocks[key] != nil { return change }
        var list = followers.removeValue(forKey: parent) ?? []
        var place = place(of: tokens, in: list)
        let isHeld = place < list.count && known(list[place]).starts(with: tokens)
        if !isHeld {
            if place > 0, tokens.starts(with: known(list[place - 1])) {
                place -= 1
                let shorter = list.remove(at: place)
                contents[Int(shorter.rawValue)] = nil
                change.forgotten = shorter
            }
            list.insert(block, at: place)
            contents[Int(block.rawValue)] = Content(parent: parent, key: key, count: tokens.count)
            let start = Int(block.rawValue) * SchedulerLimits.blockSize
            tokenIDs.replaceSubrange(start..<start + tokens.count, with: tokens)
            if let key { fullBlocks[key] = block }
            change.isKnown = true
        }
        followers[parent] = list
        return change
    }

    /// Forgets what a block holds. Returns its key if it was full.
    @discardableResult
    mutating func forget(_ block: BlockIndex) -> BlockKey? {
        guard let content = contents[Int(block.rawValue)] else { return nil }
        var list = followers.removeValue(forKey: content.parent) ?? []
        list.remove(at: place(of: known(block), in: list))
        if !list.isEmpty { followers[content.parent] = list }
        contents[Int(block.rawValue)] = nil
        if let key = content.key { fullBlocks[key] = nil }
        return content.key
    }

    /// A known block's tokens.
    private func known(_ block: BlockIndex) -> ArraySlice<Int32> {
        let start = Int(block.rawValue) * SchedulerLimits.blockSize
        return tokenIDs[start..<start + (contents[Int(block.rawValue)]?.count ?? 0)]
    }

    /// How many blocks of an ordered list hold what comes before `tokens`.
    private func place(of tokens: ArraySlice<Int32>, in list: [BlockIndex]) -> Int {
        var (lower, upper) = (0, list.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if known(list[middle]).lexicographicallyPrecedes(tokens) {
                lower = middle + 1
            } else {
                upper = middle
            }
        }
        return lower
    }
}

extension ArraySlice<Int32> {
    /// How many of its first elements are those of another list.
    func commonPrefixCount(with other: ArraySlice<Int32>) -> Int {
        let end = Swift.min(count, other.count)
        var index = 0
        while index < end && self[startIndex + index] == other[other.startIndex + index] { index += 1 }
        return index
    }
}
