/// Names one KV block of a reader, `0 ..< blockCount`.
package struct BlockIndex: Hashable, Sendable {
    /// The number, as frames carry it.
    package let rawValue: Int32

    /// Wraps a number.
    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Which KV blocks are in use, and by how many sequences.
package struct BlockLedger: Sendable {
    private var referenceCounts: [Int32]
    /// Free blocks; the one freed last is taken first, because its pages have been touched.
    private var freeBlocks: [BlockIndex]

    /// All blocks free.
    package init(blockCount: Int) {
        referenceCounts = Array(repeating: 0, count: blockCount)
        freeBlocks = (0..<Int32(blockCount)).reversed().map { BlockIndex($0) }
    }

    /// Blocks nobody uses.
    package var freeCount: Int { freeBlocks.count }

    /// Takes a block with one reference, or nil if all are in use.
    package mutating func allocate() -> BlockIndex? {
        guard let block = freeBlocks.popLast() else { return nil }
        referenceCounts[Int(block.rawValue)] = 1
        return block
    }

    /// Adds a reference to a block in use.
    package mutating func retain(_ block: BlockIndex) {
        precondition(referenceCounts[Int(block.rawValue)] > 0, "block \(block.rawValue) is free")
        referenceCounts[Int(block.rawValue)] += 1
    }

    /// Drops a reference; the last one frees the block.
    package mutating func release(_ block: BlockIndex) {
        precondition(referenceCounts[Int(block.rawValue)] > 0, "block \(block.rawValue) is free")
        referenceCounts[Int(block.rawValue)] -= 1
        if referenceCounts[Int(block.rawValue)] == 0 { freeBlocks.append(block) }
    }

    /// Sequences that use a block.
    package func referenceCount(of block: BlockIndex) -> Int {
        Int(referenceCounts[Int(block.rawValue)])
    }
}
