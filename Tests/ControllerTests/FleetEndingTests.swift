import Foundation
import Serving
import Synchronization
import Testing
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetEndingTests {
    @Test func aRemovedReaderFinishesWhatItHasAndTakesNothingMore() async throws {
        let harness = try FleetHarness(FleetHarness.single(", replicas: 2", batch: 2))
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            harness.launcher.stepGate.close()
            let prompts = (1...12).map { [Int32($0), 9] }
            let streams = try await fleet.submit(prompts, newTokenCount: 30)
            async let removal: Void = fleet.removeReader(ReaderID("chat-0"))
            harness.launcher.stepGate.open()
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(prompts[index], count: 30))
            }
            try await removal
            #expect(await fleet.snapshot().readers.map(\.readerID.name) == ["chat-1"])
            await #expect(throws: ControllerError.unknownReader(ReaderID("chat-0"))) {
                try await fleet.removeReader(ReaderID("chat-0"))
            }
        }
        #expect(harness.log.count("reader died") == 0)
    }

    @Test func whatARemovedReaderCannotFinishInTimeIsFinishedByAnother() async throws {
        let harness = try FleetHarness(
            "server: { drain_timeout: 0s }\n" + FleetHarness.single(", replicas: 2"))
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            let prompts = (1...8).map { [Int32($0), 9] }
            let streams = try await fleet.submit(prompts, newTokenCount: 200)
            try await fleet.removeReader(ReaderID("chat-0"))
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(prompts[index], count: 200))
            }
        }
        #expect(harness.log.count("reader died") == 0)
    }

    @Test func anOrderToEndBetweenLoadingAndServingEndsTheWorkers() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"))
        harness.launcher.buildGate.close()
        try await harness.run { fleet in
            let desk = try #require(await fleet.readers[ReaderID("chat")]?.reader.desk)
            harness.log.onLine.withLock {
                $0 = { line in
                    guard line.says("reader changed its state", "chat", state: "serving") else { return }
                    desk.stop(.remove(deadline: .seconds(1_000_000)))
                }
            }
            harness.launcher.buildGate.open()
            await harness.log.wait { $0.says("reader removed", "chat") }
            #expect(harness.log.count("reader ended") == 1)
            #expect(desk.snapshot(at: .zero).pids == [])
        }
    }

    @Test func aRequestOnItsWayIntoTheQueueOfAGroupThatGoesHearsOfIt() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            let group = try #require(fleet.servedGroup(named: "primary")).group
            try await fleet.removeReader(ReaderID("chat"))
            #expect(await fleet.snapshot().groups.count == 1)
            #expect(await fleet.snapshot().groups == [])
            let request = GenerationRequest(
                id: RequestID(1), promptIDs: [1],
                parameters: GenerationParameters(
                    sampling: SamplingParameters(), seed: 7, maxNewTokenCount: 1, ignoresEndOfText: false,
                    endOfTextIDs: [], topLogProbabilityCount: 0), priority: 5, choiceIndex: 0)
            let (sequence, stream) = QueuedSequence.make(request: request, seed: 7, maxSequenceLength: 8)
            do throws(ServingError) {
                try group.queue.enqueue([sequence])
                #expect(await Answer(stream).end == .failed(.draining(group: "primary")))
            } catch {
                #expect(error == .draining(group: "primary"))
            }
        }
    }

    @Test func groupsThatReadersComeToAndLeaveDoNotPileUp() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            for number in 0..<5 {
                let id = try await fleet.addReader(
                    harness.declaration("Models/red", group: "passing \(number)"))
                try await fleet.removeReader(id)
            }
            #expect(await fleet.groups.keys.sorted() == ["passing 4", "primary"])
        }
    }

    @Test func aReaderWhoseClientsHaveGoneShowsNoActiveSequence() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            var streams = try await fleet.submit([[1], [2], [3]], newTokenCount: 500)
            var first = streams[0].makeAsyncIterator()
            _ = await first.next()
            harness.launcher.stepGate.close()
            streams = []
            first = TokenStream(requestID: RequestID(0), scripted: []).makeAsyncIterator()
            harness.launcher.stepGate.open()
            // The suite's time limit is this loop's.
            while await fleet.snapshot().readers[0].activeSequences != 0 { await Task.yield() }
        }
    }

    @Test func aWorkerThatDoesNotEndIsKilled() async throws {
        let launcher = FakeLauncher { $0.rank == 1 ? .ignoresShutdown : .none }
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            try await fleet.removeReader(ReaderID("chat"))
            #expect(await fleet.snapshot().readers == [])
        }
    }

    @Test func theLastReaderOfAnUndeclaredGroupTakesTheGroupAway() async throws {
        let harness = try FleetHarness(
            """
            consumer_groups:
              kept: { max_queue: 3 }
            reader_groups:
              one: { model_name: red, consumer_group: gone, max_sequence_length: 64 }
              two: { model_name: red, consumer_group: kept, max_sequence_length: 64 }
            """)
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            #expect(await fleet.snapshot().packByteCount == 1 << 20)
            try await fleet.removeReader(ReaderID("one"))
            #expect(harness.log.count("pack freed") == 0)
            try await fleet.removeReader(ReaderID("two"))
            #expect(harness.log.count("pack freed") == 1)
            _ = await fleet.snapshot()
            let snapshot = await fleet.snapshot()
            #expect(snapshot.groups.map(\.name) == ["kept"])
            #expect(snapshot.groups[0].queueLimit == 3 && snapshot.packByteCount == 0)
            #expect(fleet.servedGroup(named: "gone") == nil)
            // The declared group still knows its model: a request is refused for want of a reader.
            await #expect(throws: ServingError.noReader(group: "kept", retryAfter: .seconds(1))) {
                _ = try await fleet.submit([[1]], newTokenCount: 1, group: "kept")
            }
        }
    }

    @Test func aDrainServesWhatIsQueuedAndRefusesWhatComesLater() async throws {
        let harness = try FleetHarness(FleetHarness.single(batch: 1))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            harness.launcher.stepGate.close()
            let prompts = (1...5).map { [Int32($0), 9] }
            let streams = try await fleet.submit(prompts, newTokenCount: 10)
            async let drained: Void = fleet.drain()
            await harness.log.wait { $0.says("fleet is draining") }
            harness.launcher.stepGate.open()
            for (index, stream) in streams.enumerated() {
                #expect(await Answer(stream) == .right(prompts[index], count: 10))
            }
            await drained
            #expect(await fleet.snapshot().isDraining)
            await #expect(throws: ControllerError.draining) {
                _ = try await fleet.addReader(harness.declaration("roots/red"))
            }
            await #expect(throws: ServingError.draining(group: "primary")) {
                _ = try await fleet.submit([[1]], newTokenCount: 1)
            }
        }
    }

    @Test func aDrainThatIsOutOfTimeFailsTheRestWithAReason() async throws {
        let harness = try FleetHarness(
            "server: { drain_timeout: 0s }\n" + FleetHarness.single(batch: 1))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            harness.launcher.stepGate.close()
            let streams = try await fleet.submit([[1], [2], [3]], newTokenCount: 300)
            async let drained: Void = fleet.drain()
            await harness.log.wait { $0.says("fleet is draining") }
            harness.launcher.stepGate.open()
            await drained
            for stream in streams {
                #expect(await Answer(stream).end == .failed(.draining(group: "primary")))
            }
        }
    }

    @Test func nothingIsLeftOpenAfterBuildsDeathsAndRemovals() async throws {
        // Sizes that no other test uses name this test's memory files among all of the process.
        var inspector = FakeInspector()
        inspector.packByteCount = 777_777
        inspector.gatherByteCount = 55_555
        let launcher = FakeLauncher { $0.life <= 2 ? .diesInStep(2) : .none }
        let harness = try FleetHarness(
            FleetHarness.single(", replicas: 2, tensor_parallel: 2"), inspector: inspector, launcher: launcher
        )
        try await harness.run { fleet in
            await harness.log.wait(count: 2) { $0.says("reader is ready") }
            #expect(Self.openFileCount(ofSize: 777_777) > 0)
            let streams = try await fleet.submit((1...9).map { [Int32($0)] }, newTokenCount: 9)
            for stream in streams { #expect(await Answer(stream).tokens.count == 9) }
            try await fleet.removeReader(ReaderID("chat-1"))
        }
        #expect(Self.openFileCount(ofSize: 777_777) == 0)
        #expect(Self.openFileCount(ofSize: 55_555) == 0)
    }

    /// Descriptors of this process that are memory files of this size.
    private static func openFileCount(ofSize byteCount: Int) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count { name in
            let path = "/proc/self/fd/\(name)"
            let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? ""
            guard target.hasPrefix("/memfd:skein") else { return false }
            let handle = FileHandle(forReadingAtPath: path)
            defer { try? handle?.close() }
            return (try? handle?.seekToEnd()) == UInt64(byteCount)
        }
    }
}
