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
    private var referenceCounts: [Int32]
    /// Free blocks; the one freed last is taken first, because its pages have been touched.
    private var freeBlocks: [BlockIndex]
    private var knownBlocks: KnownBlocks
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
        knownBlocks = KnownBlocks(blockCount: blockCount)
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
        if knownBlocks.contains(block) {
            idleBlocks.append(block)
        } else {
            freeBlocks.append(block)
        }
    }

    /// Sequences that use a block.
    package func referenceCount(of block: BlockIndex) -> Int {
        Int(referenceCounts[Int(block.rawValue)])
    }

    // MARK: Known blocks

    /// The known full block that holds these tokens after `parent`, or nil. `key` is `parent.next(tokens)`.
    package func known(_ key: BlockKey, after parent: BlockKey, _ tokens: ArraySlice<Int32>) -> BlockIndex? {
        knownBlocks.full(key, after: parent, tokens)
    }

    /// The known block after `parent`, full or not, that begins with most of `tokens`, and with how many; nil if none
    /// begins with the first.
    package func longestBeginning(
        of tokens: ArraySlice<Int32>, after parent: BlockKey
    ) -> (block: BlockIndex, count: Int)? {
        knownBlocks.longest(after: parent, tokens).map { ($0.block, $0.count) }
    }

    /// Adds a reference to a known block, idle or in use.
    package mutating func retainKnown(_ block: BlockIndex) {
        let index = Int(block.rawValue)
        precondition(knownBlocks.contains(block), "block \(block.rawValue) is not known")
        if referenceCounts[index] == 0 { idleBlocks.remove(block) }
        referenceCounts[index] += 1
    }

    /// Makes the computed tokens at the start of a block in use known, unless another block holds as much; a full one
    /// has a key.
    package mutating func learn(
        _ block: BlockIndex, key: BlockKey?, after parent: BlockKey, _ tokens: ArraySlice<Int32>
    ) {
        precondition(referenceCounts[Int(block.rawValue)] > 0, "block \(block.rawValue) is not in use")
        precondition(
            tokens.count == SchedulerLimits.blockSize
                || key == nil && tokens.count < SchedulerLimits.blockSize,
            "\(tokens.count) tokens in a block")
        let change = knownBlocks.learn(block, tokens, key: key, after: parent)
        if let shorter = change.forgotten, referenceCounts[Int(shorter.rawValue)] == 0 {
            idleBlocks.remove(shorter)
            freeBlocks.append(shorter)
        }
        if let key, change.isKnown, tracksChanges { changes.added.append(key) }
    }

    /// The keys that became known or unknown since the last call, in order.
    package mutating func takeChanges() -> PrefixChanges {
        defer { changes = PrefixChanges() }
        return changes
    }

    private mutating func evict() -> BlockIndex? {
        guard let block = idleBlocks.popFirst() else { return nil }
        evictedCount += 1
        if let key = knownBlocks.forget(block), tracksChanges { changes.removed.append(key) }
        return block
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
