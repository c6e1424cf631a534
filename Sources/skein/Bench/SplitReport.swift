import Foundation

/// The collected measurements of a split benchmark: table, JSON and chart.
struct SplitReport: Encodable {
    /// One cell at one concurrency.
    struct Entry: Encodable {
        /// The cell's label.
        let layout: String
        /// Ranks of each reader.
        let tensorParallel: Int
        /// Readers.
        let replicas: Int
        /// shm or unix.
        let transport: String
        /// Sequences at once.
        let concurrency: Int
        /// More processes than CPUs: shows that the layout is right, not how fast it can be.
        let isCorrectnessRun: Bool
        /// Prompt tokens by the time from the request to the last sequence's first token.
        var promptTokensPerSecond = Sample()
        /// Decoded tokens of all sequences.
        var tokensPerSecond = Sample()
        var millisecondsPerToken = Sample()
        var collectiveShare = Sample()
        var controllerShare = Sample()
        var serialShare = Sample()
        var processMebibytes = Sample()
        /// Against the 1-way cell of the same round and concurrency.
        var speedup = Sample()
        /// The same of `promptTokensPerSecond`.
        var promptSpeedup = Sample()
        /// Weight bytes a decode step reads x steps per second, as a share of what as many threads as the layout has
        /// read from memory just before; it says something for one sequence only.
        var bandwidthFraction = Sample()
    }

    /// What ran.
    let model: String
    /// Threads of each rank.
    let threadsPerRank: Int
    /// Prompt tokens of each sequence.
    let promptTokens: Int
    /// New tokens of each sequence.
    let newTokens: Int
    /// CPUs this process may use.
    let usableProcessors: Int
    /// Weight bytes read for one decode step.
    let weightByteCount: Int
    /// Single-thread read bandwidth, GB/s, once a round.
    var readBandwidth = Sample()
    /// Read bandwidth of as many threads as there are CPUs, GB/s, once a round: over `readBandwidth` it is the
    /// most that splitting can gain while reading weights is the limit.
    var readBandwidthOfAll = Sample()
    /// In the cells' order.
    var entries: [Entry] = []

    /// Amdahl's bound for `ranks` ranks at the serial share that the 1-way cell showed.
    func amdahlBound(ranks: Int, concurrency: Int) -> Double {
        let oneWay = entries.first {
            $0.tensorParallel == 1 && $0.replicas == 1 && $0.concurrency == concurrency
        }
        let serial = oneWay?.serialShare.median ?? 0
        return 1 / (serial + (1 - serial) / Double(ranks))
    }

    /// The table a person reads.
    var table: String {
        var lines = [
            "\(model), \(threadsPerRank) thread(s) a rank, prompt \(promptTokens), \(newTokens) new tokens, "
                + "\(usableProcessors) CPUs; medians (minimum-maximum)",
            "read bandwidth \(readBandwidth.spread(1)) GB/s with one thread, "
                + "\(readBandwidthOfAll.spread(1)) with \(usableProcessors): reading weights scales by "
                + "\(Self.number(readBandwidthOfAll.median / max(readBandwidth.median, 1e-9), 2)) at most; "
                + "\(weightByteCount >> 20) MiB of weights a step",
            "",
            Self.row([
                "layout", "seqs", "tokens/s", "ms/token", "speed-up", "of bandwidth", "Amdahl", "gathers",
                "controller", "MiB/process", "prompt tokens/s", "speed-up",
            ]),
        ]
        for entry in entries {
            let bound = amdahlBound(ranks: entry.tensorParallel, concurrency: entry.concurrency)
            lines.append(
                Self.row([
                    entry.layout, "\(entry.concurrency)", entry.tokensPerSecond.spread(1),
                    Self.number(entry.millisecondsPerToken.median, 2), entry.speedup.spread(2),
                    entry.concurrency == 1 && entry.replicas == 1
                        ? Self.percent(entry.bandwidthFraction.median) : "",
                    entry.replicas == 1 && entry.tensorParallel > 1 ? Self.number(bound, 2) : "",
                    Self.percent(entry.collectiveShare.median), Self.percent(entry.controllerShare.median),
                    Self.number(entry.processMebibytes.median, 0),
                    Self.number(entry.promptTokensPerSecond.median, 0),
                    entry.promptSpeedup.spread(2),
                ]) + (entry.isCorrectnessRun ? "  correctness run: more processes than CPUs" : ""))
        }
        return lines.joined(separator: "\n")
    }

    /// The chart of tokens per second.
    var chart: BarChart {
        BarChart(
            title: "\(model): tokens per second by layout",
            subtitle: "\(threadsPerRank) thread(s) a rank, \(usableProcessors) CPUs, \(newTokens) new tokens",
            unit: "tokens/s",
            rows: entries.map { entry in
                BarChart.Row(
                    label: "\(entry.layout), \(entry.concurrency) seq", sample: entry.tokensPerSecond,
                    note: entry.isCorrectnessRun
                        ? "(correctness run)" : "(\(Self.number(entry.speedup.median, 2))x)")
            })
    }

    private static func row(_ cells: [String]) -> String {
        cells.joined(widths: [13, 4, 24, 8, 18, 12, 6, 7, 10, 11, 15, 18])
    }

    private static func number(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static func percent(_ value: Double) -> String { number(value * 100, 1) + "%" }
}

extension SplitReport.Entry {
    /// Worker processes of the layout.
    var processCount: Int { tensorParallel * replicas }
}
