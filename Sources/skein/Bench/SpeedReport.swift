import Foundation

/// The collected measurements of a speed benchmark: table, JSON and chart.
struct SpeedReport: Encodable, Sendable {
    /// One format at one concurrency.
    struct Entry: Encodable, Sendable {
        /// Weight format.
        let quantType: String
        /// KV cache format.
        let kvCacheType: String
        /// Sequences at once.
        let concurrency: Int
        /// Weight bytes of one step.
        let weightByteCount: Int
        /// Bytes of keys and values that a step reads, half of the new tokens being there.
        let keyValueByteCount: Int
        /// Weights that one token is multiplied with.
        let multiplyCount: Int
        /// Decoded tokens of all sequences.
        var tokensPerSecond = Sample()
        /// Bytes of weights, keys and values a second while decoding, as a share of what was read just before.
        var bandwidthFraction = Sample()
        /// Prompt tokens of all sequences, over the time to the last one's first token.
        var promptTokensPerSecond = Sample()
        /// Operations a second in prompts, as a share of the peak measured just before.
        var peakFraction = Sample()

        /// Adds one round's measurement.
        mutating func add(_ speed: GenerationLoad.Speed, _ limits: MachineLimits) {
            promptTokensPerSecond.add(speed.promptTokensPerSecond)
            let peak = quantType == "f32" || quantType == "bf16" ? limits.floatPeak : limits.codePeak
            peakFraction.add(speed.promptTokensPerSecond * 2 * Double(multiplyCount) / peak)
            guard let rate = speed.tokensPerSecond else { return }
            tokensPerSecond.add(rate)
            bandwidthFraction.add(rate / Double(concurrency) * Double(byteCount) / limits.bandwidth)
        }

        /// Bytes that one step reads.
        var byteCount: Int { weightByteCount + keyValueByteCount }
    }

    /// The machine's limits, in GB/s and G operations a second.
    struct Limits: Encodable, Sendable {
        var readBandwidth = Sample()
        var floatPeak = Sample()
        var codePeak = Sample()

        /// Adds one measurement.
        mutating func add(_ limits: MachineLimits) {
            readBandwidth.add(limits.bandwidth * 1e-9)
            floatPeak.add(limits.floatPeak * 1e-9)
            codePeak.add(limits.codePeak * 1e-9)
        }
    }

    /// What ran.
    let model: String
    let ranks: Int
    let threadsPerRank: Int
    /// Prompt tokens of each sequence.
    let promptTokens: Int
    /// New tokens of each sequence.
    let newTokens: Int
    /// Measured beside the cells.
    var limits = Limits()
    /// In the order of formats and concurrencies.
    var entries: [Entry]

    /// The table a person reads.
    var table: String {
        var lines = [
            "\(model), \(ranks) rank(s) of \(threadsPerRank) thread(s), prompt \(promptTokens), "
                + "\(newTokens) new tokens; medians (minimum-maximum)",
            "limits: reading \(limits.readBandwidth.spread(1)) GB/s, f32 \(limits.floatPeak.spread(0)) GFLOP/s, "
                + "8-bit codes \(limits.codePeak.spread(0)) GOP/s", "",
            SpeedReport.row([
                "format", "KV", "seqs", "MiB a step", "tokens/s", "of bandwidth", "prompt tokens/s",
                "of peak",
            ]),
        ]
        for entry in entries {
            lines.append(
                SpeedReport.row([
                    entry.quantType, entry.kvCacheType, "\(entry.concurrency)", "\(entry.byteCount >> 20)",
                    entry.tokensPerSecond.values.isEmpty ? "-" : entry.tokensPerSecond.spread(1),
                    entry.concurrency == 1 && !entry.tokensPerSecond.values.isEmpty
                        ? String(format: "%.0f%%", entry.bandwidthFraction.median * 100) : "-",
                    entry.promptTokensPerSecond.spread(0),
                    String(format: "%.0f%%", entry.peakFraction.median * 100),
                ]))
        }
        return lines.joined(separator: "\n")
    }

    /// The chart of tokens per second.
    var chart: BarChart {
        BarChart(
            title: "\(model): tokens per second by weight format",
            subtitle: "\(ranks) rank(s) of \(threadsPerRank) thread(s), \(newTokens) new tokens",
            unit: "tokens/s",
            rows: entries.map { entry in
                let isPrompt = entry.tokensPerSecond.values.isEmpty
                return BarChart.Row(
                    label: "\(entry.quantType), KV \(entry.kvCacheType), \(entry.concurrency) seq",
                    sample: isPrompt ? entry.promptTokensPerSecond : entry.tokensPerSecond,
                    note: String(
                        format: "(%.0f%%)",
                        100 * (isPrompt ? entry.peakFraction : entry.bandwidthFraction).median))
            })
    }

    private static func row(_ cells: [String]) -> String {
        cells.joined(widths: [14, 5, 4, 10, 22, 12, 22, 7])
    }
}
