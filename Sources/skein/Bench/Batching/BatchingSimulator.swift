import Foundation
import Serving
import WorkerMessages

/// Serves a scenario in simulated time: the real queue, policy and scheduler values, with steps that take what a
/// `StepCost` says. Deterministic, and thousands of times as fast as the machine it stands for.
///
/// Readers do what `Reader` does: between steps they ask the queue if they have room and something may be for them; an
/// idle one is woken by an arrival or at the time it was told to ask again.
struct BatchingSimulator {
    private struct Reader {
        var scheduler: Scheduler
        let seat: ReaderSeat
        var frame = StepFrame()
        /// When the step that is out ends; nil while it has none.
        var stepEnd: Double?
        /// How long that step takes.
        var stepSeconds = 0.0
        var askAgain: Double?
        var isDeferred = false
        var heldAtDeferral = 0
        var arrivalsAtDeferral = 0
    }

    private struct Client {
        let stream: TokenStream
        let arrival: Double
        let isUrgent: Bool
        var lastToken: Double?
    }

    private let cost: StepCost
    private let limits: SchedulerLimits
    private let scenario: ArrivalScenario
    /// The scenario's times are multiplied with it.
    private let timeScale: Double
    private var queue: QueueState
    private var readers: [Reader]
    private var clients: [RequestID: Client] = [:]
    private var nextArrival = 0
    private var arrivalNumber = 0
    /// Requests of clients that wait for their answers, by the time they are sent.
    private var pending: [Double] = []
    private var now = 0.0
    private(set) var outcome = BatchingOutcome()

    init(
        _ scenario: ArrivalScenario, timeScale: Double, settings: ConsumerGroupSettings, cost: StepCost,
        limits: SchedulerLimits, readerCount: Int
    ) {
        self.scenario = scenario
        self.timeScale = timeScale
        self.cost = cost
        self.limits = limits
        queue = QueueState(settings: settings)
        var scheduler = Scheduler(limits: limits)
        for (index, step) in scheduler.calibrationSteps.enumerated() {
            let attended = step.rowCount * step.depth + step.rowCount * (step.rowCount + 1) / 2
            let seconds = cost.seconds(rowCount: step.rowCount, attendedPositionCount: attended)
            scheduler.noteCalibration(step, isFirst: index == 0, duration: .seconds(seconds))
        }
        readers = (0..<readerCount).map { [scheduler] in
            Reader(scheduler: scheduler, seat: ReaderSeat(readerID: "reader-\($0)"))
        }
        pending = Array(repeating: 0, count: min(scenario.userCount, scenario.arrivals.count))
    }

    /// Runs until every request is answered or refused.
    mutating func run() throws -> BatchingOutcome {
        while true {
            arrive()
            for index in readers.indices { try step(index) }
            guard let next = nextTime else { break }
            now = next
        }
        guard clients.isEmpty, queue.depth == 0 else {
            throw CommandFailure("the simulation lost \(clients.count) requests", exitCode: 1)
        }
        outcome.seconds = now
        return outcome
    }

    /// When anything happens next; nil at the end.
    private var nextTime: Double? {
        var times = readers.compactMap(\.stepEnd)
        if scenario.userCount > 0 {
            if let time = pending.min(), nextArrival < scenario.arrivals.count { times.append(time) }
        } else if nextArrival < scenario.arrivals.count {
            times.append(scenario.arrivals[nextArrival].time * timeScale)
        }
        for reader in readers where reader.stepEnd == nil && reader.isDeferred {
            if let time = reader.askAgain { times.append(time) }
        }
        return times.min().map { max($0, now) }
    }

    // MARK: Clients

    private mutating func arrive() {
        while nextArrival < scenario.arrivals.count {
            let arrival = scenario.arrivals[nextArrival]
            if scenario.userCount > 0 {
                guard let index = pending.firstIndex(where: { $0 <= now }) else { return }
                pending.remove(at: index)
            } else if arrival.time * timeScale > now {
                return
            }
            nextArrival += 1
            submit(arrival, number: nextArrival)
        }
    }

