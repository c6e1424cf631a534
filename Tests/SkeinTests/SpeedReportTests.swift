import Foundation
import Testing

@testable import skein

/// What speed benchmarks make of their measurements.
@Suite("Speed reports")
struct SpeedReportTests {
    private static let limits = MachineLimits(
        bandwidth: 10e9, floatPeak: 100e9, bytePeak: 200e9, halfBytePeak: 400e9)

    private static func report(_ quantType: String, _ speed: GenerationLoad.Speed) -> SpeedReport {
        var report = SpeedReport(
            model: "tiny", ranks: 1, threadsPerRank: 2, promptTokens: 8, newTokens: 4,
            entries: [
                SpeedReport.Entry(
                    quantType: quantType, kvCacheType: "f32", concurrency: 2, weightByteCount: 750_000,
                    keyValueByteCount: 250_000, multiplyCount: 500_000)
            ])
        report.limits.add(limits)
        report.entries[0].add(speed, limits)
        return report
    }

    @Test(
        "a prompt's operations are a share of its format's peak",
        arguments: [
            ("f32", 0.5), ("bf16", 0.5), ("int8", 0.25), ("int8-g32", 0.25), ("int4-g64-asym", 0.125),
        ])
    func peaks(quantType: String, share: Double) {
        let entry = Self.report(quantType, .init(promptTokensPerSecond: 50_000)).entries[0]
        #expect(entry.peakFraction.median == share)
        // Nothing is decoded: the prompt's tokens are the speed.
        #expect(entry.tokensPerSecond.median == 50_000)
        #expect(entry.bandwidthFraction.values.isEmpty)
    }

    @Test("what is read while decoding, weights once for all sequences, is a share of the bandwidth")
    func bandwidth() {
        let entry = Self.report("int8", .init(promptTokensPerSecond: 1, tokensPerSecond: 4_000)).entries[0]
        #expect(entry.bandwidthFraction.median == 0.2)
        #expect(entry.tokensPerSecond.median == 4_000)
    }

    @Test("a roofline has a line for each number of threads and format, and shares in percent")
    func roofline() throws {
        let point = Self.report("int4", .init(promptTokensPerSecond: 100_000, tokensPerSecond: 10_000))
        let report = RooflineReport(points: [point, point])
        let lines = report.table.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[1].contains("50 (50-50)%") && lines[1].contains("25 (25-25)%"))
        #expect(lines[1].contains("400 (400-400)"))
        #expect(report.chart.rows.map(\.sample.median) == [50, 25, 50, 25])
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any]
        #expect((json?["points"] as? [Any])?.count == 2)
    }
}
