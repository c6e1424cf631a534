import Serving
import WorkerMessages

/// One random schedule: two readers with scripted workers on one queue; requests arrive in lists, are
/// cancelled, and readers die or are drained at any moment.
struct ScheduleSimulation {
    private struct SimulatedReader {
        var scheduler: Scheduler
        var workers: ScriptedWorkers
        var frame = StepFrame()
    }

    private var generator: SeededGenerator
    private let maxSequenceLength: Int
    /// Most prompts begin with some of these.
    private let commonTokens: [Int32]
    private var queue: QueueState
    private var readers: [SimulatedReader]
    private(set) var requests: [RequestID: SimulatedRequest] = [:]
    private var now = Duration.zero
    /// Steps executed, to tell an idle schedule from a busy one.
    private(set) var stepCount = 0
    private(set) var deathCount = 0
    private(set) var preemptionCount = 0
    private(set) var cachedTokenCount = 0
    private(set) var copiedBlockCount = 0

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let longest = Int.random(in: 8...200, using: &generator)
        maxSequenceLength = longest
        commonTokens = (0..<longest).map { _ in Int32.random(in: 0..<97, using: &generator) }
        var group = settings(maxQueue: Int.random(in: 1...12, using: &generator))
        group.agingInterval = .milliseconds(50)
        group.maxQueueTokens = .max
        queue = QueueState(settings: group)
        var readers: [SimulatedReader] = []
        for _ in 0..<2 {
            let batch = Int.random(in: 1...5, using: &generator)
            let blocksEach = SchedulerLimits.blockCount(positionCount: longest)
            let limits = SchedulerLimits(
                maxBatchSize: batch, maxSequenceLength: longest,
                prefillChunk: Int.random(in: 1...48, using: &generator),
                blockCount: generator.happens(50)
                    ? blocksEach : Int.random(in: blocksEach...batch * blocksEach, using: &generator),
                hasPrefixCache: generator.happens(80))
            readers.append(
                SimulatedReader(
                    scheduler: Scheduler(limits: limits), workers: ScriptedWorkers(limits: limits)))
        }
        self.readers = readers
        self.generator = generator
    }

    /// Lets chance rule for a while, then lets everything end in peace.
    mutating func run() throws {
        for _ in 0..<Int.random(in: 20...120, using: &generator) {
            now += .milliseconds(Int.random(in: 0...20, using: &generator))
            switch Int.random(in: 0..<100, using: &generator) {
            case ..<20: try arrive()
            case ..<25: cancelOne()
            case ..<29: try evacuate(Int.random(in: 0..<2, using: &generator), .drain)
            default: try step(Int.random(in: 0..<2, using: &generator), deathPercent: 6)
            }
        }
        var stepsLeft = 100_000
        while queue.depth > 0 || readers.contains(where: { !$0.scheduler.isIdle }) {
            for reader in readers.indices { try step(reader, deathPercent: 0) }
            stepsLeft -= 1
            if stepsLeft == 0 { throw SimulationFault("the schedule does not end") }
        }
        for reader in readers {
            let used = reader.scheduler.usedBlockCount
            if used != 0 { throw SimulationFault("\(used) blocks are in use at the end") }
            preemptionCount += reader.scheduler.statistics.preemptionCount
            cachedTokenCount += reader.workers.cachedTokenCount
            copiedBlockCount += reader.workers.copiedBlockCount
        }
    }

    // MARK: What happens

    private mutating func arrive() throws {
        var list: [QueuedSequence] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) { list.append(makeSequence()) }
        let free = queue.sequenceLimit - queue.depth
        let missing = queue.missingPlaceCount(for: list.count)
        guard missing == max(0, list.count - free) else {
            throw SimulationFault("\(list.count) sequences, \(free) places, \(missing) said to be missing")
        }
        if missing > 0 {
            for sequence in list { requests[sequence.request.id] = nil }
        } else {
            queue.enqueue(list, now: now)
        }
    }

    private mutating func makeSequence() -> QueuedSequence {
        let id = RequestID(UInt64(requests.count) << 32 | generator.next() >> 40)
        let promptCount = Int.random(in: 1..<maxSequenceLength, using: &generator)
        let commonCount = generator.happens(70) ? Int.random(in: 0...promptCount, using: &generator) : 0
        var prompt = Array(commonTokens.prefix(commonCount))
        while prompt.count < promptCount { prompt.append(Int32.random(in: 0..<97, using: &generator)) }
        if generator.happens(4) { prompt[0] = ScriptedModel.nonFiniteMarker }
        if generator.happens(3) { prompt[0] = ScriptedModel.poisonMarker }
        let request = GenerationRequest(
            id: id, promptIDs: prompt,
            parameters: GenerationParameters(
                sampling: SamplingParameters(), seed: generator.happens(50) ? generator.next() : nil,
                maxNewTokenCount: Int.random(in: 1...80, using: &generator),
                ignoresEndOfText: generator.happens(30), endOfTextIDs: [ScriptedModel.endOfTextID],
                topLogProbabilityCount: 0),
            priority: Int.random(in: 0...9, using: &generator),
            choiceIndex: Int32.random(in: 0..<3, using: &generator))
        let seed = generator.next()
        let (sequence, stream) = QueuedSequence.make(
            request: request, seed: seed, maxSequenceLength: maxSequenceLength)
        requests[id] = SimulatedRequest(
            request: request, handle: sequence.handle, stream: stream,
            seed: sequence.request.parameters.sampling.seed,
            solo: ScriptedModel.soloRun(request, seed: seed, maxSequenceLength: maxSequenceLength))
        return sequence
    }

    private mutating func cancelOne() {
        let living = requests.values.filter { $0.closingCount == 0 }.map(\.request.id).sorted()
        guard let id = living.randomElement(using: &generator) else { return }
        requests[id]?.isCancelled = true
        requests[id]?.handle.cancel()
    }

    /// A reader's loop, once.
    private mutating func step(_ index: Int, deathPercent: Int) throws {
        for action in readers[index].scheduler.sweepCancelled() { perform(action) }
        let taken = queue.take(upTo: readers[index].scheduler.freeSlotCount)
        for handle in taken.cancelled { perform(.cancelled(handle)) }
        for sequence in taken.sequences {
            let id = sequence.request.id
            let tokenCount = requests[id]?.tokenCount ?? 0
            requests[id]?.tokenCountAtAdmission = tokenCount
            readers[index].scheduler.admit(sequence)
        }
        var frame = readers[index].frame
        guard readers[index].scheduler.planStep(into: &frame) else { return }
        readers[index].frame = frame
        stepCount += 1
        let result = try readers[index].workers.execute(frame)
        try requireSolitude(readers[index].workers.heldSeeds)
        let (held, used) = (readers[index].workers.heldBlockCount, readers[index].scheduler.usedBlockCount)
        if held > used { throw SimulationFault("workers hold \(held) blocks, \(used) are reckoned") }
        guard let result, !generator.happens(deathPercent) else {
            deathCount += 1
            try evacuate(index, .death)
            return
        }
        for action in try readers[index].scheduler.apply(result) { perform(action) }
        readers[index].scheduler.noteStepTime(
            .microseconds(100 + 10 * frame.rowCount + Int.random(in: 0...50, using: &generator)))
    }

    private mutating func evacuate(_ index: Int, _ reason: Scheduler.EvacuationReason) throws {
        let heldCount = readers[index].scheduler.sequenceCount
        let sequences = readers[index].scheduler.evacuate(reason)
        if sequences.count != heldCount {
            throw SimulationFault("\(sequences.count) of \(heldCount) sequences came back")
        }
        if reason == .death {
            let heldSeeds = readers[index].workers.heldSeeds
            for sequence in sequences { try blame(sequence, heldSeeds) }
            readers[index].workers = ScriptedWorkers(limits: readers[index].scheduler.limits)
        }
        for sequence in sequences where sequence.handle.isCancelled { perform(.cancelled(sequence.handle)) }
        for sequence in queue.requeue(sequences.filter { !$0.handle.isCancelled }) {
            perform(.fail(sequence.handle, .poison(deathCount: sequence.barrenDeathCount)))
        }
    }

    /// Counts a death as design 2 says, and compares that with what the scheduler counted.
    private mutating func blame(_ sequence: QueuedSequence, _ heldSeeds: Set<UInt64>) throws {
        guard var known = requests[sequence.request.id] else { return }
        if known.tokenCount > known.tokenCountAtAdmission {
            known.barrenDeathCount = 0
        } else if heldSeeds.contains(sequence.request.parameters.sampling.seed) {
            known.barrenDeathCount += 1
            known.diedAlone = heldSeeds.count == 1
        }
        requests[known.request.id] = known
        if sequence.barrenDeathCount != known.barrenDeathCount {
            throw SimulationFault(
                "\(known.request.id): \(sequence.barrenDeathCount) deaths counted, "
                    + "not \(known.barrenDeathCount)"
            )
        }
    }

    /// A sequence that saw two readers die must be alone in a third.
    private func requireSolitude(_ heldSeeds: Set<UInt64>) throws {
        let suspects = requests.values.filter { request in
            request.closingCount == 0 && request.barrenDeathCount >= 2
                && heldSeeds.contains(request.seed)
        }
        if !suspects.isEmpty && heldSeeds.count > 1 {
            throw SimulationFault("\(suspects[0].request.id) runs beside \(heldSeeds.count - 1) others")
        }
    }

    private mutating func perform(_ action: SchedulerAction) {
        switch action {
        case .token(let handle, _, _, _):
            requests[handle.requestID]?.tokenCount += 1
            requests[handle.requestID]?.barrenDeathCount = 0
        case .prompt, .hypotheses: break
        case .finish(let handle, _, _), .fail(let handle, _), .cancelled(let handle):
            requests[handle.requestID]?.closingCount += 1
        }
        action.perform()
    }
}