    private mutating func submit(_ arrival: SimulatedArrival, number: Int) {
        let promptCount = min(arrival.promptTokenCount, limits.maxSequenceLength / 2)
        guard queue.missingPlaceCount(for: 1) == 0, queue.missingTokenCount(for: promptCount) == 0 else {
            outcome.refusedCount += 1
            return
        }
        let newCount = min(arrival.newTokenCount, limits.maxSequenceLength - promptCount)
        if promptCount < arrival.promptTokenCount || newCount < arrival.newTokenCount {
            outcome.cutCount += 1
        }
        let request = GenerationRequest(
            id: RequestID(UInt64(number)),
            // Different from the first token on, so that no prefix is shared.
            promptIDs: (0..<promptCount).map { Int32((number &* 7919 &+ $0 &* 104_729) & 0x7FFF) },
            parameters: GenerationParameters(
                sampling: SamplingParameters(), seed: 0, maxNewTokenCount: newCount, ignoresEndOfText: true,
                endOfTextIDs: [], topLogProbabilityCount: 0),
            priority: arrival.priority, choiceIndex: 0)
        let (sequence, stream) = QueuedSequence.make(
            request: request, seed: 0, maxSequenceLength: limits.maxSequenceLength)
        clients[request.id] = Client(stream: stream, arrival: now, isUrgent: arrival.priority == 0)
        queue.enqueue([sequence], now: .seconds(now))
        arrivalNumber += 1
    }

    private mutating func perform(_ action: SchedulerAction) {
        switch action {
        case .token(let handle, _, _, _):
            guard var client = clients[handle.requestID] else { return }
            if let last = client.lastToken {
                outcome.tokenGaps.append(now - last)
            } else {
                outcome.firstTokens.append(now - client.arrival)
                if client.isUrgent { outcome.urgentFirstTokens.append(now - client.arrival) }
            }
            outcome.tokenCount += 1
            client.lastToken = now
            clients[handle.requestID] = client
        case .finish(let handle, _, _):
            clients[handle.requestID] = nil
            outcome.answeredCount += 1
            if scenario.userCount > 0 { pending.append(now) }
        case .prompt, .hypotheses, .fail, .cancelled: break
        }
    }

    // MARK: Readers

    private mutating func step(_ index: Int) throws {
        if let end = readers[index].stepEnd {
            guard end <= now else { return }
            readers[index].stepEnd = nil
            try finishStep(index)
            // Its clients' next requests are there before the next step, if they do not think.
            arrive()
        }
        admit(index)
        var frame = readers[index].frame
        guard readers[index].scheduler.planStep(into: &frame) else { return }
        readers[index].frame = frame
        var rowCount = 0
        var attendedCount = 0
        for group in frame.rowGroups {
            let count = group.tokenIDs.count
            rowCount += count
            attendedCount += count * Int(group.startPosition) + count * (count + 1) / 2
        }
        let seconds = cost.seconds(rowCount: rowCount, attendedPositionCount: attendedCount) * slowdown
        outcome.stepCount += 1
        outcome.sequenceStepCount += frame.rowGroups.count
        readers[index].stepEnd = now + seconds
        readers[index].stepSeconds = seconds
    }

    private mutating func finishStep(_ index: Int) throws {
        let frame = readers[index].frame
        var result = StepResult()
        result.stepNumber = frame.stepNumber
        result.groups = frame.rowGroups.map { group in
            var answer = StepResult.Group(slot: group.slot)
            if group.wantsToken { answer.token = 5 }
            return answer
        }
        let actions = try readers[index].scheduler.apply(result)
        readers[index].scheduler.noteStepTime(.seconds(readers[index].stepSeconds))
        for action in actions { perform(action) }
    }

    private mutating func admit(_ index: Int) {
        let reader = readers[index]
        let held = reader.scheduler.sequenceCount
        let free = reader.scheduler.freeSlotCount
        let isStillDeferred =
            reader.isDeferred && reader.heldAtDeferral == held && reader.arrivalsAtDeferral == arrivalNumber
            && reader.askAgain.map { $0 > now } ?? true
        guard free > 0, queue.depth > 0, !isStillDeferred else { return }
        let room = ReaderRoom(
            seat: reader.seat, heldCount: held, freeCount: free, stepTokenCount: limits.prefillChunk,
            pressure: isPressed ? ArrivalScenario.pressure.value : 0, mayWait: true)
        let taken = queue.offer(to: room, at: .seconds(now))
        for sequence in taken.sequences { readers[index].scheduler.admit(sequence) }
        readers[index].isDeferred = taken.sequences.isEmpty
        // A nanosecond later, since a time in seconds is rounded.
        readers[index].askAgain = taken.askAgain.map { max(now, $0 / .seconds(1)) + 1e-9 }
        readers[index].heldAtDeferral = held
        readers[index].arrivalsAtDeferral = arrivalNumber
        reader.seat.freeCount = readers[index].scheduler.freeSlotCount
    }

    private var isPressed: Bool {
        guard let period = scenario.pressurePeriod else { return false }
        return Int(now / period) % 2 == 1
    }

    private var slowdown: Double { isPressed ? ArrivalScenario.pressure.slowdown : 1 }
}
