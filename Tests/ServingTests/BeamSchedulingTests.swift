import Serving
import Testing
import WorkerMessages

/// A model whose continuations are a hash of the tokens so far, with many equal log-probabilities.
private enum HashModel {
    static let ends: [Int32] = [99]

    static func continuations(of tokens: some Sequence<Int32>, count: Int) -> [StepResult.Candidate] {
        var generator = SeededGenerator(seed: ScriptedModel.hash(of: tokens))
        let all = ([99] + Array(Int32(0)..<40)).map { id in
            let eighths = Int.random(in: -60 ... -1, using: &generator)
            return StepResult.Candidate(tokenID: id, logProbability: Float(eighths) / 8)
        }
        let order = all.sorted { left, right in
            left.logProbability != right.logProbability
                ? left.logProbability > right.logProbability : left.tokenID < right.tokenID
        }
        return Array(order.prefix(count))
    }

    /// What a beam search finds when it is alone in the world.
    static func search(_ request: GenerationRequest, _ beams: BeamParameters) -> [BeamAnswer] {
        var search = BeamSearch(
            beams, endIDs: ends, newTokenCountMax: request.parameters.maxNewTokenCount)
        while !search.isOver {
            search.advance(
                search.open.map {
                    continuations(
                        of: request.promptIDs + $0.tokens.map(\.id), count: search.continuationCount)[...]
                })
        }
        return Array(search.finished.prefix(beams.answerCount))
    }
}

/// Workers that keep a hash for every KV position, copy blocks as they are told, and answer continuations and tokens.
private struct BeamWorkers {
    private struct Slot {
        var tokens: [Int32]
        var blocks: [Int32] = []
        var fedCount: Int
    }

    private var slots: [Int32: Slot] = [:]
    private var cache: [UInt64]
    private(set) var copyCount = 0

    init(limits: SchedulerLimits) {
        cache = Array(repeating: 0, count: limits.blockCount * SchedulerLimits.blockSize)
    }

    mutating func execute(_ frame: StepFrame) throws -> StepResult {
        for slot in frame.releasedSlots {
            guard slots.removeValue(forKey: slot) != nil else {
                throw SimulationFault("slot \(slot) is released twice")
            }
        }
        let size = SchedulerLimits.blockSize
        for copy in frame.blockCopies {
            let source = cache[Int(copy.source) * size..<Int(copy.source + 1) * size]
            cache.replaceSubrange(
                Int(copy.destination) * size..<Int(copy.destination + 1) * size, with: source)
            copyCount += 1
        }
        var result = StepResult()
        result.stepNumber = frame.stepNumber
        for group in frame.rowGroups { try takeIn(group, of: frame) }
        for group in frame.rowGroups { result.groups.append(try compute(group, of: frame, into: &result)) }
        return result
    }

    private mutating func takeIn(_ group: StepFrame.RowGroup, of frame: StepFrame) throws {
        if let index = group.installation {
            guard slots[group.slot] == nil else { throw SimulationFault("slot \(group.slot) is not empty") }
            slots[group.slot] = Slot(
                tokens: Array(frame.tokenIDs[frame.installations[index].allTokenIDs]),
                fedCount: Int(group.startPosition))
        }
        guard var slot = slots[group.slot], slot.fedCount == group.startPosition else {
            throw SimulationFault("slot \(group.slot) does not hold positions 0 ..< \(group.startPosition)")
        }
        slot.blocks += frame.blocks[group.appendedBlocks]
        let rows = frame.tokenIDs[group.tokenIDs]
        let known = slot.tokens.dropFirst(slot.fedCount).prefix(rows.count)
        guard rows.starts(with: known) else { throw SimulationFault("other tokens than those known") }
        slot.tokens += rows.dropFirst(known.count)
        slots[group.slot] = slot
    }

    private mutating func compute(
        _ group: StepFrame.RowGroup, of frame: StepFrame, into result: inout StepResult
    ) throws -> StepResult.Group {
        guard var slot = slots[group.slot] else { throw SimulationFault("slot \(group.slot) is empty") }
        let end = slot.fedCount + group.tokenIDs.count
        guard slot.blocks.count == SchedulerLimits.blockCount(positionCount: end) else {
            throw SimulationFault("\(slot.blocks.count) blocks for \(end) positions")
        }
        var hash = ScriptedModel.hash(of: [])
        for position in 0..<end {
            hash = ScriptedModel.extend(hash, by: slot.tokens[position])
            let block = Int(slot.blocks[position / SchedulerLimits.blockSize])
            let place = block * SchedulerLimits.blockSize + position % SchedulerLimits.blockSize
            if position >= slot.fedCount { cache[place] = hash }
            guard cache[place] == hash else {
                throw SimulationFault("position \(position) of \(block) is another's")
            }
        }
        slot.fedCount = end
        slots[group.slot] = slot
        var answer = StepResult.Group(slot: group.slot)
        guard end == slot.tokens.count else { return answer }
        if group.continuationCount > 0 {
            let start = result.continuations.count
            result.continuations += HashModel.continuations(
                of: slot.tokens, count: Int(group.continuationCount))
            answer.continuations = start..<result.continuations.count
        } else if group.wantsToken {
            answer.token = HashModel.continuations(of: slot.tokens, count: 1)[0].tokenID
        }
        return answer
    }
}

