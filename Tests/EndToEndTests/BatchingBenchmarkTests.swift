import Serving
import TestSupport
import Testing
import Topology

@testable import skein

@Suite("The simulation of skein bench batching")
struct BatchingBenchmarkTests {
    /// 10 ms for up to 16 rows, 1 ms more for each further row.
    static let cost = StepCost(
        model: "made up",
        points: [.init(rowCount: 16, seconds: 0.010), .init(rowCount: 128, seconds: 0.122)],
        secondsPerAttendedPosition: 0)

    private func benchmark(_ scenario: ArrivalScenario, _ modes: [Batching]) -> BatchingBenchmark {
        BatchingBenchmark(
            cost: Self.cost, scenarios: [scenario], loadPercents: [50], modes: modes,
            limits: SchedulerLimits(maxBatchSize: 16, maxSequenceLength: 256, prefillChunk: 128),
            readerCount: 1)
    }

    @Test("a step costs what the curve says between its points, beyond them, and for what is attended to")
    func curve() {
        #expect(Self.cost.seconds(rowCount: 1, attendedPositionCount: 0) == 0.010)
        #expect(abs(Self.cost.seconds(rowCount: 72, attendedPositionCount: 0) - 0.066) < 1e-12)
        #expect(abs(Self.cost.seconds(rowCount: 228, attendedPositionCount: 0) - 0.222) < 1e-12)
        let attending = StepCost(model: "", points: Self.cost.points, secondsPerAttendedPosition: 0.001)
        #expect(abs(attending.seconds(rowCount: 1, attendedPositionCount: 5) - 0.015) < 1e-12)
    }

    @Test(
        "one request alone waits out the policy's window and then takes its steps",
        arguments: [
            (Batching.continuous, 10.0), (.window, 110), (.static, 1010), (.adaptive, 10), (.load, 10),
            (.predictive, 10), (.priority, 10), (.hybrid, 10),
        ])
    func alone(mode: Batching, firstToken: Double) throws {
        var scenario = ArrivalScenario(
            name: "one", summary: "",
            arrivals: [.init(time: 0, promptTokenCount: 10, newTokenCount: 3, priority: 5)])
        // A client that waits for its answer, so that no load is needed.
        scenario.userCount = 1
        let entry = try #require(try benchmark(scenario, [mode]).run(requestCount: 1).entries.first)
        #expect(abs(entry.firstToken.p50 - firstToken) < 0.001)
        #expect(abs(entry.perToken.p99 - 10) < 0.001)
        #expect(abs(entry.requestsPerSecond - 1000 / (firstToken + 20)) < 0.001)
    }

    @Test("every policy answers the whole of every scenario, the same way each time")
    func complete() throws {
        for scenario in try ArrivalScenario.all(count: 100, traces: nil) {
            let benchmark = benchmark(scenario, Batching.allCases)
            let first = try benchmark.run(requestCount: 100)
            #expect(first.entries.count == Batching.allCases.count)
            #expect(first.entries.allSatisfy { $0.refused == 0 && $0.requestsPerSecond > 0 })
            #expect(try benchmark.run(requestCount: 100).table == first.table)
        }
    }

    @Test("Azure's traces are read as they stand", .enabled(if: SharedFolder.exists, "no ../shared/data"))
    func traces() throws {
        let url = SharedFolder.data.appending(path: "traces/AzureLLMInferenceTrace_conv.csv")
        let arrivals = try TraceFile.load(url, count: 4)
        #expect(arrivals.map(\.promptTokenCount) == [374, 396, 879, 91])
        #expect(arrivals.map(\.newTokenCount) == [44, 109, 55, 16])
        #expect(zip(arrivals, [0, 4.31458, 4.54188, 4.71043]).allSatisfy { abs($0.time - $1) < 1e-4 })
    }
}
