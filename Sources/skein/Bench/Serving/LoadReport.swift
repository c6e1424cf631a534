import Foundation

/// What one load measured: table and JSON.
struct LoadReport: Encodable {
    /// Where requests were posted.
    let url: String
    /// Such as `closed loop, 40 connections`.
    let load: String
    /// Seconds that were counted.
    let seconds: Double
    /// Answers that were counted.
    let answers: Int
    /// Failures by kind.
    let failures: [String: Int]
    let requestsPerSecond: Double
    let tokensPerSecond: Double
    /// Milliseconds; in an open loop from the moment a request was due.
    let latency: DurationSummary?
    let timeToFirstToken: DurationSummary?
    let interTokenTime: DurationSummary?
    /// Processor time of the server's processes for one answer, in seconds.
    let serverProcessorSecondsPerRequest: Double?
    /// Processors that the server kept busy on average.
    let serverProcessors: Double?
    /// Processor time of this process for one answer, in seconds.
    let generatorProcessorSecondsPerRequest: Double?
    /// Proportional set size of the server's processes: at the start, then as sampled, then at the end.
    let serverByteCounts: [Int]

    /// A report on what a meter has read.
    init(url: String, load: String, _ reading: LoadMeter.Reading) {
        let tally = reading.tally
        self.url = url
        self.load = load
        seconds = reading.seconds
        answers = tally.answerCount
        failures = tally.failures
        requestsPerSecond = Double(tally.answerCount) / reading.seconds
        tokensPerSecond = Double(tally.tokenCount) / reading.seconds
        latency = tally.latency.summary
        timeToFirstToken = tally.timeToFirstToken.summary
        interTokenTime = tally.interTokenTime.summary
        let count = tally.answerCount > 0 ? Double(tally.answerCount) : nil
        serverProcessorSecondsPerRequest = count.flatMap { count in
            reading.serverProcessorSeconds.map { $0 / count }
        }
        serverProcessors = reading.serverProcessorSeconds.map { $0 / reading.seconds }
        generatorProcessorSecondsPerRequest = count.map { reading.ownProcessorSeconds / $0 }
        serverByteCounts = reading.serverByteCounts
    }

    /// The table a person reads.
    var table: String {
        var lines = [
            "\(url), \(load), \(Self.number(seconds, 1)) s counted",
            "\(answers) answers, \(Self.number(requestsPerSecond, 1)) requests/s, "
                + "\(Self.number(tokensPerSecond, 1)) tokens/s",
            "",
            ["milliseconds", "p50", "p90", "p99", "p99.9", "max", "mean"].joined(widths: Self.widths),
        ]
        let rows = [
            ("latency", latency), ("first token", timeToFirstToken), ("between tokens", interTokenTime),
        ]
        for (name, summary) in rows {
            guard let summary else { continue }
            let values = [
                summary.p50, summary.p90, summary.p99, summary.p999, summary.maximum, summary.mean,
            ]
            lines.append(([name] + values.map { Self.number($0, 2) }).joined(widths: Self.widths))
        }
        lines.append("")
        if let perRequest = serverProcessorSecondsPerRequest, let serverProcessors {
            lines.append(
                "server: \(Self.number(perRequest * 1e6, 1)) us of processor time a request, "
                    + "\(Self.number(serverProcessors, 2)) processors busy"
                    + (serverByteCounts.last.map { ", \($0 >> 20) MiB" } ?? ""))
        }
        if let perRequest = generatorProcessorSecondsPerRequest {
            lines.append(
                "load generator: \(Self.number(perRequest * 1e6, 1)) us of processor time a request")
        }
        for (kind, count) in failures.sorted(by: { $0.key < $1.key }) {
            lines.append("failed: \(count) x \(kind)")
        }
        return lines.joined(separator: "\n")
    }

    private static let widths = [14, 9, 9, 9, 9, 9, 9]

    private static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }
}
