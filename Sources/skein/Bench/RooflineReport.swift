/// The machine's limits by threads, next to what a model reaches of them: table, JSON and chart.
struct RooflineReport: Encodable, Sendable {
    /// One report for each number of threads, ascending.
    var points: [SpeedReport]

    /// The table a person reads; gigabytes and operations are what the limits allow, shares what was reached.
    var table: String {
        let titles = [
            "threads", "format", "reading GB/s", "decode", "of it", "peak GOP/s", "prompt", "of it",
        ]
        var lines = [RooflineReport.row(titles)]
        for point in points {
            for entry in point.entries {
                lines.append(
                    RooflineReport.row([
                        "\(point.threadsPerRank * point.ranks)", entry.quantType,
                        point.limits.readBandwidth.spread(1), entry.tokensPerSecond.spread(1),
                        RooflineReport.percent(entry.bandwidthFraction),
                        point.limits.peak(of: entry.quantType).spread(0),
                        entry.promptTokensPerSecond.spread(0),
                        RooflineReport.percent(entry.peakFraction),
                    ]))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The chart of the shares.
    var chart: BarChart {
        BarChart(
            title: "\(points.first?.model ?? ""): shares of the machine's limits",
            subtitle: "decode of the read bandwidth, prompts of the arithmetic peak",
            unit: "percent",
            rows: points.flatMap { point in
                point.entries.flatMap { entry in
                    [("decode", entry.bandwidthFraction), ("prompt", entry.peakFraction)].map { name, share in
                        BarChart.Row(
                            label:
                                "\(entry.quantType), \(point.threadsPerRank * point.ranks) threads, \(name)",
                            sample: share.scaled(by: 100), note: "%")
                    }
                }
            })
    }

    private static func percent(_ share: Sample) -> String { share.scaled(by: 100).spread(0) + "%" }

    private static func row(_ cells: [String]) -> String {
        cells.joined(widths: [7, 14, 18, 18, 14, 18, 18, 14])
    }
}