@Suite("Beams in the scheduler")
struct BeamSchedulingTests {
    private static func request(
        _ id: UInt64, prompt: [Int32], maxNewTokens: Int, beams: BeamParameters?
    ) -> GenerationRequest {
        var wanted = parameters(maxNewTokens: maxNewTokens)
        wanted.beams = beams
        return GenerationRequest(
            id: RequestID(id), promptIDs: prompt, parameters: wanted, priority: 5, choiceIndex: 0)
    }

    private static func beams(_ width: Int, answers: Int = 2) -> BeamParameters {
        BeamParameters(width: width, lengthPenalty: 1, earlyStopping: .heuristic, answerCount: answers)
    }

    /// Runs until all sequences are done; `interfere` may evacuate between steps. Gives the workers.
    private static func run(
        _ scheduler: inout Scheduler, _ limits: SchedulerLimits, sequences: [QueuedSequence],
        interfere: (inout Scheduler, inout [QueuedSequence], inout BeamWorkers) -> Void = { _, _, _ in }
    ) throws -> BeamWorkers {
        var workers = BeamWorkers(limits: limits)
        var queue = sequences
        var frame = StepFrame()
        for _ in 0..<20_000 {
            for action in scheduler.sweepCancelled() { action.perform() }
            for _ in 0..<min(scheduler.freeSlotCount, queue.count) { scheduler.admit(queue.removeFirst()) }
            guard scheduler.planStep(into: &frame) else {
                if queue.isEmpty && scheduler.isIdle { return workers }
                throw SimulationFault("nothing is planned, and \(scheduler.sequenceCount) sequences wait")
            }
            for action in try scheduler.apply(try workers.execute(frame)) { action.perform() }
            interfere(&scheduler, &queue, &workers)
        }
        throw SimulationFault("no end")
    }

    @Test(
        "find what they find alone, beside others, with few blocks and many deaths",
        arguments: [UInt64](0..<12))
    func simulation(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let limits = SchedulerLimits(
            maxBatchSize: 6, maxSequenceLength: 160, prefillChunk: 24, blockCount: seed % 2 == 0 ? nil : 21,
            hasPrefixCache: seed % 3 != 0)
        var scheduler = Scheduler(limits: limits)
        var requests: [GenerationRequest] = []
        for id in UInt64(1)...14 {
            let start = Int32.random(in: 0..<3, using: &generator)
            let length = Int.random(in: 1...70, using: &generator)
            let prompt = (0..<Int32(length)).map { (start + $0 * 7) % 97 }
            let width = Int.random(in: 1...5, using: &generator)
            requests.append(
                Self.request(
                    id, prompt: prompt, maxNewTokens: Int.random(in: 1...24, using: &generator),
                    beams: width == 1 ? nil : Self.beams(width)))
        }
        let made = requests.map { QueuedSequence.make(request: $0, seed: 7, maxSequenceLength: 160) }
        let refused = made.map { scheduler.refusal(of: $0.0) }
        let admitted = zip(made, refused).filter { $1 == nil }.map(\.0.0)
        #expect(admitted.count > 7)
        var copyCount = 0
        let workers = try Self.run(&scheduler, limits, sequences: admitted) { scheduler, queue, workers in
            guard generator.happens(5) else { return }
            let isDeath = generator.happens(60)
            var back = scheduler.evacuate(isDeath ? .death : .drain)
            // Barren deaths are not the subject here.
            if isDeath { (copyCount, workers) = (copyCount + workers.copyCount, BeamWorkers(limits: limits)) }
            back += queue
            queue = back
        }
        #expect(scheduler.usedBlockCount == 0 && scheduler.freeSlotCount == 6)
        #expect(copyCount + workers.copyCount > 0)
        for (index, request) in requests.enumerated() where refused[index] == nil {
            let found = await events(of: made[index].1)
            guard let beams = request.parameters.beams else {
                #expect(found.last == .finished(.length) || found.last == .finished(.endOfText))
                continue
            }
            let answers = HashModel.search(request, beams)
            #expect(found.first == .hypotheses(answers), "request \(request.id)")
            #expect(found.count == 2 && found[1].isClosing)
        }
    }

