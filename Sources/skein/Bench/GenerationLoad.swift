import Controller
import Serving
import WorkerMessages

/// Sequences of fixed length, decoded together: what benchmarks measure.
struct GenerationLoad: Sendable {
    /// Prompt tokens of each sequence.
    let promptTokenCount: Int
    /// New tokens of each sequence.
    let newTokenCount: Int

    /// How fast some sequences went.
    struct Speed: Sendable {
        /// Prompt tokens of all sequences together, over the time until all have their first token.
        var promptTokensPerSecond = 0.0
        /// Tokens of all sequences together, over the time when all were decoding; nil if there is no such time.
        var tokensPerSecond: Double?
    }

    /// Decodes `concurrency` sequences together.
    func run(_ fleet: Fleet, concurrency: Int) async throws -> Speed {
        guard let group = await fleet.snapshot().groups.first,
            let served = fleet.servedGroup(named: group.name)
        else { throw CommandFailure("no reader serves", exitCode: 1) }
        let requests = (0..<concurrency).map { request(number: $0, served.summary) }
        let submission = ContinuousClock.now
        let streams = try served.submit(requests)
        let times = try await withThrowingTaskGroup(of: [ContinuousClock.Instant].self) { tasks in
            // A task a stream: they end in any order, and all before this returns.
            for stream in streams { tasks.addTask { try await Self.tokenTimes(stream) } }
            var times: [[ContinuousClock.Instant]] = []
            for try await value in tasks { times.append(value) }
            return times
        }
        var speed = Speed()
        guard let start = times.compactMap(\.first).max(), let end = times.compactMap(\.last).min() else {
            return speed
        }
        speed.promptTokensPerSecond = Double(concurrency * promptTokenCount) / (start - submission).inSeconds
        if start < end {
            speed.tokensPerSecond =
                Double(times.joined().count { $0 > start && $0 <= end }) / (end - start).inSeconds
        }
        return speed
    }

    private static func tokenTimes(_ stream: TokenStream) async throws -> [ContinuousClock.Instant] {
        var times: [ContinuousClock.Instant] = []
        for await event in stream {
            switch event {
            case .token: times.append(.now)
            case .prompt, .hypotheses: break
            case .finished: return times
            case .failed(let error): throw error
            }
        }
        return times
    }

    private func request(number: Int, _ summary: ModelSummary) -> GenerationRequest {
        let prompt = (0..<promptTokenCount).map {
            Int32((number * 7919 + $0 * 104_729 + 1) % summary.vocabularyCount)
        }
        return GenerationRequest(
            id: RequestID(UInt64(number)), promptIDs: prompt,
            parameters: GenerationParameters(
                sampling: SamplingParameters(), seed: 0, maxNewTokenCount: newTokenCount,
                ignoresEndOfText: true, endOfTextIDs: summary.endOfTextIDs, topLogProbabilityCount: 0),
            priority: 0, choiceIndex: 0)
    }
}
