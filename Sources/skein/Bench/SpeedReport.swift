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
        /// Weights that one prompt token is multiplied with: all but the output head's, which the last one meets alone.
        let multiplyCount: Int
        /// Decoded tokens of all sequences; prompt tokens where nothing is decoded.
        var tokensPerSecond = Sample()
        /// Bytes of weights, keys and values a second while decoding, as a share of what was read just before.
        var bandwidthFraction = Sample()
        /// Prompt tokens of all sequences, over the time to the last one's first token.
        var promptTokensPerSecond = Sample()
        /// Operations a second in prompts, as a share of the peak measured just before.
        var peakFraction = Sample()

        /// Whether anything was decoded.
        var isDecoding: Bool { !bandwidthFraction.values.isEmpty }

        /// Adds one round's measurement.
        mutating func add(_ speed: GenerationLoad.Speed, _ limits: MachineLimits) {
            promptTokensPerSecond.add(speed.promptTokensPerSecond)
            let operations = speed.promptTokensPerSecond * 2 * Double(multiplyCount)
            peakFraction.add(operations / limits.peak(of: quantType))
            tokensPerSecond.add(speed.tokensPerSecond ?? speed.promptTokensPerSecond)
            guard let rate = speed.tokensPerSecond else { return }
            bandwidthFraction.add(rate / Double(concurrency) * Double(byteCount) / limits.bandwidth)
        }

        /// Bytes that one step reads.
        var byteCount: Int { weightByteCount + keyValueByteCount }
    }

    /// The machine's limits, in GB/s and G operations a second.
    struct Limits: Encodable, Sendable {
        var readBandwidth = Sample()
        var floatPeak = Sample()
        var bytePeak = Sample()
        var halfBytePeak = Sample()

        /// What limits a prompt in a weight format.
        func peak(of quantType: String) -> Sample {
            if MachineLimits.isFloat(quantType) { return floatPeak }
            return MachineLimits.hasHalfBytes(quantType) ? halfBytePeak : bytePeak
        }

        /// Adds one measurement.
        mutating func add(_ limits: MachineLimits) {
            readBandwidth.add(limits.bandwidth * 1e-9)
            floatPeak.add(limits.floatPeak * 1e-9)
            bytePeak.add(limits.bytePeak * 1e-9)
            halfBytePeak.add(limits.halfBytePeak * 1e-9)
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
                + "8-bit codes \(limits.bytePeak.spread(0)) GOP/s, 4-bit codes \(limits.halfBytePeak.spread(0)) GOP/s",
            "",
            SpeedReport.row([
                "format", "KV", "seqs", "MiB a step", "tokens/s", "of bandwidth", "prompt tokens/s",
                "of peak",
            ]),
        ]
        for entry in entries {
            lines.append(
                SpeedReport.row([
                    entry.quantType, entry.kvCacheType, "\(entry.concurrency)", "\(entry.byteCount >> 20)",
                    entry.isDecoding ? entry.tokensPerSecond.spread(1) : "-",
                    entry.concurrency == 1 && entry.isDecoding
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
                let share = entry.isDecoding ? entry.bandwidthFraction : entry.peakFraction
                return BarChart.Row(
                    label: "\(entry.quantType), KV \(entry.kvCacheType), \(entry.concurrency) seq",
                    sample: entry.tokensPerSecond,
                    note: String(format: "(%.0f%%)", 100 * share.median))
            })
    }

    private static func row(_ cells: [String]) -> String {
        cells.joined(widths: [14, 5, 4, 10, 22, 12, 22, 7])
    }
}
