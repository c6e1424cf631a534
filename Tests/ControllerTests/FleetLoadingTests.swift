import Foundation
import Serving
import Synchronization
import TestSupport
import Testing
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetLoadingTests {
    @Test func aReaderBuildsItsPackAndServes() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 3"))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let stream = try await fleet.submit([[5, 6, 7]], newTokenCount: 20)[0]
            #expect(await Answer(stream) == .right([5, 6, 7], count: 20))
            let reader = try #require(await fleet.snapshot().readers.first)
            #expect(reader.ready && reader.state == .serving)
            #expect(reader.pids == [-1000, -1001, -1002])
            #expect(reader.workers.map(\.bytesRead) == [1000, 1001, 1002])
            #expect(reader.steps == 20 && reader.tokens == 20)
            #expect(reader.busySeconds > 0 && reader.controllerSeconds <= reader.busySeconds)
        }
        #expect(harness.log.count("pack sealed") == 1)
        #expect(await harness.fleet.snapshot().readers == [])
    }

    @Test func anOrderSaysWhatTheWorkerNeeds() async throws {
        let harness = try FleetHarness(
            FleetHarness.single(", tensor_parallel: 2, prefill_chunk: 40, threads_per_rank: 1"))
        try await harness.run { _ in await harness.log.waitUntilReady("chat") }
        let order = try #require(harness.launcher.orders().first)
        #expect(order.readerID == "chat")
        #expect(order.modelDirectory == harness.folder.url.appending(path: "red").path)
        #expect(order.rankCount == 2 && order.threadCount == 1 && order.cores == [0])
        #expect(order.packByteCount == 1 << 20 && order.layoutID == "fake-1")
        #expect(order.maxBatchSize == 4 && order.maxSequenceLength == 512)
        // 4 sequences of 16 blocks; 4 decodes and a chunk.
        #expect(order.blockCount == 64 && order.rowCountMax == 44)
        #expect(order.transport == .shm && order.packRole == .build)
    }

    @Test(arguments: ["shm", "unix"])
    func everyTransportPassesItsLinks(_ transport: String) async throws {
        // The fake counts the descriptors: memory, or a socket for every other rank.
        let harness = try FleetHarness(
            FleetHarness.single(", tensor_parallel: 4, transport: \(transport)"))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            #expect(await fleet.snapshot().readers[0].layout.transport.rawValue == transport)
        }
    }

    @Test func sixteenRanksOverSocketsGetAllTheirDescriptors() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 16, transport: unix"))
        try await harness.run { _ in await harness.log.waitUntilReady("chat") }
    }

    @Test func replicasWaitForOneBuilderAndReadNothing() async throws {
        let harness = try FleetHarness(FleetHarness.single(", replicas: 3"))
        harness.launcher.buildGate.close()
        try await harness.run { fleet in
            // One builds, two wait without a process.
            await harness.log.wait(count: 3) {
                $0.says("reader changed its state", state: "waiting for pack")
            }
            await harness.log.wait { $0.says("reader changed its state", state: "building pack") }
            let before = await fleet.snapshot().readers
            #expect(before.filter { $0.state == .buildingPack }.count == 1)
            #expect(before.filter { $0.state == .waitingForPack && $0.pids.isEmpty }.count == 2)
            harness.launcher.buildGate.open()
            await harness.log.wait(count: 3) { $0.says("reader is ready") }
            let bytes = await fleet.snapshot().readers.map { $0.workers.map(\.bytesRead) }
            #expect(bytes.filter { $0 == [0] }.count == 2 && bytes.filter { $0 == [1000] }.count == 1)
            #expect(await fleet.snapshot().packByteCount == 1 << 20)
        }
        #expect(harness.launcher.orders().filter { $0.packRole == .build }.count == 1)
        #expect(harness.log.count("pack sealed") == 1)
        #expect(harness.log.count("pack freed") == 1)
    }

    @Test func anotherSplitMapsTheSamePack() async throws {
        let harness = try FleetHarness(
            """
            reader_groups:
              one: { model_name: red, consumer_group: primary, max_sequence_length: 512 }
              two: { model_name: red, consumer_group: primary, max_sequence_length: 512, tensor_parallel: 2 }
            """)
        try await harness.run { _ in
            await harness.log.waitUntilReady("one")
            await harness.log.waitUntilReady("two")
        }
        #expect(harness.launcher.orders().filter { $0.packRole == .build }.count == 1)
    }

    @Test func theLongestWaitingReaderBuildsWhenTheBuilderDies() async throws {
        // Who waits has no process yet, so the first one to start is the builder.
        let isFirst = Mutex(true)
        let launcher = FakeLauncher { _ in
            isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? .diesBuilding : .none
            }
        }
        let clock = ManualClock()
        let harness = try FleetHarness(
            FleetHarness.single(", replicas: 2"), clock: ServingClock(clock), launcher: launcher)
        launcher.buildGate.close()
        try await harness.run { fleet in
            await harness.log.wait(count: 2) {
                $0.says("reader changed its state", state: "waiting for pack")
            }
            launcher.buildGate.open()
            await harness.log.wait { $0.says("reader is ready") }
            // The first builder comes back after its wait, and finds the pack.
            await clock.waitForSleeper(until: .milliseconds(250))
            clock.advance(by: .milliseconds(250))
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            #expect(await fleet.snapshot().readers.map(\.restarts).sorted() == [0, 1])
        }
        #expect(launcher.orders().map(\.packRole) == [.build, .build, .map])
        #expect(harness.log.count("pack sealed") == 1)
    }

    @Test func aBuilderThatIsRemovedLeavesThePackToTheNext() async throws {
        let harness = try FleetHarness(FleetHarness.single(", replicas: 2"))
        harness.launcher.buildGate.close()
        try await harness.run { fleet in
            await harness.log.wait { $0.says("reader changed its state", state: "building pack") }
            await harness.log.wait(count: 2) {
                $0.says("reader changed its state", state: "waiting for pack")
            }
            let (builder, other) = await Self.builderAndOther(fleet)
            try await fleet.removeReader(builder)
            #expect(harness.log.count("half-written pack discarded") == 1)
            #expect(await fleet.snapshot().readers.map(\.readerID) == [other])
            await harness.log.wait {
                $0.says("reader changed its state", other.name, state: "building pack")
            }
            harness.launcher.buildGate.open()
            await harness.log.waitUntilReady(other.name)
        }
    }

    /// Of the two replicas, the one that builds and the one that does not.
    private static func builderAndOther(_ fleet: Fleet) async -> (builder: ReaderID, other: ReaderID) {
        let readers = await fleet.snapshot().readers
        let isFirst = readers[0].state == .buildingPack
        return (readers[isFirst ? 0 : 1].readerID, readers[isFirst ? 1 : 0].readerID)
    }

    @Test func aWaitingReaderCanBeRemoved() async throws {
        let harness = try FleetHarness(FleetHarness.single(", replicas: 2"))
        harness.launcher.buildGate.close()
        try await harness.run { fleet in
            await harness.log.wait { $0.says("reader changed its state", state: "building pack") }
            try await fleet.removeReader(await Self.builderAndOther(fleet).other)
            harness.launcher.buildGate.open()
            await harness.log.wait { $0.says("reader is ready") }
            #expect(await fleet.snapshot().readers.count == 1)
        }
    }

    @Test func failedStartsBackOffAndThePackIsBuiltInTheEnd() async throws {
        let launcher = FakeLauncher { identity in
            switch identity.life {
            case 1: .diesBuilding
            case 2: .keepsPackMapped
            case 3: .speaksOldVersion
            default: .none
            }
        }
        let clock = ManualClock()
        let harness = try FleetHarness(
            FleetHarness.single(), clock: ServingClock(clock), launcher: launcher)
        try await harness.run { fleet in
            for (deaths, wait) in [(1, 250), (2, 500), (3, 1000)] {
                await harness.log.wait(count: deaths) {
                    $0.says("reader changed its state", state: "restarting")
                }
                let reader = await fleet.snapshot().readers[0]
                #expect(reader.state == .restarting(backoff: .milliseconds(wait)))
                #expect(!reader.ready && reader.pids == [])
                await clock.waitForSleeper(until: clock.now.offset + .milliseconds(wait))
                clock.advance(by: .milliseconds(wait))
            }
            await harness.log.waitUntilReady("chat")
            let reader = await fleet.snapshot().readers[0]
            #expect(reader.restarts == 3 && reader.ready)
        }
        let errors = harness.log.lines.filter { $0.says("reader died") }.compactMap { $0.metadata["error"] }
        #expect(errors.count == 3)
        #expect(errors[1].contains("writable mapping"))
        #expect(errors[2].contains("protocol version \(protocolVersion - 1), expected \(protocolVersion)"))
    }

    @Test func aRefusedModelIsNotTriedAgainAndSaysWhy() async throws {
        let launcher = FakeLauncher { $0.rank == 1 ? .refusesLoad(.invalidModel) : .none }
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.wait { $0.says("reader changed its state", state: "failed") }
            let reader = await fleet.snapshot().readers[0]
            let reason = "rank 1 refused (invalidModel): fake refusal"
            #expect(reader.state == .failed(reason: reason) && reader.lastError == reason)
            await #expect(throws: ServingError.self) {
                _ = try await fleet.submit([[1]], newTokenCount: 1)
            }
            try await fleet.removeReader(ReaderID("chat"))
            #expect(await fleet.snapshot().readers == [])
        }
        #expect(launcher.lifeCount(of: "chat") == 0 && launcher.orders().count == 1)
    }
}