    @Test("a client that is gone frees all slots and blocks of its beam")
    func cancelled() throws {
        let limits = SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 128, prefillChunk: 64)
        var scheduler = Scheduler(limits: limits)
        let (sequence, stream) = QueuedSequence.make(
            request: Self.request(1, prompt: [1, 2, 3], maxNewTokens: 40, beams: Self.beams(4)), seed: 1,
            maxSequenceLength: 128)
        scheduler.admit(sequence)
        #expect(scheduler.freeSlotCount == 0 && scheduler.sequenceCount == 1)
        var workers = BeamWorkers(limits: limits)
        var frame = StepFrame()
        for _ in 0..<6 {
            expectStep(&scheduler, &frame)
            let actions = try scheduler.apply(try workers.execute(frame))
            #expect(actions.isEmpty)
        }
        #expect(scheduler.sequenceCount == 4)
        stream.stop()
        let swept = scheduler.sweepCancelled()
        #expect(swept.count == 1)
        #expect(scheduler.isIdle && scheduler.freeSlotCount == 4 && scheduler.usedBlockCount == 0)
        let hasStep = scheduler.planStep(into: &frame)
        #expect(!hasStep)
    }

    @Test("forks share full blocks and copy the last one")
    func blocks() throws {
        let limits = SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 256, prefillChunk: 256)
        var scheduler = Scheduler(limits: limits)
        let prompt = (0..<Int32(200)).map { $0 % 90 }
        let (sequence, stream) = QueuedSequence.make(
            request: Self.request(1, prompt: prompt, maxNewTokens: 8, beams: Self.beams(4)), seed: 1,
            maxSequenceLength: 256)
        scheduler.admit(sequence)
        var workers = BeamWorkers(limits: limits)
        var frame = StepFrame()
        for _ in 0..<4 {
            expectStep(&scheduler, &frame)
            _ = try scheduler.apply(try workers.execute(frame))
        }
        expectStep(&scheduler, &frame)
        // Six full blocks of the prompt, and one half-filled for each hypothesis.
        #expect(scheduler.usedBlockCount == 6 + 4)
        _ = stream
    }

    @Test("a refused step ends the whole beam once, and the others go on")
    func refused() async throws {
        let limits = SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 128, prefillChunk: 64)
        var scheduler = Scheduler(limits: limits)
        let beam = QueuedSequence.make(
            request: Self.request(1, prompt: [1, 2, 3], maxNewTokens: 40, beams: Self.beams(3)), seed: 1,
            maxSequenceLength: 128)
        let other = QueuedSequence.make(
            request: Self.request(2, prompt: [4, 5], maxNewTokens: 4, beams: nil), seed: 1,
            maxSequenceLength: 128)
        scheduler.admit(beam.0)
        scheduler.admit(other.0)
        var workers = BeamWorkers(limits: limits)
        var frame = StepFrame()
        expectStep(&scheduler, &frame)
        for action in try scheduler.apply(try workers.execute(frame)) { action.perform() }
        // The second step installs forks.
        expectStep(&scheduler, &frame)
        #expect(frame.installations.count == 2)
        let actions = scheduler.refuse(frame, because: .refusedByWorkers(reason: "no"))
        #expect(actions.count == 1)
        for action in actions { action.perform() }
        #expect(scheduler.freeSlotCount == 3)
        while scheduler.planStep(into: &frame) {
            for action in try scheduler.apply(try workers.execute(frame)) { action.perform() }
        }
        #expect(scheduler.usedBlockCount == 0)
        #expect(await events(of: beam.1) == [.failed(.refusedByWorkers(reason: "no"))])
        #expect(await events(of: other.1).last?.isClosing == true)
    }

    @Test("a beam that a reader has no room for is refused, naming what it has")
    func tooWide() {
        let scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 128, prefillChunk: 64, blockCount: 7))
        func refusal(_ width: Int, maxNewTokens: Int) -> String? {
            let request = Self.request(
                1, prompt: [1, 2], maxNewTokens: maxNewTokens, beams: Self.beams(width))
            return scheduler.refusal(
                of: QueuedSequence.make(request: request, seed: 1, maxSequenceLength: 128).0)?.description
        }
        #expect(refusal(4, maxNewTokens: 30) == nil)
        #expect(
            refusal(5, maxNewTokens: 30)
                == "beam_width is 5, allowed: at most the reader's max_batch_size (4)")
        #expect(
            refusal(4, maxNewTokens: 31)
                == "beam_width is 4, allowed: at most 3, as the reader has 7 KV blocks and 33 tokens need 2")
    }
}

