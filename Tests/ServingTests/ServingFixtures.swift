import Serving
import Testing
import WorkerMessages

/// A small random number generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that does so `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Parameters of a greedy request; 99 ends the text.
func parameters(
    maxNewTokens: Int = 4, seed: UInt64? = nil, ignoresEndOfText: Bool = false,
    topLogProbabilityCount: Int = 0
) -> GenerationParameters {
    GenerationParameters(
        sampling: SamplingParameters(), seed: seed, maxNewTokenCount: maxNewTokens,
        ignoresEndOfText: ignoresEndOfText, endOfTextIDs: [99], topLogProbabilityCount: topLogProbabilityCount
    )
}

/// A request with a prompt of `promptCount` tokens: its id, 2, 3, …, so that no two begin alike.
func request(
    _ id: UInt64, promptCount: Int = 3, priority: Int = 5, _ parameters: GenerationParameters = parameters()
) -> GenerationRequest {
    GenerationRequest(
        id: RequestID(id),
        promptIDs: (0..<Int32(promptCount)).map { $0 == 0 ? Int32(truncatingIfNeeded: id) : $0 + 1 },
        parameters: parameters, priority: priority, choiceIndex: 0)
}

/// A sequence with this prompt and its stream.
func sequence(
    _ id: UInt64, _ promptIDs: [Int32], newTokens: Int = 1, maxSequenceLength: Int = 256
) -> (QueuedSequence, TokenStream) {
    var request = request(id, parameters(maxNewTokens: newTokens))
    request.promptIDs = promptIDs
    return QueuedSequence.make(request: request, seed: 7, maxSequenceLength: maxSequenceLength)
}

/// Computes everything that the scheduler holds; every token drawn is 5.
func finish(_ scheduler: inout Scheduler, _ frame: inout StepFrame) throws {
    while scheduler.planStep(into: &frame) { _ = try scheduler.apply(answer(frame, token: 5)) }
}

/// A sequence and its stream, as a group with room for 64 tokens makes them.
func sequence(
    _ id: UInt64, promptCount: Int = 3, priority: Int = 5, maxSequenceLength: Int = 64,
    _ parameters: GenerationParameters = parameters()
) -> (sequence: QueuedSequence, stream: TokenStream) {
    QueuedSequence.make(
        request: request(id, promptCount: promptCount, priority: priority, parameters), seed: 7,
        maxSequenceLength: maxSequenceLength)
}

/// The answer of workers that draw `token` for every row group that wants one.
func answer(_ frame: StepFrame, token: Int32) -> StepResult {
    var result = StepResult()
    result.stepNumber = frame.stepNumber
    result.groups = frame.rowGroups.map { group in
        var answer = StepResult.Group(slot: group.slot)
        if group.wantsToken { answer.token = token }
        return answer
    }
    return result
}

/// All that a stream still has to say.
func events(of stream: TokenStream) async -> [TokenEvent] {
    var events: [TokenEvent] = []
    for await event in stream { events.append(event) }
    return events
}

extension TokenEvent {
    /// A token without log-probability.
    static func token(_ id: Int32) -> TokenEvent { .token(id: id, logProbability: nil) }
}

/// Settings with small numbers.
func settings(
    maxQueue: Int = 4, maxQueueTokens: Int = 1000, batching: any BatchingPolicy = ContinuousBatching()
) -> ConsumerGroupSettings {
    ConsumerGroupSettings(
        maxQueue: maxQueue, maxQueueTokens: maxQueueTokens, batching: batching, defaultPriority: 5,
        queueTimeout: .seconds(60), agingInterval: .seconds(5), affinityWait: .milliseconds(50),
        retryAfter: .seconds(1)...Duration.seconds(60))
}

/// The room of a reader that could take 128 prompt tokens in a step.
func room(
    _ reader: String = "a", held: Int = 0, free: Int = 16, pressure: Double = 0, mayWait: Bool = true
) -> ReaderRoom {
    ReaderRoom(
        seat: ReaderSeat(readerID: reader), heldCount: held, freeCount: free, stepTokenCount: 128,
        pressure: pressure, mayWait: mayWait)
}

/// Plans a step that must exist.
func expectStep(
    _ scheduler: inout Scheduler, _ frame: inout StepFrame, sourceLocation: SourceLocation = #_sourceLocation
) {
    let hasStep = scheduler.planStep(into: &frame)
    #expect(hasStep, sourceLocation: sourceLocation)
}
