/// Names one KV block of a reader, `0 ..< blockCount`.
package struct BlockIndex: Hashable, Sendable {
    /// The number, as frames carry it.
    package let rawValue: Int32

    /// Wraps a number.
    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Which KV blocks are in use, and by how many sequences; which hold what a later sequence may begin with.
///
/// A block is free (nobody knows its content), in use (one or more references), or idle: known by its key and used by
/// nobody, kept until its memory is needed. Idle blocks are given away in the order in which they fell idle. Every
/// operation costs O(1) a block.
package struct BlockLedger: Sendable {
    /// What a known block holds.
    private struct Content: Sendable {
        var key: BlockKey
        var parent: BlockKey
    }

    private var referenceCounts: [Int32]
    /// Free blocks; the one freed last is taken first, because its pages have been touched.
    private var freeBlocks: [BlockIndex]
    private var contents: [Content?]
    /// By block: its tokens, if it is known.
    private var tokenIDs: [Int32]
    private var knownBlocks: [BlockKey: BlockIndex] = [:]
    private var idleBlocks: IdleList
    /// Idle blocks that were given away, since the start.
    package private(set) var evictedCount = 0
    /// What changed in the set of known keys since `takeChanges`.
    private var changes = PrefixChanges()
    private let tracksChanges: Bool

    /// All blocks free. `tracksChanges`: whether anybody asks for `takeChanges`.
    package init(blockCount: Int, tracksChanges: Bool = false) {
        referenceCounts = Array(repeating: 0, count: blockCount)
        freeBlocks = (0..<Int32(blockCount)).reversed().map { BlockIndex($0) }
        contents = Array(repeating: nil, count: blockCount)
        tokenIDs = Array(repeating: 0, count: blockCount * SchedulerLimits.blockSize)
        idleBlocks = IdleList(blockCount: blockCount)
        self.tracksChanges = tracksChanges
    }

    /// Blocks that `allocate` can give: free and idle ones.
    package var availableCount: Int { freeBlocks.count + idleBlocks.count }

    /// Known blocks that nobody uses.
    package var idleCount: Int { idleBlocks.count }

    /// Takes a block with one reference, an idle one if none is free; nil if all are in use.
    package mutating func allocate() -> BlockIndex? {
        guard let block = freeBlocks.popLast() ?? evict() else { return nil }
        referenceCounts[Int(block.rawValue)] = 1
        return block
    }

    /// Adds a reference to a block in use.
    package mutating func retain(_ block: BlockIndex) {
        precondition(referenceCounts[Int(block.rawValue)] > 0, "block \(block.rawValue) is not in use")
        referenceCounts[Int(block.rawValue)] += 1
    }

    /// Drops a reference; after the last one the block is idle if it is known, else free.
    package mutating func release(_ block: BlockIndex) {
        let index = Int(block.rawValue)
        precondition(referenceCounts[index] > 0, "block \(block.rawValue) is not in use")
        referenceCounts[index] -= 1
        guard referenceCounts[index] == 0 else { return }
        if contents[index] == nil {
            freeBlocks.append(block)
        } else {
            idleBlocks.append(block)
        }
    }

    /// Sequences that use a block.
    package func referenceCount(of block: BlockIndex) -> Int {
        Int(referenceCounts[Int(block.rawValue)])
    }

    // MARK: Known blocks

    /// The known block that holds these tokens after `parent`, or nil. `key` is `parent.next(tokens)`.
    package func known(_ key: BlockKey, after parent: BlockKey, _ tokens: ArraySlice<Int32>) -> BlockIndex? {
        guard let block = knownBlocks[key], let content = contents[Int(block.rawValue)],
            content.parent == parent
        else { return nil }
        return tokenIDs[tokenRange(block)].elementsEqual(tokens) ? block : nil
    }

    /// Adds a reference to a known block, idle or in use.
    package mutating func retainKnown(_ block: BlockIndex) {
        let index = Int(block.rawValue)
        precondition(contents[index] != nil, "block \(block.rawValue) is not known")
        if referenceCounts[index] == 0 { idleBlocks.remove(block) }
        referenceCounts[index] += 1
    }

    /// Makes a full, computed block in use known, unless another block with the same key is.
    package mutating func learn(
        _ block: BlockIndex, key: BlockKey, after parent: BlockKey, _ tokens: ArraySlice<Int32>
    ) {
        let index = Int(block.rawValue)
        precondition(referenceCounts[index] > 0, "block \(block.rawValue) is not in use")
        precondition(tokens.count == SchedulerLimits.blockSize, "\(tokens.count) tokens in a full block")
        guard contents[index] == nil, knownBlocks[key] == nil else { return }
        contents[index] = Content(key: key, parent: parent)
        tokenIDs.replaceSubrange(tokenRange(block), with: tokens)
        knownBlocks[key] = block
        if tracksChanges { changes.added.append(key) }
    }

    /// The keys that became known or unknown since the last call, in order.
    package mutating func takeChanges() -> PrefixChanges {
        defer { changes = PrefixChanges() }
        return changes
    }

    private mutating func evict() -> BlockIndex? {
        guard let block = idleBlocks.popFirst() else { return nil }
        evictedCount += 1
        if let content = contents[Int(block.rawValue)] {
            knownBlocks[content.key] = nil
            if tracksChanges { changes.removed.append(content.key) }
        }
        contents[Int(block.rawValue)] = nil
        return block
    }

    private func tokenRange(_ block: BlockIndex) -> Range<Int> {
        let start = Int(block.rawValue) * SchedulerLimits.blockSize
        return start..<start + SchedulerLimits.blockSize
    }
}

/// Keys that a ledger learned and forgot.
package struct PrefixChanges: Equatable, Sendable {
    /// Known now.
    package var added: [BlockKey] = []
    /// Known no longer; applied after `added`, since a key may be in both.
    package var removed: [BlockKey] = []

    /// Whether nothing changed.
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty }
}

/// Blocks in the order in which they fell idle: a doubly linked list in two arrays.
private struct IdleList: Sendable {
    private static let none: Int32 = -1

    private var next: [Int32]
    private var previous: [Int32]
    private var first = IdleList.none
    private var last = IdleList.none
    private(set) var count = 0

    init(blockCount: Int) {
        next = Array(repeating: IdleList.none, count: blockCount)
        previous = next
    }

    mutating func append(_ block: BlockIndex) {
        previous[Int(block.rawValue)] = last
        next[Int(block.rawValue)] = IdleList.none
        if last == IdleList.none { first = block.rawValue } else { next[Int(last)] = block.rawValue }
        last = block.rawValue
        count += 1
    }

    mutating func remove(_ block: BlockIndex) {
        let (before, after) = (previous[Int(block.rawValue)], next[Int(block.rawValue)])
        if before == IdleList.none { first = after } else { next[Int(before)] = after }
        if after == IdleList.none { last = before } else { previous[Int(after)] = before }
        count -= 1
    }

    mutating func popFirst() -> BlockIndex? {
        guard first != IdleList.none else { return nil }
        let block = BlockIndex(first)
        remove(block)
        return block
    }
}
