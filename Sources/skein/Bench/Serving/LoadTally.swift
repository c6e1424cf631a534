import Foundation
import Histogram

/// What became of one request.
struct LoadOutcome: Sendable {
    /// When its last byte came, or when it failed.
    var end = ContinuousClock.now
    /// New tokens, as far as they are counted.
    var tokenCount = 0
    /// When the first event of a stream came.
    var firstEvent: ContinuousClock.Instant?
    /// Times between a stream's events.
    var gaps: [Duration] = []
    /// The kind of failure; nil for an answer.
    var failure: String?

    /// A request without a whole answer.
    static func failed(_ kind: String) -> LoadOutcome {
        var outcome = LoadOutcome()
        outcome.failure = kind
        return outcome
    }
}

/// The counted requests of a run: numbers and histograms, no single values.
struct LoadTally: Sendable {
    /// Kinds of failure that are told apart; more are counted as `other`.
    static let failureKindCountMax = 32

    /// Answers.
    private(set) var answerCount = 0
    /// New tokens of all answers.
    private(set) var tokenCount = 0
    /// Failures by kind.
    private(set) var failures: [String: Int] = [:]
    /// From the moment a request was due to its last byte.
    private(set) var latency = LatencyHistogram()
    /// From the moment a request was due to its first event.
    private(set) var timeToFirstToken = LatencyHistogram()
    /// Between the events of a stream.
    private(set) var interTokenTime = LatencyHistogram()

    /// Counts a request that was due at `due`.
    mutating func add(_ outcome: LoadOutcome, due: ContinuousClock.Instant) {
        if let failure = outcome.failure {
            let isKnown = failures[failure] != nil || failures.count < Self.failureKindCountMax
            failures[isKnown ? failure : "other", default: 0] += 1
            return
        }
        answerCount += 1
        tokenCount += outcome.tokenCount
        latency.record(due.duration(to: outcome.end))
        guard let first = outcome.firstEvent else { return }
        timeToFirstToken.record(due.duration(to: first))
        for gap in outcome.gaps { interTokenTime.record(gap) }
    }
}

/// Durations from a microsecond to an hour, kept to three digits.
struct LatencyHistogram: Sendable {
    private static let microsecondsMax: UInt64 = 3_600_000_000
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: microsecondsMax, numberOfSignificantValueDigits: .three)

    /// Adds one duration; a longer one than an hour counts as an hour.
    mutating func record(_ duration: Duration) {
        let microseconds = UInt64(clamping: Int64(duration / .microseconds(1)))
        histogram.record(min(max(microseconds, 1), Self.microsecondsMax))
    }

    /// Percentiles as they are printed; nil if nothing was recorded.
    var summary: DurationSummary? {
        guard histogram.totalCount > 0 else { return nil }
        func milliseconds(_ percentile: Double) -> Double {
            Double(histogram.valueAtPercentile(percentile)) / 1000
        }
        return DurationSummary(
            count: Int(histogram.totalCount), mean: histogram.mean / 1000, p50: milliseconds(50),
            p90: milliseconds(90), p99: milliseconds(99), p999: milliseconds(99.9),
            maximum: Double(histogram.max) / 1000)
    }
}

/// Percentiles of a duration, in milliseconds.
struct DurationSummary: Encodable, Equatable {
    let count: Int
    let mean: Double
    let p50: Double
    let p90: Double
    let p99: Double
    let p999: Double
    let maximum: Double
}
