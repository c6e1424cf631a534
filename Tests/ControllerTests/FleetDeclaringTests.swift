import Foundation
import Serving
import TestSupport
import Testing
import Topology
import WorkerMessages

@testable import Controller

@Suite(.timeLimit(.minutes(5))) struct FleetDeclaringTests {
    @Test func aPostedReaderTakesItsIdentityFromItsGroupAndANameFromItsModel() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            let id = try await fleet.addReader(harness.declaration("Models/red"))
            // The harness's numbers count from 0xa1; the requests' seeds are given.
            #expect(id.name == "red-000000a1")
            await harness.log.waitUntilReady(id.name)
            let reader = try #require(await fleet.snapshot().readers.last)
            // 512 is the group's, not the default 4096.
            #expect(reader.readerID == id && reader.layout.maxSequenceLength == 512)
            #expect(
                await fleet.configurationJSON(of: id) == Data(#"{"model_type": "fake", "words": "red"}"#.utf8)
            )
            #expect(await fleet.configurationJSON(of: ReaderID("nobody")) == nil)
            try await fleet.removeReader(id)
            #expect(await fleet.snapshot().readers.map(\.readerID.name) == ["chat"])
        }
        // Same checkpoint, same layout: the second reader mapped the first one's pack.
        #expect(harness.launcher.orders().filter { $0.packRole == .build }.count == 1)
    }

    @Test func anotherModelInTheSameGroupIsRefusedNamingBoth() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await #expect {
                _ = try await fleet.addReader(harness.declaration("Models/blue"))
            } throws: { error in
                guard case .identityConflict("primary", let current, let offered) = error as? ControllerError
                else { return false }
                return current.checkpointDigest.contains("red") && offered.checkpointDigest.contains("blue")
            }
            await #expect(throws: ControllerError.self) {
                let longer = harness.declaration("Models/red") {
                    $0.maxSequenceLength = Setting(1024, .request)
                }
                _ = try await fleet.addReader(longer)
            }
            // A group of its own is fine.
            let id = try await fleet.addReader(harness.declaration("Models/blue", group: "other"))
            await harness.log.waitUntilReady(id.name)
            #expect(await fleet.snapshot().groups.map(\.name) == ["other", "primary"])
        }
    }

    @Test func modelsOutsideTheRootsAreRefused() async throws {
        let harness = try FleetHarness(
            FleetHarness.single())
        let elsewhere = try TemporaryFolder()
        try FakeModel.write(to: elsewhere.url.appending(path: "red"), words: "red")
        // A link inside a root that leads out of it is outside.
        try FileManager.default.createSymbolicLink(
            at: harness.folder.url.appending(path: "Models/link"),
            withDestinationURL: elsewhere.url.appending(path: "red"))
        try await harness.run { fleet in
            var outside = harness.declaration("")
            outside.modelDirectory.value = elsewhere.url.appending(path: "red")
            for declaration in [outside, harness.declaration("Models/link")] {
                await #expect {
                    _ = try await fleet.addReader(declaration)
                } throws: { error in
                    guard case .pathOutsideRoots(let directory, let roots) = error as? ControllerError
                    else { return false }
                    return directory.contains(elsewhere.url.lastPathComponent)
                        && roots == [
                            harness.folder.url.appending(path: "Models").resolvingSymlinksInPath().path
                        ]
                }
            }
            // Under a root, and beside the served model.
            _ = try await fleet.addReader(harness.declaration("Models/red"))
            _ = try await fleet.addReader(harness.declaration("blue", group: "other"))
        }
    }

    @Test func aDirectoryWithoutConfigurationIsRefused() async throws {
        let harness = try FleetHarness(FleetHarness.single())
        try await harness.run { fleet in
            await #expect {
                _ = try await fleet.addReader(harness.declaration("green"))
            } throws: { error in
                guard case .invalidModel(let directory, let reason) = error as? ControllerError else {
                    return false
                }
                return directory.hasSuffix("/green") && !reason.isEmpty
            }
        }
    }

    @Test func whatDoesNotFitIntoMemoryIsRefusedWithTheSumAndWhatWouldFit() async throws {
        // The pack takes 1 MiB, activations 500, the process its due; the rest has room for 63 blocks of 1000
        // bytes, 64 are asked.
        let rest = (1 << 20) + 500 + MemoryDemand.processByteCount
        let available = rest + 63_999
        let harness = try FleetHarness(FleetHarness.single(), availableByteCount: available)
        await #expect {
            try await harness.fleet.start()
        } throws: { error in
            guard case .insufficientMemory(let refusal) = error as? ControllerError else { return false }
            return refusal.neededByteCount == rest + 64_000
                && refusal.availableByteCount == available && refusal.fittingBlockCount == 63
                && refusal.fittingSequenceLength == 15 * 32 && refusal.limits.maxSequenceLength == 512
        }
        await harness.fleet.drain()
        let fitting = try FleetHarness(FleetHarness.single(), availableByteCount: available + 1)
        try await fitting.run { fleet in
            await fitting.log.waitUntilReady("chat")
            let memory = await fleet.snapshot().readers[0].memory
            #expect(memory.packByteCount == 1 << 20 && memory.keyValueByteCount == 64_000)
            #expect(memory.activationByteCount == 500 && memory.gatherByteCount == 0)
            #expect(memory.availableByteCount == available + 1 && memory.longestSequenceLength == 512)
        }
    }

    @Test func whatWouldFitIsKnownUpToTheModelsOwnLength() async throws {
        // Of 8192 positions, 4 sequences with 100 blocks each fit, and no more.
        let available = (1 << 20) + 500 + MemoryDemand.processByteCount + 403_999
        let harness = try FleetHarness(FleetHarness.single(), availableByteCount: available)
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            #expect(await fleet.snapshot().readers[0].memory.longestSequenceLength == 3200)
        }
        let large = try FleetHarness(FleetHarness.single())
        try await large.run { fleet in
            await large.log.waitUntilReady("chat")
            #expect(await fleet.snapshot().readers[0].memory.longestSequenceLength == 8192)
        }
    }

    @Test func theModelsOwnLengthIsTheLimit() async throws {
        var inspector = FakeInspector()
        inspector.maxPositionCount = 511
        let harness = try FleetHarness(FleetHarness.single(), inspector: inspector)
        let expected = ControllerError.invalidSetting(
            key: "max_sequence_length", value: "512", allowed: "2 to 511, the model's own maximum")
        await #expect(throws: expected) { try await harness.fleet.start() }
    }

    @Test(arguments: [(8192, 4096), (300, 300)])
    func anAutomaticLengthIsTheModelsUpToADefault(_ positionCount: Int, _ length: Int) async throws {
        var inspector = FakeInspector()
        inspector.maxPositionCount = positionCount
        let harness = try FleetHarness(
            "reader_groups:\n  chat: { model_name: red, consumer_group: primary }\n", inspector: inspector)
        try await harness.run { fleet in
            #expect(await fleet.snapshot().readers[0].layout.maxSequenceLength == length)
        }
    }

    @Test func threadsPinsAndSpinFollowAllReaders() async throws {
        let harness = try FleetHarness(FleetHarness.single(", tensor_parallel: 2"))
        try await harness.run { fleet in
            await harness.log.waitUntilReady("chat")
            // Two ranks on four processors.
            let layout = await fleet.snapshot().readers[0].layout
            #expect(layout.threadsPerRank == 2 && layout.cores == [[0, 1], [2, 3]])
            let id = try await fleet.addReader(harness.declaration("Models/red"))
            await harness.log.waitUntilReady(id.name)
            let second = try #require(await fleet.snapshot().readers.last).layout
            #expect(second.threadsPerRank == 1 && second.cores == [])
        }
    }

    @Test(arguments: [
        ("", "f16"), (", quant_type: f32", "f32"), (", quant_type: int4", "f16"),
        (", quant_type: f32, kv_cache_type: f16", "f16"), (", kv_cache_type: int8", "int8"),
        (", kv_cache_type: f32", "f32"),
    ])
    func theCacheTypeFollowsTheWeightsUnlessItIsSaid(settings: String, expected: String) async throws {
        let harness = try FleetHarness(FleetHarness.single(settings))
        try await harness.run { fleet in
            #expect(await fleet.snapshot().readers[0].layout.kvCacheType == expected)
        }
    }

    @Test func aReaderTakesItsGroupsCacheTypeAndIsRefusedWithAnother() async throws {
        let harness = try FleetHarness(FleetHarness.single(", kv_cache_type: int8"))
        try await harness.run { fleet in
            _ = try await fleet.addReader(harness.declaration("Models/red"))
            #expect(await fleet.snapshot().readers.map(\.layout.kvCacheType) == ["int8", "int8"])
            await #expect {
                let other = harness.declaration("Models/red") { $0.kvCacheType = Setting(.f16, .request) }
                _ = try await fleet.addReader(other)
            } throws: { error in
                guard case .identityConflict("primary", let current, let offered) = error as? ControllerError
                else { return false }
                return current.kvCacheType == "int8" && offered.kvCacheType == "f16"
            }
        }
    }
}
