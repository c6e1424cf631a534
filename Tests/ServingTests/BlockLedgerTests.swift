import Serving
import Testing
import WorkerMessages

@Suite("Block ledger and limits")
struct BlockLedgerTests {
    @Test("hands out every block once, then none, and the one freed last first")
    func allocation() {
        var ledger = BlockLedger(blockCount: 3)
        let blocks = (0..<3).compactMap { _ in ledger.allocate() }
        #expect(blocks.map(\.rawValue) == [0, 1, 2])
        let fourth = ledger.allocate()
        #expect(fourth == nil && ledger.availableCount == 0)
        ledger.release(blocks[0])
        ledger.release(blocks[2])
        let again = ledger.allocate()
        #expect(again == blocks[2])
        #expect(ledger.availableCount == 1)
    }

    @Test("a shared block is free only when its last user lets go")
    func sharing() throws {
        var ledger = BlockLedger(blockCount: 1)
        let allocated = ledger.allocate()
        let block = try #require(allocated)
        ledger.retain(block)
        #expect(ledger.referenceCount(of: block) == 2)
        ledger.release(block)
        #expect(ledger.availableCount == 0)
        ledger.release(block)
        #expect(ledger.availableCount == 1 && ledger.referenceCount(of: block) == 0)
    }

    @Test(
        "blocks for every slot's longest sequence are counted up front",
        arguments: [(32, 4), (33, 8), (64, 8)])
    func blockCount(length: Int, expected: Int) {
        let limits = SchedulerLimits(maxBatchSize: 4, maxSequenceLength: length, prefillChunk: 7)
        #expect(limits.blockCount == expected && limits.rowCountMax == 11)
        let step = limits.stepLimits(vocabularyCount: 50)
        #expect(step.slotCount == 4 && step.rowCountMax == 11 && step.blockCount == expected)
        #expect(step.maxSequenceLength == length && step.vocabularyCount == 50)
    }

    /// A ledger's only way to know tokens: a block in use that holds them.
    private func learned(
        _ ledger: inout BlockLedger, _ tokens: [Int32], after parent: BlockKey = .root
    ) throws -> BlockIndex {
        let allocated = ledger.allocate()
        let block = try #require(allocated)
        let isFull = tokens.count == SchedulerLimits.blockSize
        ledger.learn(block, key: isFull ? parent.next(tokens) : nil, after: parent, tokens[...])
        return block
    }

    @Test(
        "of all blocks after the same one, that is found which begins with most of the tokens",
        arguments: [
            ([9, 9, 1], 0, 3), ([9, 9, 2, 7], 1, 3), ([9, 9, 2, 4, 6], 1, 4), ([9, 8], 2, 2), ([9, 1], 0, 1),
            ([1], nil, 0), ([10, 9], nil, 0), ([], nil, 0),
        ] as [([Int32], Int?, Int)])
    func longestBeginning(tokens: [Int32], index: Int?, count: Int) throws {
        var ledger = BlockLedger(blockCount: 8)
        let blocks = [
            try learned(&ledger, [9, 9, 1, 3]), try learned(&ledger, [9, 9, 2, 4, 5]),
            try learned(&ledger, [9, 8]),
        ]
        // What follows another block is none of them.
        _ = try learned(&ledger, [9, 9, 2, 4, 6], after: BlockKey.root.next([1]))
        let found = ledger.longestBeginning(of: tokens[...], after: .root)
        #expect(found?.count ?? 0 == count)
        if let index, count > 1 { #expect(found?.block == blocks[index]) }
        #expect((found == nil) == (index == nil))
    }

    @Test("a full block is found by its key and by its beginning, and its key is news")
    func full() throws {
        var ledger = BlockLedger(blockCount: 4, tracksChanges: true)
        let tokens = Array(0..<Int32(32))
        let key = BlockKey.root.next(tokens)
        let block = try learned(&ledger, tokens)
        #expect(ledger.known(key, after: .root, tokens[...]) == block)
        #expect(ledger.known(key, after: key, tokens[...]) == nil)
        #expect(ledger.known(key, after: .root, Array(1...Int32(32))[...]) == nil)
        #expect(ledger.longestBeginning(of: [0, 1, 2, 9], after: .root)?.count == 3)
        let changes = ledger.takeChanges()
        #expect(changes.added == [key] && changes.removed.isEmpty)
        // Learned again, by another sequence that shares the block or one that holds the same, it is no news.
        ledger.learn(block, key: key, after: .root, tokens[...])
        let twin = try learned(&ledger, tokens)
        #expect(ledger.takeChanges().isEmpty)
        ledger.release(twin)
        #expect(ledger.idleCount == 0 && ledger.availableCount == 3)
    }

    @Test(
        "what another block holds, too, is known once: the longer of two stays, an idle shorter one is free again"
    )
    func once() throws {
        var ledger = BlockLedger(blockCount: 4)
        let short = try learned(&ledger, [1, 2, 3])
        ledger.release(short)
        #expect(ledger.idleCount == 1)
        let equal = try learned(&ledger, [1, 2, 3])
        ledger.release(equal)
        #expect(ledger.idleCount == 1 && ledger.availableCount == 4)
        let long = try learned(&ledger, [1, 2, 3, 4])
        #expect(ledger.idleCount == 0 && ledger.availableCount == 3)
        let within = try learned(&ledger, [1, 2])
        #expect(ledger.longestBeginning(of: [1, 2], after: .root)?.block == long)
        ledger.release(within)
        ledger.release(long)
        #expect(ledger.idleCount == 1 && ledger.availableCount == 4)
        #expect(ledger.longestBeginning(of: [1, 2, 3, 4, 5], after: .root)?.count == 4)
    }

    @Test(
        "a block whose sequence goes on is known with more tokens, and a block that is given away is forgotten"
    )
    func growthAndEviction() throws {
        var ledger = BlockLedger(blockCount: 2)
        let block = try learned(&ledger, [1, 2, 3])
        ledger.learn(block, key: nil, after: .root, [1, 2, 3, 4, 5])
        #expect(ledger.longestBeginning(of: [1, 2, 3, 4, 9], after: .root)?.count == 4)
        let other = try learned(&ledger, [7, 8])
        ledger.release(block)
        ledger.release(other)
        #expect(ledger.idleCount == 2)
        let first = ledger.allocate()
        #expect(first == block && ledger.evictedCount == 1)
        #expect(ledger.longestBeginning(of: [1, 2, 3], after: .root) == nil)
        #expect(ledger.longestBeginning(of: [7, 8], after: .root)?.block == other)
    }
}
