import Serving
import Testing
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetServingTests {
    @Test func manyRequestsOverTwoReadersEachGetTheirOwnAnswer() async throws {
        let harness = try FleetHarness(FleetHarness.single(", replicas: 2, tensor_parallel: 2"))
        let prompts = (1...60).map { number in (1...Int32(number)).map { ($0 &* 37 &+ Int32(number)) % 1000 }
        }
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            let streams = try await fleet.submit(prompts, newTokenCount: 40)
            let answers = await withTaskGroup(of: (Int, Answer).self) { tasks in
                for (index, stream) in streams.enumerated() {
                    tasks.addTask { (index, await Answer(stream)) }
                }
                return await tasks.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
            }
            for (index, prompt) in prompts.enumerated() {
                #expect(answers[index] == .right(prompt, count: 40))
            }
            let snapshot = await fleet.snapshot()
            #expect(snapshot.readers.map(\.tokens).reduce(0, +) == 60 * 40)
            #expect(snapshot.readers.allSatisfy { $0.activeSequences == 0 })
            #expect(snapshot.groups[0].queueDepth == 0 && snapshot.groups[0].queueLimit == 512)
        }
    }

    @Test func aLongPromptIsPrefilledInChunks() async throws {
        let harness = try FleetHarness(FleetHarness.single(", prefill_chunk: 16"))
        let prompt = (0..<100).map { Int32($0 + 1) }
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let stream = try await fleet.submit([prompt], newTokenCount: 3)[0]
            #expect(await Answer(stream) == .right(prompt, count: 3))
        }
        #expect(harness.launcher.steps(of: "chat").map(\.rowCount) == [16, 16, 16, 16, 16, 16, 4, 1, 1])
    }

    @Test func aClientThatHangsUpFreesItsSlotAtTheNextStep() async throws {
        let harness = try FleetHarness(FleetHarness.single(batch: 1))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            harness.launcher.stepGate.close()
            harness.launcher.stepGate.permit(3)
            // The stream is dropped after three tokens of four hundred.
            try await Self.readTokens(3, of: fleet.submit([[1]], newTokenCount: 400)[0])
            let second = try await fleet.submit([[2]], newTokenCount: 2)[0]
            harness.launcher.stepGate.open()
            #expect(await Answer(second) == .right([2], count: 2))
        }
        // The step that was under way, then the second request's: its slot is released and taken again.
        let steps = harness.launcher.steps(of: "chat")
        #expect(steps.count <= 6)
        #expect(steps.contains { $0.releasedSlots == [0] && $0.installations.count == 1 })
    }

    @Test func aRefusedStepFailsOnlyWhatItWouldHaveBrought() async throws {
        let launcher = FakeLauncher { _ in .refusesToken(13) }
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            launcher.stepGate.close()
            // Both ranks pass the gate in every step.
            launcher.stepGate.permit(2)
            let good = try await fleet.submit([[1, 2]], newTokenCount: 70)[0]
            var events = good.makeAsyncIterator()
            let first = await events.next()
            #expect(first == .token(id: FakeModel.token(after: [1, 2], seed: 7), logProbability: nil))
            let bad = try await fleet.submit([[13, 2]], newTokenCount: 5)[0]
            launcher.stepGate.open()
            let answer = await Answer(bad)
            #expect(answer.tokens == [])
            #expect(answer.end == .failed(.refusedByWorkers(reason: "token 13 is not liked")))
            var tokens: [Int32] = []
            while let event = await events.next() {
                if case .token(let id, _, _) = event { tokens.append(id) }
            }
            #expect(tokens == Array(FakeModel.answer(to: [1, 2], seed: 7, count: 70).dropFirst()))
            #expect(await fleet.snapshot().readers[0].restarts == 0)
        }
    }

    @Test func requestsThatCannotBeServedAreRefused() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            await #expect(throws: ServingError.promptTooLong(count: 512, limit: 512)) {
                _ = try await fleet.submit([Array(repeating: 1, count: 512)], newTokenCount: 1)
            }
            // One below the limit leaves room for one token.
            let stream = try await fleet.submit([Array(repeating: 1, count: 511)], newTokenCount: 5)[0]
            #expect(await Answer(stream).tokens.count == 1)
            #expect(fleet.servedGroup(named: "other") == nil)
        }
    }

    /// Reads the first tokens and lets go of the stream.
    private static func readTokens(_ count: Int, of stream: TokenStream) async throws {
        var events = stream.makeAsyncIterator()
        for _ in 0..<count { _ = await events.next() }
    }
}
