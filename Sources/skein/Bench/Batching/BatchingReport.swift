import Foundation

/// Every policy under every scenario and load: table and JSON.
struct BatchingReport: Encodable {
    /// One policy under one scenario at one load.
    struct Entry: Encodable {
        let scenario: String
        /// Percent of what continuous batching can do; 0 where clients wait for their answers.
        let loadPercent: Int
        /// How many times as fast as written down the scenario ran; 0 where clients wait for their answers.
        let speed: Double
        let policy: String
        let requestsPerSecond: Double
        let tokensPerSecond: Double
        /// Sequences of a step.
        let meanBatch: Double
        /// Milliseconds from arrival to first token.
        let firstToken: LatencySummary
        /// The same of urgent requests.
        let urgentFirstToken: LatencySummary
        /// Milliseconds from one token to the next.
        let perToken: LatencySummary
        let refused: Int

        init(_ outcome: BatchingOutcome, scenario: String, loadPercent: Int, speed: Double, policy: String) {
            self.scenario = scenario
            self.loadPercent = loadPercent
            self.speed = speed
            self.policy = policy
            requestsPerSecond = Double(outcome.answeredCount) / max(outcome.seconds, .leastNormalMagnitude)
            tokensPerSecond = Double(outcome.tokenCount) / max(outcome.seconds, .leastNormalMagnitude)
            meanBatch = Double(outcome.sequenceStepCount) / Double(max(1, outcome.stepCount))
            firstToken = LatencySummary(outcome.firstTokens)
            urgentFirstToken = LatencySummary(outcome.urgentFirstTokens)
            perToken = LatencySummary(outcome.tokenGaps)
            refused = outcome.refusedCount
        }
    }

    /// What the simulated steps take.
    let cost: StepCost
    let readers: Int
    let maxBatchSize: Int
    let prefillChunk: Int
    let requests: Int
    var entries: [Entry] = []
    /// Scenarios in order, with what they are.
    let scenarios: [String: String]

    /// The tables a person reads.
    var table: String {
        let points = cost.points.map { "\($0.rowCount): " + String(format: "%.2f", $0.seconds * 1000) }
        var lines = [
            "\(cost.model), \(readers) reader(s) of \(maxBatchSize) sequences, prefill_chunk \(prefillChunk), "
                + "\(requests) requests a scenario",
            "milliseconds of a step by rows: " + points.joined(separator: ", ")
                + String(
                    format: "; and %.2f for a row that attends to 100,000 positions",
                    cost.secondsPerAttendedPosition * 1e8),
        ]
        var heading = ""
        for entry in entries {
            let title = Self.title(of: entry)
            if title != heading {
                heading = title
                lines += ["", "\(title): \(scenarios[entry.scenario] ?? "")", Self.header]
            }
            lines.append(Self.line(entry))
        }
        return lines.joined(separator: "\n")
    }

    /// A scenario at its load.
    static func title(of entry: Entry) -> String {
        guard entry.loadPercent > 0 else { return entry.scenario }
        return "\(entry.scenario), load \(entry.loadPercent)%"
    }

    private static let widths = [11, 7, 8, 6, 22, 20, 12, 8]
    private static let header = [
        "policy", "req/s", "tokens/s", "batch", "first token p50/90/99", "per token p50/90/99", "urgent p99",
        "refused",
    ].joined(widths: widths)

    private static func line(_ entry: Entry) -> String {
        func times(_ latency: LatencySummary) -> String {
            [latency.p50, latency.p90, latency.p99].map { String(format: "%.0f", $0) }.joined(separator: "/")
        }
        return [
            entry.policy, String(format: "%.2f", entry.requestsPerSecond),
            String(format: "%.0f", entry.tokensPerSecond), String(format: "%.1f", entry.meanBatch),
            times(entry.firstToken), times(entry.perToken),
            String(format: "%.0f", entry.urgentFirstToken.p99),
            "\(entry.refused)",
        ].joined(widths: widths)
    }
}
