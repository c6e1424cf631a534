import Serving
import Testing
import WorkerMessages

@Suite("Sequences that begin like a part of a block")
struct CopiedBeginningTests {
    var frame = StepFrame()

    private func scheduler(batch: Int = 4, chunk: Int = 128, blocks: Int? = nil) -> Scheduler {
        Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: batch, maxSequenceLength: 128, prefillChunk: chunk, blockCount: blocks))
    }

    @Test("of equal short prompts at once one is computed, and all others begin as copies of it")
    mutating func flood() throws {
        var scheduler = scheduler()
        let prompt = Array(10..<Int32(20))
        let all = (1...4).map { sequence($0, prompt, newTokens: 3) }
        for queued in all { scheduler.admit(queued.0) }
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0] && frame.rowCount == 10)
        _ = try scheduler.apply(answer(frame, token: 5))
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0, 1, 2, 3])
        #expect(frame.rowGroups.map(\.startPosition) == [10, 9, 9, 9] && frame.rowCount == 4)
        // The first sequence's block is read before its new row is written, and nobody writes into it but its owner.
        #expect(frame.blockCopies.map(\.source) == [0, 0, 0])
        #expect(Set(frame.blockCopies.map(\.destination)) == [1, 2, 3])
        _ = try scheduler.apply(answer(frame, token: 5))
        try finish(&scheduler, &frame)
        #expect(scheduler.isIdle && scheduler.usedBlockCount == 0)
        // All four hold the same tokens: only one block is kept.
        #expect(scheduler.statistics.cachedBlockCount == 1)
        #expect(all.map(\.1.usage.cachedPromptTokenCount) == [0, 9, 9, 9])
    }

    @Test(
        "a prompt waits for an older one only if that halves what it has to compute",
        arguments: [
            (10, 10, true), (10, 6, true), (10, 5, true), (10, 4, false), (5, 3, false), (60, 20, false),
        ])
    mutating func waiting(count: Int, commonCount: Int, waits: Bool) throws {
        var scheduler = scheduler()
        let older = Array(0..<Int32(count))
        let younger = older.prefix(commonCount) + older.dropFirst(commonCount).map { $0 + 100 }
        let both = [sequence(1, older), sequence(2, Array(younger))]
        for queued in both { scheduler.admit(queued.0) }
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == (waits ? [0] : [0, 1]))
        _ = try scheduler.apply(answer(frame, token: 5))
        guard waits else { return }
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.startPosition) == [Int32(min(commonCount, count - 1))])
        withExtendedLifetime(both.map(\.1)) {}
    }

    @Test("the first tokens of a full block are copied, too, and the block stays what it was")
    mutating func partOfFullBlock() throws {
        var scheduler = scheduler()
        let prompt = Array(0..<Int32(70))
        let first = sequence(1, prompt)
        scheduler.admit(first.0)
        try finish(&scheduler, &frame)
        var other = prompt
        other[50] = 99
        for id in UInt64(2)...3 {
            let queued = sequence(id, other)
            scheduler.admit(queued.0)
            expectStep(&scheduler, &frame)
            #expect(frame.rowGroups.first?.startPosition == (id == 2 ? 50 : 69))
            #expect(frame.blockCopies.count == 1)
            _ = try scheduler.apply(answer(frame, token: 5))
            withExtendedLifetime(queued.1) {}
        }
        let again = sequence(4, prompt)
        scheduler.admit(again.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.first?.startPosition == 69)
        withExtendedLifetime([first.1, again.1]) {}
    }

    @Test("what a cancelled sequence had computed is not computed again")
    mutating func leaving() throws {
        var scheduler = scheduler(chunk: 20)
        let prompt = Array(0..<Int32(30))
        let gone = sequence(1, prompt)
        scheduler.admit(gone.0)
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 5))
        gone.0.handle.cancel()
        #expect(scheduler.sweepCancelled().count == 1)
        let next = sequence(2, prompt)
        scheduler.admit(next.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.startPosition) == [20] && frame.rowCount == 10)
        withExtendedLifetime([gone.1, next.1]) {}
    }

    @Test("what failed is not begun with")
    mutating func failure() throws {
        var scheduler = scheduler(chunk: 20)
        let prompt = Array(0..<Int32(30))
        let bad = sequence(1, prompt)
        scheduler.admit(bad.0)
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 5))
        expectStep(&scheduler, &frame)
        var result = answer(frame, token: 5)
        result.groups[0].outcome = .nonFinite
        result.groups[0].token = -1
        _ = try scheduler.apply(result)
        let next = sequence(2, prompt)
        scheduler.admit(next.0)
        expectStep(&scheduler, &frame)
        // The first chunk was sound.
        #expect(frame.rowGroups.map(\.startPosition) == [20])
        withExtendedLifetime([bad.1, next.1]) {}
    }

    @Test("where no block is left beside the one to copy, the sequence is computed without it")
    mutating func noBlockForACopy() throws {
        var scheduler = scheduler(batch: 1, blocks: 4)
        // Leaves three full blocks and one of 31 tokens: all that there are.
        let first = sequence(1, Array(0..<Int32(127)))
        scheduler.admit(first.0)
        try finish(&scheduler, &frame)
        #expect(scheduler.statistics.cachedBlockCount == 4)
        let again = sequence(2, Array(0..<Int32(126)) + [1])
        scheduler.admit(again.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.startPosition) == [96] && frame.blockCopies.isEmpty)
        #expect(again.1.usage.cachedPromptTokenCount == 96)
        #expect(scheduler.statistics.prefixHitTokenCount == 96)
        _ = try scheduler.apply(answer(frame, token: 5))
        #expect(scheduler.isIdle && scheduler.usedBlockCount == 0)
        withExtendedLifetime([first.1, again.1]) {}
    }
}
