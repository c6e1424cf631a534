import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import skein

/// When requests of an open loop are due.
@Suite("Arrivals")
struct ArrivalTests {
    @Test("fixed arrivals are equally far apart and end with the time")
    func fixed() {
        let schedule = ArrivalSchedule(.fixed, ratePerSecond: 4, seconds: 1.5, seed: 1)
        #expect(schedule.offsets == [0, 0.25, 0.5, 0.75, 1, 1.25])
    }

    @Test("Poisson arrivals have exponential gaps of the given mean, and a seed of their own")
    func poisson() {
        let schedule = ArrivalSchedule(.poisson, ratePerSecond: 50, seconds: 400, seed: 3)
        let offsets = schedule.offsets
        // 20,000 expected, standard deviation 141.
        #expect(abs(offsets.count - 20_000) < 600)
        let gaps = zip(offsets.dropFirst(), offsets).map { $0 - $1 }
        #expect(gaps.allSatisfy { $0 >= 0 })
        // Half of the gaps of an exponential distribution are below mean x ln 2, and 1/e above the mean.
        let below = Double(gaps.count { $0 < 0.02 * log(2.0) }) / Double(gaps.count)
        #expect(abs(below - 0.5) < 0.015)
        let above = Double(gaps.count { $0 > 0.02 }) / Double(gaps.count)
        #expect(abs(above - exp(-1.0)) < 0.015)
        #expect(ArrivalSchedule(.poisson, ratePerSecond: 50, seconds: 400, seed: 3).offsets == offsets)
        #expect(ArrivalSchedule(.poisson, ratePerSecond: 50, seconds: 400, seed: 4).offsets != offsets)
    }

    @Test("a trace's times count from its first line, also over midnight, and can be played faster")
    func trace() throws {
        let trace = try RequestTrace(
            """
            TIMESTAMP,ContextTokens,GeneratedTokens
            2023-12-31 23:59:59.5000000,10,3
            2024-01-01 00:00:00.2500000,20,0
            2024-01-01 00:01:00.5000000,30,7
            """)
        #expect(trace.entries.map(\.promptTokenCount) == [10, 20, 30])
        #expect(trace.entries.map(\.newTokenCount) == [3, 0, 7])
        #expect(trace.entries.map { ($0.seconds * 1e4).rounded() } == [0, 7500, 610_000])
        let schedule = ArrivalSchedule(trace, speed: 2, seconds: 30)
        #expect(schedule.offsets.map { ($0 * 1e4).rounded() } == [0, 3750])
    }

    @Test(
        "a wrong line is named",
        arguments: [
            "2023-11-16 18:17:03.9,1", "2023-11-16,1,2", "2023-11-16 18:17:03.9,a,2",
            "2023-11-16 18:17:00.0,1,2",
        ])
    func badTrace(line: String) {
        let error = #expect(throws: ValidationError.self) {
            try RequestTrace("header\n2023-11-16 18:17:01.0,1,2\n\(line)\n")
        }
        #expect(error?.message.contains("line 3") ?? false)
    }

    @Test("the Azure traces can be read", .enabled(if: SharedFolder.exists, "no shared data"))
    func azure() throws {
        let file = SharedFolder.data.appending(path: "traces/AzureLLMInferenceTrace_code.csv")
        let trace = try RequestTrace(String(contentsOf: file, encoding: .utf8))
        // `wc -l` less the header; the first two lines are 0.052 s apart.
        #expect(trace.entries.count == 8819)
        #expect(trace.entries[0] == .init(seconds: 0, promptTokenCount: 4808, newTokenCount: 10))
        #expect(abs(trace.entries[1].seconds - 0.052) < 1e-6)
    }
}
