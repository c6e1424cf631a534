import Serving
import Testing
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetDeathTests {
    /// A prompt of its own for each number.
    private static func prompt(_ number: Int) -> [Int32] { [Int32(number), 500, Int32(number * 7)] }

    @Test(arguments: [0, 1])
    func streamsGoOnWithTheSameTokensWhenARankDies(_ rank: Int) async throws {
        let launcher = FakeLauncher { identity in
            identity.life == 1 && identity.rank == rank ? .diesInStep(9) : .none
        }
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let streams = try await fleet.submit((1...6).map(Self.prompt), newTokenCount: 30)
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(Self.prompt(index + 1), count: 30))
            }
            let reader = await fleet.snapshot().readers[0]
            #expect(reader.restarts == 1 && reader.ready)
            #expect(reader.lastError == "rank \(rank) was killed by signal 9")
            // The second life read nothing: it mapped the sealed pack.
            #expect(reader.workers.map(\.bytesRead) == [0, 0])
        }
        #expect(launcher.orders().map(\.packRole) == [.build, .map])
        #expect(harness.log.count("pack sealed") == 1)
    }

    @Test func otherReadersServeOnAndTakeWhatTheDeadOneHad() async throws {
        let launcher = FakeLauncher { $0.reader == "chat-0" && $0.life == 1 ? .diesInStep(2) : .none }
        let harness = try FleetHarness(FleetHarness.single(", replicas: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            let streams = try await fleet.submit((1...20).map(Self.prompt), newTokenCount: 25)
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(Self.prompt(index + 1), count: 25))
            }
            #expect(await fleet.snapshot().readers[1].restarts == 0)
        }
    }

    @Test func twentyDeathsInARowLoseNothing() async throws {
        let launcher = FakeLauncher { $0.life <= 20 ? .diesInStep(UInt64(2 + $0.life % 3)) : .none }
        let harness = try FleetHarness(FleetHarness.single(), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let streams = try await fleet.submit((1...4).map(Self.prompt), newTokenCount: 60)
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(Self.prompt(index + 1), count: 60))
            }
            #expect(await fleet.snapshot().readers[0].restarts == 20)
        }
    }

    @Test func aKilledIdleReaderIsRebuiltFromItsPack() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let first = try await fleet.submit([[3]], newTokenCount: 2)[0]
            #expect(await Answer(first) == .right([3], count: 2))
            harness.launcher.kill("chat", rank: 1)
            await harness.log.waitUntilReady("chat", count: 2)
            let second = try await fleet.submit([[4]], newTokenCount: 2)[0]
            #expect(await Answer(second) == .right([4], count: 2))
        }
        #expect(harness.launcher.orders().map(\.packRole) == [.build, .map])
    }

    @Test(
        arguments: [
            (Fault.answersGarbage(3), "rank 0 broke the protocol: sent a malformed step result"),
            (.answersWrongStep(3), "rank 0 broke the protocol: step 3 was answered by step 4"),
        ])
    func aWrongAnswerIsTreatedAsADeath(_ fault: Fault, _ reason: String) async throws {
        let launcher = FakeLauncher { $0.life == 1 ? fault : .none }
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let stream = try await fleet.submit([[8, 9]], newTokenCount: 12)[0]
            #expect(await Answer(stream) == .right([8, 9], count: 12))
            let error = try #require(await fleet.snapshot().readers[0].lastError)
            #expect(error.hasPrefix(reason))
        }
    }

    @Test func aRequestThatKillsItsReadersFailsAloneAndTheOthersGetTheirAnswers() async throws {
        let launcher = FakeLauncher { _ in .diesOfToken(666) }
        let clock = ManualClock()
        let harness = try FleetHarness(
            FleetHarness.single(), clock: ServingClock(clock), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let innocents = (1...3).map { [Int32($0), 2] }
            launcher.stepGate.close()
            let streams = try await fleet.submit([[666, 1]] + innocents, newTokenCount: 4)
            launcher.stepGate.open()
            // Deaths without a finished step: together, together, alone.
            for wait in [250, 500, 1000] {
                await clock.waitForSleeper(until: clock.now.offset + .milliseconds(wait))
                clock.advance(by: .milliseconds(wait))
            }
            let poison = await Answer(streams[0])
            #expect(poison == Answer(tokens: [], end: .failed(.poison(deathCount: 3))))
            for (index, prompt) in innocents.enumerated() {
                #expect(await Answer(streams[index + 1]) == .right(prompt, count: 4))
            }
        }
    }

    @Test func cancellingTheFleetEndsReadersInMidStep() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"))
        try await harness.fleet.start()
        let answer = try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await harness.fleet.run() }
            await harness.log.waitUntilReady("chat")
            harness.launcher.stepGate.close()
            let stream = try await harness.fleet.submit([[1]], newTokenCount: 5)[0]
            await harness.log.wait { $0.says("reader is ready") }
            tasks.cancelAll()
            try await tasks.waitForAll()
            await harness.fleet.drain()
            return await Answer(stream)
        }
        #expect(answer.end == .failed(.draining(group: "primary")))
        #expect(harness.launcher.openChannelCount() == 0)
    }
}
