import CoreMetrics
import Synchronization

/// One series: a counter, a gauge or a histogram with one set of labels.
///
/// A class because swift-metrics hands out references. The mutex guards the reading.
final class MetricSeries: Sendable {
    /// What a scrape sees.
    enum Reading: Equatable, Sendable {
        case number(Double)
        case histogram(Histogram)
    }

    /// Counts per bucket, not yet cumulative; the last is what exceeds every bound.
    struct Histogram: Equatable, Sendable {
        /// Upper bounds, inclusive, in seconds for timers: from a fast token to a long answer.
        static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

        var counts = [Int](repeating: 0, count: Self.bounds.count + 1)
        var sum = 0.0

        mutating func record(_ value: Double) {
            let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
            counts[bucket] += 1
            sum += value
        }
    }

    /// What the series prints as.
    let kind: MetricsRegistry.Kind
    /// Its family's name.
    let family: String
    /// Its labels as printed.
    let labels: String
    private let state: Mutex<Reading>

    /// A series at zero.
    init(kind: MetricsRegistry.Kind, family: String, labels: String) {
        self.kind = kind
        self.family = family
        self.labels = labels
        state = Mutex(kind == .histogram ? .histogram(Histogram()) : .number(0))
    }

    /// What a scrape sees now.
    var reading: Reading { state.withLock { $0 } }

    private func add(_ amount: Double) {
        state.withLock { reading in
            if case .number(let value) = reading { reading = .number(value + amount) }
        }
    }

    private func observe(_ value: Double) {
        state.withLock { reading in
            switch reading {
            case .number: reading = .number(value)
            case .histogram(var histogram):
                histogram.record(value)
                reading = .histogram(histogram)
            }
        }
    }
}

extension MetricSeries: CounterHandler {
    /// Adds; a counter never shrinks, so a negative amount is left out.
    func increment(by amount: Int64) { add(Double(max(0, amount))) }
    /// Back to zero, as after a restart of the process.
    func reset() { state.withLock { $0 = .number(0) } }
}

extension MetricSeries: MeterHandler, RecorderHandler {
    /// Replaces the number.
    func set(_ value: Int64) { observe(Double(value)) }
    /// Replaces the number.
    func set(_ value: Double) { observe(value) }
    /// Adds to the number.
    func increment(by amount: Double) { add(amount) }
    /// Subtracts from the number.
    func decrement(by amount: Double) { add(-amount) }
    /// Replaces a gauge's number; goes into a histogram's bucket.
    func record(_ value: Int64) { observe(Double(value)) }
    /// Replaces a gauge's number; goes into a histogram's bucket.
    func record(_ value: Double) { observe(value) }
}

extension MetricSeries: TimerHandler {
    /// Goes into the bucket of that many seconds.
    func recordNanoseconds(_ duration: Int64) { observe(Double(duration) / 1e9) }
}
