import Logging
import Serving
import Testing

@testable import Controller

/// What readers and their groups count, and what they log about requests.
@Suite(.timeLimit(.minutes(5))) struct ReaderMetricsTests {
    @Test func aScriptedRunGivesExactlyTheseNumbers() async throws {
        let metrics = RecordedMetrics()
        let harness = try FleetHarness(FleetHarness.single(", prefill_chunk: 16"), metrics: metrics)
        let prompt = (1...40).map { Int32($0) }
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let stream = try await fleet.submit([prompt], newTokenCount: 5)[0]
            #expect(await Answer(stream) == .right(prompt, count: 5))
        }
        // 16, 16 and 8 rows of the prompt, the last with the first token, and four decodes.
        #expect(metrics.sum(ReaderMetricNames.steps, "chat", "primary") == 7)
        #expect(metrics.sum(ReaderMetricNames.tokens, "chat") == 5)
        #expect(metrics.values(ReaderMetricNames.batchSize, ["chat"]) == Array(repeating: 1, count: 7))
        #expect(metrics.values(ReaderMetricNames.stepDuration, ["chat"]).count == 7)
        #expect(metrics.values(ReaderMetricNames.rows, ["prefill"]) == [16, 16, 8, 0, 0, 0, 0])
        #expect(metrics.values(ReaderMetricNames.rows, ["decode"]) == [0, 0, 0, 1, 1, 1, 1])
        // Every step's answer names 3, 2 and 1 µs, and half a µs that every rank repeats.
        for (phase, microseconds) in [("compute", 3.0), ("collective", 2), ("sample", 1)] {
            let sum = metrics.sum(ReaderMetricNames.stepPhases, "chat", phase)
            #expect(abs(sum - 7 * microseconds * 1e-6) < 1e-12, "\(phase) \(sum)")
        }
        #expect(abs(metrics.sum(ReaderMetricNames.serial, "chat") - 3.5e-6) < 1e-12)
        // Rank 0 was waited for longer than that, so the phases are the whole of the steps.
        let phases = metrics.sum(ReaderMetricNames.stepPhases, "chat")
        let steps = metrics.sum(ReaderMetricNames.stepDuration, "chat")
        #expect(abs(phases - steps) < 1e-9)
        for name in [ReaderMetricNames.deaths, ReaderMetricNames.requeued, ReaderMetricNames.refusals] {
            #expect(metrics.sum(name) == 0, "\(name)")
        }
        #expect(metrics.sum(GroupMetricNames.promptTokens, "primary") == 40)
        #expect(metrics.sum(GroupMetricNames.generatedTokens, "primary") == 5)
        #expect(metrics.values(GroupMetricNames.queueWait).count == 1)
        #expect(metrics.values(GroupMetricNames.timeToFirstToken).count == 1)
        #expect(metrics.values(GroupMetricNames.interToken).count == 4)
        #expect(metrics.values(GroupMetricNames.timePerOutputToken).count == 1)
        #expect(metrics.values(GroupMetricNames.promptLength) == [40])
        #expect(metrics.values(GroupMetricNames.generatedLength) == [5])
        #expect(metrics.values(GroupMetricNames.requestSize) == [1])
        #expect(metrics.sum(GroupMetricNames.endings, "primary", "length") == 1)
        #expect(metrics.sum(GroupMetricNames.endings) == 1)
    }

    @Test func aDeathIsCountedAndTheLogNamesItsRequests() async throws {
        let metrics = RecordedMetrics()
        let launcher = FakeLauncher { $0.life == 1 ? .diesInStep(3) : .none }
        let harness = try FleetHarness(FleetHarness.single(), launcher: launcher, metrics: metrics)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            launcher.stepGate.close()
            let streams = try await fleet.submit([[1], [2]], newTokenCount: 6, clientID: "client-7")
            launcher.stepGate.open()
            for (stream, prompt) in zip(streams, [[1], [2]] as [[Int32]]) {
                #expect(await Answer(stream) == .right(prompt, count: 6))
                #expect(stream.timeline.requeueCount == 1 && stream.timeline.tokenCount == 6)
            }
        }
        #expect(metrics.sum(ReaderMetricNames.deaths, "chat") == 1)
        #expect(metrics.sum(ReaderMetricNames.requeued, "chat") == 2)
        // Nothing is counted twice over the death.
        #expect(metrics.sum(GroupMetricNames.generatedTokens) == 12)
        #expect(metrics.values(GroupMetricNames.queueWait).count == 2)
        #expect(metrics.values(GroupMetricNames.timeToFirstToken).count == 2)
        #expect(metrics.values(GroupMetricNames.interToken).count == 10)
        #expect(metrics.sum(GroupMetricNames.endings, "length") == 2)
        let lines = harness.log.lines.filter { $0.message == "request goes back to the queue" }
        #expect(lines.map { $0.metadata["request.id"] } == ["client-7", "client-7"])
        #expect(Set(lines.compactMap { $0.metadata["sequence.id"] }) == ["0", "1"])
        #expect(lines.allSatisfy { $0.level == .warning && $0.metadata["reason"] == "death" })
        #expect(lines.allSatisfy { $0.metadata["reader.id"] == "chat" })
    }

    @Test func aRefusalIsCountedAndTheLogNamesItsRequest() async throws {
        let metrics = RecordedMetrics()
        let launcher = FakeLauncher { _ in .refusesToken(13) }
        let harness = try FleetHarness(FleetHarness.single(), launcher: launcher, metrics: metrics)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let stream = try await fleet.submit([[13, 2]], newTokenCount: 5, clientID: "client-8")[0]
            _ = await Answer(stream)
            #expect(stream.timeline.end == .failed)
        }
        #expect(metrics.sum(ReaderMetricNames.refusals, "chat") == 1)
        #expect(metrics.sum(GroupMetricNames.endings, "failed") == 1)
        let line = try #require(harness.log.lines.first { $0.message == "request failed" })
        #expect(line.level == .error && line.metadata["request.id"] == "client-8")
        #expect(line.metadata["error"] == "the workers refused the request: token 13 is not liked")
    }

    @Test func aPreemptionIsCountedAndTheLogNamesItsRequest() async throws {
        // 16 blocks; two sequences of 301 positions want 10 each.
        let harness = try FleetHarness(FleetHarness.single(", kv_blocks: 16", batch: 2))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let streams = try await fleet.submit([[1], [2]], newTokenCount: 300, clientID: "client-9")
            for (stream, prompt) in zip(streams, [[1], [2]] as [[Int32]]) {
                #expect(await Answer(stream) == .right(prompt, count: 300))
            }
            let count = await fleet.snapshot().readers[0].scheduling.preemptionCount
            let lines = harness.log.lines.filter { $0.message == "request is preempted" }
            #expect(count > 0 && lines.count == count)
            #expect(lines.allSatisfy { $0.metadata["request.id"] == "client-9" })
        }
    }

    @Test func aClientThatHangsUpIsCountedAsCancelled() async throws {
        let metrics = RecordedMetrics()
        let harness = try FleetHarness(FleetHarness.single(batch: 1), metrics: metrics)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            harness.launcher.stepGate.close()
            harness.launcher.stepGate.permit(3)
            try await Self.readTokens(3, of: fleet.submit([[1]], newTokenCount: 400)[0])
            // Answered only when the first one's slot is free.
            let second = try await fleet.submit([[2]], newTokenCount: 2)[0]
            harness.launcher.stepGate.open()
            #expect(await Answer(second) == .right([2], count: 2))
        }
        #expect(metrics.sum(GroupMetricNames.endings, "cancelled") == 1)
        #expect(metrics.sum(GroupMetricNames.endings, "length") == 1)
        #expect(metrics.values(GroupMetricNames.generatedLength).count == 2)
    }

    private static func readTokens(_ count: Int, of stream: TokenStream) async throws {
        var events = stream.makeAsyncIterator()
        for _ in 0..<count { _ = await events.next() }
    }
}
