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
}
