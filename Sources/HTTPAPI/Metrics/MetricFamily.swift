/// One family of metrics as its readers know it: what `/metrics` prints above it and docs/METRICS.md lists.
package struct MetricFamily: Equatable, Sendable {
    /// What its series are.
    package enum Kind: String, Sendable {
        /// A number that only grows.
        case counter
        /// A number that goes up and down.
        case gauge
        /// Counts of values by size, their number and their sum.
        case histogram
        /// Number and sum of values.
        case summary
    }

    /// Its name, as printed.
    package let name: String
    /// What its series are.
    package let kind: Kind
    /// The names of its labels, those that every series has; `le` of histograms left out.
    package let labels: [String]
    /// One sentence.
    package let help: String
    /// A histogram's inclusive upper bounds, ascending, +Inf left out; empty for other kinds.
    package let bounds: [Double]

    /// A family without buckets.
    init(_ name: String, _ kind: Kind, _ labels: [String], _ help: String) {
        precondition(kind != .histogram, "\(name) is a histogram without bounds")
        self.init(name, kind, labels, help, bounds: [])
    }

    /// A histogram.
    init(histogram name: String, _ labels: [String], _ help: String, _ buckets: Buckets) {
        self.init(name, .histogram, labels, help, bounds: buckets.bounds)
    }

    private init(_ name: String, _ kind: Kind, _ labels: [String], _ help: String, bounds: [Double]) {
        precondition(bounds.count <= MetricSeries.boundCountMax, "\(name) has \(bounds.count) bounds")
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
        self.bounds = bounds
    }

    /// The names of its samples.
    package var sampleNames: [String] {
        switch kind {
        case .counter, .gauge: [name]
        case .histogram: [name + "_bucket", name + "_sum", name + "_count"]
        case .summary: [name + "_sum", name + "_count"]
        }
    }

    /// The fixed buckets there are.
    enum Buckets: Sendable {
        /// Seconds of an answer: from a fast token to a long text.
        case answerSeconds
        /// Seconds of a token or a step.
        case stepSeconds
        /// How many tokens, rows or sequences.
        case counts

        var bounds: [Double] {
            switch self {
            case .answerSeconds:
                [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
            case .stepSeconds:
                [
                    0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.15, 0.25,
                    0.5, 1, 2.5, 5, 10,
                ]
            case .counts:
                (0...14).map { Double(1 << $0) }
            }
        }
    }
}
