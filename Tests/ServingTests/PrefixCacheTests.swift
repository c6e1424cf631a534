import Serving
import Testing
import WorkerMessages

@Suite("Sequences that begin alike")
struct PrefixCacheTests {
    var frame = StepFrame()

    private func scheduler(batch: Int = 4, chunk: Int = 128, blocks: Int? = nil, cache: Bool = true)
        -> Scheduler
    {
        Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: batch, maxSequenceLength: 256, prefillChunk: chunk, blockCount: blocks,
                hasPrefixCache: cache), tracksPrefixChanges: true)
    }

    @Test(
        "a prompt begins behind what an earlier one left, and computes one token at least",
        arguments: [
            (70, 69), (65, 64), (64, 63), (37, 36), (36, 32), (33, 32), (32, 31), (20, 19), (5, 4), (4, 0),
        ])
    mutating func hit(promptCount: Int, cachedCount: Int) throws {
        var scheduler = scheduler()
        let prompt = (0..<Int32(promptCount)).map { $0 % 50 }
        let first = sequence(1, prompt)
        scheduler.admit(first.0)
        try finish(&scheduler, &frame)
        let again = sequence(2, prompt)
        scheduler.admit(again.0)
        expectStep(&scheduler, &frame)
        let group = try #require(frame.rowGroups.first)
        #expect(Int(group.startPosition) == cachedCount && group.tokenIDs.count == promptCount - cachedCount)
        #expect(frame.tokenIDs[group.tokenIDs] == prompt[cachedCount...])
        // The workers get the whole block table: first the shared blocks, in order, then the sequence's own.
        let table = frame.blocks[group.appendedBlocks]
        let sharedCount = cachedCount / 32
        #expect(table.count == SchedulerLimits.blockCount(positionCount: promptCount))
        #expect(table.prefix(sharedCount) == (0..<Int32(sharedCount))[...].map { $0 }[...])
        // A block that is shared in part is copied into the first of its own.
        let copies =
            cachedCount % 32 == 0
            ? [] : [StepFrame.BlockCopy(source: Int32(sharedCount), destination: table[sharedCount])]
        #expect(Array(frame.blockCopies[group.blockCopies]) == copies)
        #expect(!copies.contains { $0.source == $0.destination })
        #expect(again.1.usage.cachedPromptTokenCount == cachedCount)
        #expect(first.1.usage.cachedPromptTokenCount == 0)
        #expect(scheduler.statistics.prefixHitTokenCount == cachedCount)
        #expect(scheduler.statistics.prefixLookupTokenCount == 2 * promptCount)
    }

    @Test("a second turn begins behind the first one's prompt and answer")
    mutating func secondTurn() throws {
        var scheduler = scheduler()
        let prompt = (0..<Int32(60)).map { $0 % 50 }
        let first = sequence(1, prompt, newTokens: 10)
        scheduler.admit(first.0)
        try finish(&scheduler, &frame)
        // 60 tokens and nine fives have keys and values; the tenth was drawn and never fed.
        let second = sequence(2, prompt + Array(repeating: 5, count: 10) + [1, 2, 3])
        scheduler.admit(second.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.first?.startPosition == 69)
        withExtendedLifetime(first.1) {}
    }

    @Test("a token that differs ends what is shared; a cache that is off shares nothing")
    mutating func miss() throws {
        for isOn in [true, false] {
            var scheduler = scheduler(cache: isOn)
            var prompt = (0..<Int32(100)).map { $0 % 50 }
            let first = sequence(1, prompt)
            scheduler.admit(first.0)
            try finish(&scheduler, &frame)
            prompt[40] = 99
            let second = sequence(2, prompt)
            scheduler.admit(second.0)
            expectStep(&scheduler, &frame)
            #expect(frame.rowGroups.first?.startPosition == (isOn ? 40 : 0))
            withExtendedLifetime([first.1, second.1]) {}
        }
    }

    @Test("of two prompts at once the second waits for the beginning that both have, then goes on behind it")
    mutating func atOnce() throws {
        var scheduler = scheduler(chunk: 40)
        let common = (0..<Int32(70)).map { $0 % 50 }
        let first = sequence(1, common + [60, 61])
        let second = sequence(2, common + [62, 63, 64])
        scheduler.admit(first.0)
        scheduler.admit(second.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0] && frame.rowCount == 40)
        _ = try scheduler.apply(answer(frame, token: 5))
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0] && frame.rowCount == 32)
        _ = try scheduler.apply(answer(frame, token: 5))
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [1])
        #expect(frame.rowGroups.first?.startPosition == 70 && frame.rowCount == 3)
        _ = try scheduler.apply(answer(frame, token: 5))
        #expect(scheduler.isIdle && scheduler.usedBlockCount == 0)
        withExtendedLifetime([first.1, second.1]) {}
    }

    @Test("idle blocks are given away oldest first, a sequence's last one before its first")
    mutating func eviction() throws {
        var scheduler = scheduler(batch: 1, blocks: 8)
        let prompts = (0..<3).map { number in (0..<Int32(96)).map { $0 + Int32(number) } }
        for (index, prompt) in prompts.enumerated() {
            let queued = sequence(UInt64(index), prompt)
            scheduler.admit(queued.0)
            try finish(&scheduler, &frame)
            withExtendedLifetime(queued.1) {}
        }
        // Eight blocks hold all of the third prompt's, all of the second's, and the first two of the first's.
        #expect(scheduler.statistics.cachedBlockCount == 8 && scheduler.statistics.evictedBlockCount == 1)
        let again = sequence(9, prompts[0] + [7])
        scheduler.admit(again.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.first?.startPosition == 64)
        withExtendedLifetime(again.1) {}
    }

    @Test("after the workers' death nothing is known")
    mutating func death() throws {
        var scheduler = scheduler()
        let prompt = (0..<Int32(70)).map { $0 % 50 }
        let first = sequence(1, prompt)
        scheduler.admit(first.0)
        try finish(&scheduler, &frame)
        #expect(scheduler.evacuate(.death).isEmpty)
        let second = sequence(2, prompt)
        scheduler.admit(second.0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.first?.startPosition == 0)
        withExtendedLifetime([first.1, second.1]) {}
    }

    @Test("a directory knows which readers hold most of a prompt")
    mutating func directory() throws {
        let directory = PrefixDirectory()
        let prompt = (0..<Int32(100)).map { $0 % 50 }
        for (reader, count) in [("a", 100), ("b", 50)] {
            var scheduler = scheduler()
            let queued = sequence(1, Array(prompt.prefix(count)))
            scheduler.admit(queued.0)
            try finish(&scheduler, &frame)
            directory.update(reader, scheduler.takePrefixChanges())
            withExtendedLifetime(queued.1) {}
        }
        #expect(directory.readers(holding: prompt) == ["a"])
        #expect(Set(directory.readers(holding: Array(prompt.prefix(40)))) == ["a", "b"])
        #expect(directory.readers(holding: [1, 2, 3]).isEmpty)
        #expect(directory.readers(holding: Array(repeating: 9, count: 40)).isEmpty)
        directory.forget("a")
        #expect(directory.readers(holding: prompt) == ["b"])
    }
}
