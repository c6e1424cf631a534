import Serving
import Testing
import WorkerMessages

@Suite("What one reader computes next")
struct SchedulerTests {
    var frame = StepFrame()

    func scheduler(batch: Int = 4, length: Int = 100, chunk: Int = 8) -> Scheduler {
        Scheduler(
            limits: SchedulerLimits(maxBatchSize: batch, maxSequenceLength: length, prefillChunk: chunk))
    }

    @Test("the first step carries the whole installation and as much of the prompt as the budget allows")
    mutating func installation() throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1, promptCount: 10, parameters(seed: 42, topLogProbabilityCount: 5))
        scheduler.admit(queued)
        expectStep(&scheduler, &frame)
        #expect(frame.stepNumber == 1)
        let group = try #require(frame.rowGroups.first)
        #expect(frame.rowGroups.count == 1 && frame.rowCount == 8)
        #expect(group.slot == 0 && group.startPosition == 0)
        #expect(frame.tokenIDs[group.tokenIDs] == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(frame.blocks[group.appendedBlocks] == [0])
        #expect(group.logitsRows == .none && !group.wantsToken && group.topLogProbabilityCount == 0)
        let installation = frame.installations[try #require(group.installation)]
        #expect(frame.tokenIDs[installation.allTokenIDs] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
        #expect(installation.promptTokenCount == 10 && installation.parameters.seed == 42)
        #expect(frame.tokenIDs[installation.endOfTextIDs] == [99])
        let actions = try scheduler.apply(answer(frame, token: -1))
        #expect(actions.isEmpty)

        expectStep(&scheduler, &frame)
        let second = try #require(frame.rowGroups.first)
        #expect(frame.stepNumber == 2 && second.installation == nil && second.startPosition == 8)
        #expect(frame.tokenIDs[second.tokenIDs] == [9, 10])
        #expect(second.logitsRows == .last && second.wantsToken && second.topLogProbabilityCount == 5)
        #expect(second.appendedBlocks.isEmpty)
        withExtendedLifetime(stream) {}
    }

    @Test(
        "a prompt of exactly the budget takes one step, one token more takes two",
        arguments: [(8, 1), (9, 2), (16, 2), (17, 3)])
    mutating func budget(promptCount: Int, steps: Int) throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1, promptCount: promptCount)
        scheduler.admit(queued)
        for step in 1...steps {
            expectStep(&scheduler, &frame)
            #expect(frame.rowGroups.first?.wantsToken == (step == steps))
            _ = try scheduler.apply(answer(frame, token: 5))
        }
        withExtendedLifetime(stream) {}
    }

    @Test("all decodes come first, then prefill chunks up to the budget in total, oldest first")
    mutating func decodesFirst() throws {
        var scheduler = scheduler()
        let first = sequence(1, promptCount: 2)
        scheduler.admit(first.sequence)
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 50))
        let second = sequence(2, promptCount: 6)
        let third = sequence(3, promptCount: 5)
        let fourth = sequence(4, promptCount: 5)
        for later in [second, third, fourth] { scheduler.admit(later.sequence) }
        #expect(scheduler.freeSlotCount == 0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0, 1, 2])
        #expect(frame.rowGroups.map(\.tokenIDs.count) == [1, 6, 2])
        #expect(frame.rowGroups.map(\.wantsToken) == [true, true, false])
        #expect(frame.tokenIDs[frame.rowGroups[0].tokenIDs] == [50])
        _ = try scheduler.apply(answer(frame, token: 51))
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0, 1, 2, 3])
        #expect(frame.rowGroups.map(\.tokenIDs.count) == [1, 1, 3, 5])
        withExtendedLifetime([first.stream, second.stream, third.stream, fourth.stream]) {}
    }

    @Test("a block is appended for every 32 positions, at the first of them")
    mutating func blocks() throws {
        var scheduler = scheduler(chunk: 40)
        let (queued, stream) = sequence(
            1, promptCount: 32, maxSequenceLength: 100, parameters(maxNewTokens: 50))
        scheduler.admit(queued)
        var positionsWithBlocks: [Int32] = []
        while scheduler.planStep(into: &frame) {
            let group = try #require(frame.rowGroups.first)
            if !group.appendedBlocks.isEmpty { positionsWithBlocks.append(group.startPosition) }
            _ = try scheduler.apply(answer(frame, token: 5))
        }
        #expect(positionsWithBlocks == [0, 32, 64])
        #expect(scheduler.usedBlockCount == 0)
        withExtendedLifetime(stream) {}
    }

    @Test(
        "a sequence ends at its maximum of new tokens, and its slot is told and used again in the next frame")
    mutating func length() async throws {
        var scheduler = scheduler(batch: 1)
        let first = sequence(1, parameters(maxNewTokens: 2))
        let second = sequence(2)
        scheduler.admit(first.sequence)
        for token in [Int32(5), 6] {
            expectStep(&scheduler, &frame)
            for action in try scheduler.apply(answer(frame, token: token)) { action.perform() }
        }
        #expect(await events(of: first.stream) == [.token(5), .token(6), .finished(.length)])
        #expect(scheduler.isIdle && scheduler.freeSlotCount == 1)
        let hasStep = scheduler.planStep(into: &frame)
        #expect(!hasStep)
        scheduler.admit(second.sequence)
        expectStep(&scheduler, &frame)
        #expect(frame.releasedSlots == [0])
        #expect(frame.rowGroups.first?.slot == 0 && frame.rowGroups.first?.installation == 0)
        _ = try scheduler.apply(answer(frame, token: 7))
        expectStep(&scheduler, &frame)
        #expect(frame.releasedSlots.isEmpty)
        withExtendedLifetime(second.stream) {}
    }

    @Test(
        "prompt and answer end at max_sequence_length with reason length",
        arguments: [(62, 2), (63, 1)])
    mutating func maxSequenceLength(promptCount: Int, newTokenCount: Int) async throws {
        var scheduler = scheduler(length: 64, chunk: 64)
        let (queued, stream) = sequence(1, promptCount: promptCount, parameters(maxNewTokens: 1000))
        scheduler.admit(queued)
        while scheduler.planStep(into: &frame) {
            for action in try scheduler.apply(answer(frame, token: 5)) { action.perform() }
        }
        let expected = Array(repeating: TokenEvent.token(5), count: newTokenCount) + [.finished(.length)]
        #expect(await events(of: stream) == expected)
    }

    @Test("end of text ends a sequence and is not delivered")
    mutating func endOfText() async throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1)
        scheduler.admit(queued)
        for token in [Int32(5), 99] {
            expectStep(&scheduler, &frame)
            for action in try scheduler.apply(answer(frame, token: token)) { action.perform() }
        }
        #expect(scheduler.isIdle)
        #expect(await events(of: stream) == [.token(5), .finished(.endOfText)])
    }

    @Test("the last allowed token may be end of text, and then that is the reason")
    mutating func endOfTextAtTheEnd() async throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1, parameters(maxNewTokens: 1))
        scheduler.admit(queued)
        expectStep(&scheduler, &frame)
        for action in try scheduler.apply(answer(frame, token: 99)) { action.perform() }
        #expect(await events(of: stream) == [.finished(.endOfText)])
    }

    @Test("with ignore_eos, end of text is a token like any other and is not banned")
    mutating func ignoresEndOfText() async throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1, parameters(maxNewTokens: 2, ignoresEndOfText: true))
        scheduler.admit(queued)
        expectStep(&scheduler, &frame)
        #expect(frame.installations.first?.endOfTextIDs.isEmpty == true)
        for action in try scheduler.apply(answer(frame, token: 99)) { action.perform() }
        expectStep(&scheduler, &frame)
        for action in try scheduler.apply(answer(frame, token: 99)) { action.perform() }
        #expect(await events(of: stream) == [.token(99), .token(99), .finished(.length)])
    }

    @Test(
        "a token comes with its own log-probability if that is asked for, and with as many best ones as wanted"
    )
    mutating func logProbability() async throws {
        for isWanted in [true, false] {
            var scheduler = scheduler()
            var wanted = parameters(maxNewTokens: 1, topLogProbabilityCount: 2)
            wanted.wantsLogProbabilities = isWanted
            let (queued, stream) = sequence(1, wanted)
            scheduler.admit(queued)
            expectStep(&scheduler, &frame)
            #expect(frame.rowGroups[0].wantsLogProbabilities == isWanted)
            var result = answer(frame, token: 5)
            result.candidates = [
                .init(tokenID: 8, logProbability: -0.5), .init(tokenID: 9, logProbability: -1.5),
            ]
            result.groups[0].candidates = 0..<2
            result.groups[0].tokenLogProbability = -3
            for action in try scheduler.apply(result) { action.perform() }
            let best = [ScoredToken(id: 8, logProbability: -0.5), ScoredToken(id: 9, logProbability: -1.5)]
            #expect(
                await events(of: stream)
                    == [.token(id: 5, logProbability: isWanted ? -3 : nil, best: best), .finished(.length)])
        }
    }

    @Test("a logit that is not finite, and a row with every id banned, fail their sequence alone")
    mutating func failures() async throws {
        var scheduler = scheduler()
        let bad = sequence(1)
        let banned = sequence(2)
        let good = sequence(3, promptCount: 2, parameters(maxNewTokens: 1))
        for queued in [bad, banned, good] { scheduler.admit(queued.sequence) }
        expectStep(&scheduler, &frame)
        var result = answer(frame, token: 5)
        result.groups[0].outcome = .nonFinite
        result.groups[0].token = -1
        result.groups[0].detail = 3
        result.groups[1].outcome = .allBanned
        result.groups[1].token = -1
        for action in try scheduler.apply(result) { action.perform() }
        #expect(await events(of: bad.stream) == [.failed(.nonFiniteLogit(stepNumber: 1, layer: 3))])
        #expect(await events(of: banned.stream) == [.failed(.allTokensBanned(stepNumber: 1))])
        #expect(await events(of: good.stream) == [.token(5), .finished(.length)])
        #expect(scheduler.isIdle && scheduler.usedBlockCount == 0)
    }

    @Test("a result that does not answer the frame is refused and changes nothing")
    mutating func faults() throws {
        var scheduler = scheduler()
        let (queued, stream) = sequence(1)
        scheduler.admit(queued)
        #expect(throws: SchedulerFault.unexpectedResult(stepNumber: 0)) { try scheduler.apply(StepResult()) }
        expectStep(&scheduler, &frame)
        let right = answer(frame, token: 5)
        var wrong = right
        wrong.stepNumber = 2
        #expect(throws: SchedulerFault.wrongStep(expected: 1, found: 2)) { try scheduler.apply(wrong) }
        wrong = right
        wrong.groups = []
        #expect(throws: SchedulerFault.wrongGroupCount(stepNumber: 1, expected: 1, found: 0)) {
            try scheduler.apply(wrong)
        }
        wrong = right
        wrong.groups[0].slot = 3
        #expect(throws: SchedulerFault.wrongSlot(stepNumber: 1, expected: 0, found: 3)) {
            try scheduler.apply(wrong)
        }
        wrong = right
        wrong.groups[0].token = -1
        #expect(throws: SchedulerFault.wrongToken(stepNumber: 1, slot: 0, token: -1)) {
            try scheduler.apply(wrong)
        }
        let actions = try scheduler.apply(right)
        #expect(actions.count == 1)
        withExtendedLifetime(stream) {}
    }

    @Test("a refused frame fails the sequences it would have brought, and the others go on where they were")
    mutating func refusal() async throws {
        var scheduler = scheduler(chunk: 40)
        let old = sequence(1, promptCount: 32, parameters(maxNewTokens: 2))
        scheduler.admit(old.sequence)
        expectStep(&scheduler, &frame)
        for action in try scheduler.apply(answer(frame, token: 5)) { action.perform() }
        let new = sequence(2)
        scheduler.admit(new.sequence)
        expectStep(&scheduler, &frame)
        #expect(scheduler.usedBlockCount == 3)
        for action in scheduler.refuse(frame, because: .refusedByWorkers(reason: "no")) { action.perform() }
        #expect(await events(of: new.stream) == [.failed(.refusedByWorkers(reason: "no"))])
        #expect(scheduler.usedBlockCount == 1 && scheduler.sequenceCount == 1)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.startPosition) == [32] && frame.blocks.count == 1)
        #expect(frame.releasedSlots.isEmpty)
        for action in try scheduler.apply(answer(frame, token: 6)) { action.perform() }
        #expect(await events(of: old.stream) == [.token(5), .token(6), .finished(.length)])
    }
}
