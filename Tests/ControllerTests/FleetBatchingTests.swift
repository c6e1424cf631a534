import Serving
import Synchronization
import Testing
import Topology
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetBatchingTests {
    static func group(_ keys: String) -> String { "consumer_groups: { primary: { \(keys) } }\n" }

    @Test(arguments: Batching.allCases)
    func everyPolicyAnswersEverything(mode: Batching) async throws {
        let window = mode.keys.contains(.window) ? ", batch_window: 20ms" : ""
        let harness = try FleetHarness(
            Self.group("batching: \(mode.rawValue)\(window)") + FleetHarness.single(", replicas: 2"))
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            let prompts = (1...30).map { [Int32($0), 9] }
            for _ in 0..<3 {
                // One alone, which may have to wait for others, and more than both readers hold.
                let first = try await fleet.submit([prompts[0]], newTokenCount: 3)
                #expect(await Answer(first[0]) == .right(prompts[0], count: 3))
                let streams = try await fleet.submit(prompts, newTokenCount: 20)
                for (index, stream) in streams.enumerated() {
                    #expect(await Answer(stream) == .right(prompts[index], count: 20))
                }
            }
        }
        #expect(harness.log.count("reader died") == 0)
    }

    @Test func whatABatchWaitsForIsAnsweredWhenTheFleetDrains() async throws {
        let harness = try FleetHarness(
            Self.group("batching: window, batch_window: 60s, min_batch: 4") + FleetHarness.single())
        let prompts = (1...3).map { [Int32($0), 9] }
        let answers = Answers()
        try await harness.run { fleet in
            await harness.log.wait { $0.says("reader is ready") }
            let streams = try await fleet.submit(prompts, newTokenCount: 5)
            // Nobody takes them: the reader has looked, or will.
            #expect(await fleet.snapshot().groups[0].queueDepth == 3)
            await answers.keep(streams)
        }
        for (index, stream) in await answers.streams.enumerated() {
            #expect(await Answer(stream) == .right(prompts[index], count: 5))
        }
    }

    @Test func aBatchGoesAsSoonAsItIsFull() async throws {
        let harness = try FleetHarness(
            Self.group("batching: window, batch_window: 60s, min_batch: 3") + FleetHarness.single())
        try await harness.run { fleet in
            await harness.log.wait { $0.says("reader is ready") }
            let prompts = (1...3).map { [Int32($0), 9] }
            var streams = try await fleet.submit([prompts[0]], newTokenCount: 5)
            streams += try await fleet.submit([prompts[1]], newTokenCount: 5)
            let snapshot = await fleet.snapshot().groups[0]
            #expect(snapshot.queueDepth == 2 && snapshot.queuedTokenCount == 4)
            #expect(snapshot.queuedTokenLimit == Defaults.maxQueueTokens)
            #expect(snapshot.queueLines.map(\.depth) == [0, 0, 0, 0, 0, 2, 0, 0, 0, 0])
            streams += try await fleet.submit([prompts[2]], newTokenCount: 5)
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(prompts[index], count: 5))
            }
        }
    }

    private actor Answers {
        var streams: [TokenStream] = []

        func keep(_ streams: [TokenStream]) { self.streams = streams }
    }
}

@Suite struct PressureGaugeTests {
    @Test func theMachineIsLookedAtOnceASecond() {
        var gauge = PressureGauge(read: Readings([0.25, 0.5, 0.75]).next)
        #expect(gauge.pressure(at: .seconds(7)) == 0.25)
        #expect(gauge.pressure(at: .milliseconds(7999)) == 0.25)
        #expect(gauge.pressure(at: .seconds(8)) == 0.5)
        #expect(gauge.pressure(at: .seconds(8)) == 0.5)
        #expect(gauge.pressure(at: .seconds(100)) == 0.75)
    }

    private final class Readings: Sendable {
        private let values: Mutex<[Double]>

        init(_ values: [Double]) { self.values = Mutex(values) }

        @Sendable func next() -> Double { values.withLock { $0.removeFirst() } }
    }
}
