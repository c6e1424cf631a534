import CoreMetrics
import Synchronization

/// One series: a counter, a gauge or a histogram with one set of labels.
///
/// A class because swift-metrics hands out references. All its numbers are atomic, so recording neither waits
/// nor allocates; a reading that coincides with a recording may have a histogram's value in its bucket and
/// not yet in its sum.
final class MetricSeries: Sendable {
    /// Bounds a histogram may have.
    static let boundCountMax = 23

    /// What a scrape sees.
    enum Reading: Equatable, Sendable {
        case number(Double)
        case histogram(Histogram)
        case summary(count: Int, sum: Double)
    }

    /// Counts per bucket, not yet cumulative; the last is what exceeds every bound.
    struct Histogram: Equatable, Sendable {
        /// Inclusive upper bounds, ascending.
        var bounds: [Double]
        var counts: [Int]
        var sum: Double
    }

    /// Its family.
    let family: MetricFamily
    /// Its labels as printed.
    let labels: String
    /// The number, or a histogram's sum, as the bits of a Double.
    private let bits = Atomic<UInt64>(0)
    private let counts: InlineArray<24, Atomic<Int>> = InlineArray { _ in Atomic(0) }

    /// A series at zero.
    init(family: MetricFamily, labels: String) {
        self.family = family
        self.labels = labels
    }

    /// What a scrape sees now.
    var reading: Reading {
        let number = Double(bitPattern: bits.load(ordering: .relaxed))
        switch family.kind {
        case .counter, .gauge: return .number(number)
        case .histogram:
            let counts = (0...family.bounds.count).map { self.counts[$0].load(ordering: .relaxed) }
            return .histogram(Histogram(bounds: family.bounds, counts: counts, sum: number))
        case .summary: return .summary(count: counts[0].load(ordering: .relaxed), sum: number)
        }
    }

    private func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let outcome = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if outcome.exchanged { return }
            old = outcome.original
        }
    }

    private func observe(_ value: Double) {
        switch family.kind {
        case .counter: break
        case .gauge: bits.store(value.bitPattern, ordering: .relaxed)
        case .histogram:
            let bounds = family.bounds
            var bucket = 0
            while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
            counts[bucket].add(1, ordering: .relaxed)
            add(value)
        case .summary:
            counts[0].add(1, ordering: .relaxed)
            add(value)
        }
    }
}

extension MetricSeries: CounterHandler {
    /// Adds; a counter never shrinks, so a negative amount is left out.
    func increment(by amount: Int64) { add(Double(max(0, amount))) }
    /// Back to zero, as after a restart of the process.
    func reset() { bits.store(0, ordering: .relaxed) }
}

extension MetricSeries: MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    /// Replaces the number.
    func set(_ value: Int64) { observe(Double(value)) }
    /// Replaces the number.
    func set(_ value: Double) { observe(value) }
    /// Adds to the number; a counter never shrinks.
    func increment(by amount: Double) { add(family.kind == .counter ? max(0, amount) : amount) }
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
