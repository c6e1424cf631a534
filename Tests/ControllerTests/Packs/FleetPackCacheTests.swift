import Foundation
import Logging
import Platform
import Synchronization
import TestSupport
import Testing
import WorkerMessages

@testable import Controller

@Suite("Fleets and the pack cache", .timeLimit(.minutes(5)))
struct FleetPackCacheTests {
    private let cache: TemporaryFolder
    private let written = "pack written to the pack cache"

    init() throws { cache = try TemporaryFolder() }

    private func yaml(_ more: String = "", folder: String? = nil) -> String {
        "server: { pack_cache: \(folder ?? cache.url.path) }\n" + FleetHarness.single(more)
    }

    /// Starts a fleet whose reader (or readers) gets ready, and ends it: what a start leaves behind.
    @discardableResult
    private func start(
        _ more: String = "", launcher: FakeLauncher = FakeLauncher(), readerCount: Int = 1,
        _ body: @Sendable (Fleet, FleetHarness) async throws -> Void = { _, _ in }
    ) async throws -> FleetHarness {
        let harness = try FleetHarness(yaml(more), launcher: launcher)
        try await harness.run { fleet in
            await harness.log.wait(count: readerCount) { $0.says("reader is ready") }
            try await body(fleet, harness)
        }
        return harness
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: cache.url.path).filter { $0 != "lock" }
    }

    @Test("the first start builds and writes, the next ones map, however they are split")
    func secondStart() async throws {
        let first = try await start(", tensor_parallel: 2")
        #expect(first.launcher.orders().map(\.packRole) == [.build])
        #expect(first.log.count("pack is not in the pack cache") == 1)
        // Draining waited for the file.
        #expect(first.log.count(written) == 1)
        #expect(try files().count == 1)
        let second = try await start(", tensor_parallel: 3, replicas: 2", readerCount: 2) { fleet, harness in
            let readers = await fleet.snapshot().readers
            #expect(readers.map(\.isPackCached) == [true, true])
            #expect(readers.flatMap(\.workers).allSatisfy { $0.bytesRead == 0 })
            let stream = try await fleet.submit([[5, 6]], newTokenCount: 9)[0]
            #expect(await Answer(stream) == .right([5, 6], count: 9))
        }
        #expect(second.launcher.orders().map(\.packRole) == [.mapFile, .mapFile])
        #expect(second.log.count("pack found in the pack cache") == 1)
        #expect(second.log.count("pack sealed") == 0 && second.log.count(written) == 0)
    }

    @Test("plan can say whether a start would find the pack")
    func entries() async throws {
        try await start { fleet, _ in
            let entry = try #require(await fleet.packCacheEntry(of: ReaderID("chat")))
            #expect(entry.path.hasPrefix(cache.url.path + "/fake-1-"))
        }
        try await start { fleet, _ in
            let entry = try #require(await fleet.packCacheEntry(of: ReaderID("chat")))
            #expect(entry.isPresent && entry.fault == nil)
            try Data("short".utf8).write(to: URL(filePath: entry.path))
            let other = try #require(await fleet.packCacheEntry(of: ReaderID("chat")))
            #expect(!other.isPresent && other.fault?.contains("5 bytes") == true)
        }
        let off = try FleetHarness(FleetHarness.single())
        try await off.run { fleet in
            #expect(await fleet.packCacheEntry(of: ReaderID("chat")) == nil)
            await off.log.waitUntilReady("chat")
        }
        #expect(off.launcher.orders().map(\.packRole) == [.build])
    }

    @Test("a damaged file is named, the pack is built, and the file replaced")
    func damage() async throws {
        try await start()
        let url = cache.url.appending(path: try #require(try files().first))
        let handle = try FileHandle(forUpdating: url)
        try handle.seek(toOffset: 4097)
        try handle.write(contentsOf: Data([0xAB]))
        try handle.close()
        let second = try await start()
        #expect(second.launcher.orders().map(\.packRole) == [.build])
        let line = try #require(
            second.log.lines.first { $0.says("pack in the pack cache cannot be used, it is built") })
        #expect(line.level == .warning && line.metadata["pack.path"] == url.path)
        #expect(line.metadata["error"]?.contains("checksum of bytes 0 ..< 1048576 is wrong") == true)
        #expect(second.log.count(written) == 1)
        #expect(try await start().launcher.orders().map(\.packRole) == [.mapFile])
    }

    @Test("a cache that cannot be written costs a line, not the start")
    func forbidden() async throws {
        let harness = try FleetHarness(yaml(folder: "/proc/skein/cache"))
        try await harness.run { _ in
            await harness.log.waitUntilReady("chat")
            await harness.log.wait { $0.says("pack is not kept") }
        }
        let line = try #require(harness.log.lines.first { $0.says("pack is not kept") })
        #expect(line.level == .warning)
        #expect(line.metadata["error"]?.contains("mkdir /proc/skein") == true)
    }

    @Test("weights that change while they are packed are not kept under the old ones' name")
    func changingWeights() async throws {
        let launcher = FakeLauncher()
        launcher.buildGate.close()
        let harness = try FleetHarness(yaml(), launcher: launcher)
        try await harness.run { _ in
            await harness.log.wait { $0.says("reader changed its state", state: "building pack") }
            try Data("second stamp".utf8).write(to: harness.folder.url.appending(path: "red/stamp"))
            launcher.buildGate.open()
            await harness.log.waitUntilReady("chat")
            await harness.log.wait { $0.says("pack is not kept") }
        }
        #expect(try files() == [])
        let line = try #require(harness.log.lines.first { $0.says("pack is not kept") })
        #expect(line.metadata["error"] == "the model's files have changed since they were packed")
    }

    @Test("a file that the workers refuse is given up, and the reader starts all the same")
    func refusedFile() async throws {
        try await start()
        let launcher = FakeLauncher { $0.rank == 0 ? .refusesCachedPack : .none }
        let second = try await start(launcher: launcher)
        #expect(launcher.orders().map(\.packRole) == [.mapFile, .build])
        #expect(second.log.count("pack of the pack cache is given up") == 1)
        #expect(second.log.count(written) == 1)
    }

    @Test("workers that cannot read a page of the file build the pack again")
    func unreadableFile() async throws {
        try await start()
        let second = try await start { _, harness in
            harness.launcher.kill("chat", rank: 0, signal: SIGBUS)
            await harness.log.waitUntilReady("chat", count: 2)
        }
        #expect(second.launcher.orders().map(\.packRole) == [.mapFile, .build])
        // Any other death finds the file again.
        let third = try await start { _, harness in
            harness.launcher.kill("chat", rank: 0)
            await harness.log.waitUntilReady("chat", count: 2)
        }
        #expect(third.launcher.orders().map(\.packRole) == [.mapFile, .mapFile])
    }

    @Test("a pack that is mapped from a file still counts as memory to come")
    func memory() async throws {
        try await start()
        try await start { fleet, _ in
            #expect(await fleet.packs.sealedKeys.isEmpty)
            #expect(await fleet.snapshot().packByteCount == 1 << 20)
        }
    }

    @Test("a drain without time gives up what is being written")
    func drainWithoutTime() async throws {
        let harness = try FleetHarness(
            "server: { drain_timeout: 0s, pack_cache: \(cache.url.path) }\n" + FleetHarness.single())
        let folder = PackCacheFolder(
            folder: .init(path: cache.url.path), byteCountMax: .max
        ).folder
        // Somebody else writes all the time.
        let lock = try #require(try folder.lock(PackCacheFolder.lockName))
        try await harness.run { _ in await harness.log.waitUntilReady("chat") }
        withExtendedLifetime(lock) {}
        #expect(try files() == [])
        #expect(
            harness.log.lines.first { $0.says("pack is not kept") }?.metadata["error"]
                == "the server stopped first")
    }
}