@Suite("Scoring in the scheduler")
struct ScoringScheduleTests {
    @Test(
        "prompt log-probabilities are collected over chunks, once, and the cache is not asked",
        arguments: [1, 3, 64])
    func prompt(chunk: Int) async throws {
        let limits = SchedulerLimits(maxBatchSize: 2, maxSequenceLength: 128, prefillChunk: chunk)
        var scheduler = Scheduler(limits: limits)
        let promptIDs = (0..<Int32(70)).map { $0 }
        for round in 0..<2 {
            var wanted = parameters(maxNewTokens: 2)
            wanted.promptLogProbabilityCount = 1
            wanted.wantsLogProbabilities = true
            wanted.topLogProbabilityCount = 2
            let (sequence, stream) = QueuedSequence.make(
                request: GenerationRequest(
                    id: RequestID(UInt64(round)), promptIDs: promptIDs, parameters: wanted, priority: 5,
                    choiceIndex: 0), seed: 1, maxSequenceLength: 128)
            scheduler.admit(sequence)
            var frame = StepFrame()
            var rowCount = 0
            while scheduler.planStep(into: &frame) {
                rowCount += frame.rowCount
                for action in try scheduler.apply(Self.answer(frame)) { action.perform() }
            }
            // One token is drawn from the prompt's last row, the other from a row of its own.
            #expect(rowCount == 71)
            var expected = [PromptToken(id: 0, logProbability: nil, best: [])]
            for id in 1..<Int32(70) {
                expected.append(
                    PromptToken(
                        id: id, logProbability: -Float(id),
                        best: [ScoredToken(id: id - 1, logProbability: -0.5)]))
            }
            let token: (Int32) -> TokenEvent = { position in
                let best = [-0.5, -0.75].map { ScoredToken(id: position, logProbability: $0) }
                return .token(id: 5, logProbability: -2, best: best)
            }
            #expect(
                await events(of: stream) == [.prompt(expected), token(69), token(70), .finished(.length)])
        }
    }

    /// Workers that give the token at position p the log-probability -p, and the row's position as best id.
    private static func answer(_ frame: StepFrame) -> StepResult {
        var result = StepResult()
        result.stepNumber = frame.stepNumber
        for group in frame.rowGroups {
            var answer = StepResult.Group(slot: group.slot)
            let firstCandidate = result.candidates.count
            let firstValue = result.logProbabilities.count
            for row in group.tokenIDs.indices
            where group.logitsRows == .all || row == group.tokenIDs.upperBound - 1 {
                let position = group.startPosition + Int32(row - group.tokenIDs.lowerBound)
                for place in 0..<group.topLogProbabilityCount {
                    result.candidates.append(
                        .init(tokenID: position, logProbability: -0.5 - Float(place) / 4))
                }
                if position < 69 { result.logProbabilities.append(-Float(position + 1)) }
            }
            answer.candidates = firstCandidate..<result.candidates.count
            answer.logProbabilities = firstValue..<result.logProbabilities.count
            if group.wantsToken { (answer.token, answer.tokenLogProbability) = (5, -2) }
            result.groups.append(answer)
        }
        return result
    }

    @Test("stop ids end a sequence without being delivered, with end of text ignored, too")
    func stopID() async throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 2, maxSequenceLength: 64, prefillChunk: 64))
        var wanted = parameters(maxNewTokens: 4, ignoresEndOfText: true)
        wanted.stopTokenIDs = [7]
        wanted.bannedTokenIDs = [1]
        wanted.bannedSequences = [[2, 3]]
        wanted.biases = [.init(tokenID: 4, value: 1)]
        let (queued, stream) = sequence(1, wanted)
        scheduler.admit(queued)
        var frame = StepFrame()
        expectStep(&scheduler, &frame)
        let installation = frame.installations[0]
        #expect(frame.tokenIDs[installation.endOfTextIDs] == [7])
        #expect(frame.tokenIDs[installation.bannedTokenIDs] == [1])
        #expect(
            frame.bannedSequences[installation.bannedSequences].map { Array(frame.tokenIDs[$0]) } == [[2, 3]])
        #expect(frame.biases[installation.biases] == [.init(tokenID: 4, value: 1)])
        for action in try scheduler.apply(ServingTests.answer(frame, token: 99)) { action.perform() }
        expectStep(&scheduler, &frame)
        for action in try scheduler.apply(ServingTests.answer(frame, token: 7)) { action.perform() }
        #expect(await events(of: stream) == [.token(99), .finished(.stopToken(id: 7))])
        #expect(scheduler.isIdle)
    }
}
