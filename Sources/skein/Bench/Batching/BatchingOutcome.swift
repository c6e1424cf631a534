/// What became of a scenario's requests under one policy.
struct BatchingOutcome {
    /// From the first arrival to the last token.
    var seconds = 0.0
    /// Requests answered.
    var answeredCount = 0
    /// Requests that found the queue full.
    var refusedCount = 0
    /// Requests whose lengths did not fit the model.
    var cutCount = 0
    /// Tokens drawn.
    var tokenCount = 0
    /// Steps.
    var stepCount = 0
    /// Sequences of all steps.
    var sequenceStepCount = 0
    /// From arrival to first token, each request's.
    var firstTokens: [Double] = []
    /// The same of urgent requests.
    var urgentFirstTokens: [Double] = []
    /// From one token to the next, all requests'.
    var tokenGaps: [Double] = []
}

/// The middle and the tail of many times, in milliseconds.
struct LatencySummary: Encodable, Sendable {
    let p50: Double
    let p90: Double
    let p99: Double

    /// Of times in seconds; zero of none.
    init(_ seconds: [Double]) {
        let sorted = seconds.sorted()
        func quantile(_ share: Double) -> Double {
            guard !sorted.isEmpty else { return 0 }
            let rank = Int((share * Double(sorted.count)).rounded(.up))
            return 1000 * sorted[min(max(rank, 1), sorted.count) - 1]
        }
        p50 = quantile(0.5)
        p90 = quantile(0.9)
        p99 = quantile(0.99)
    }
}
