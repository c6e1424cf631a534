import Foundation
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Controller

@Suite("The pack cache on the disk: keeping")
struct PackCacheKeepingTests {
    private static let fileByteCount =
        PackCacheFixture.packByteCount + PackTrailer.byteCount(of: PackCacheFixture.key())
    private let keys = ["a", "b", "c", "d"].map { PackCacheFixture.key($0) }

    private static func fault(_ body: () throws -> PackCacheFolder.Keeping) -> PackCacheFault? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? PackCacheFault
        }
    }

    /// Three packs fit; keys of one letter make a file of another length than `key()` does.
    private static func limit(_ count: Int) -> Int {
        count * (PackCacheFixture.packByteCount + PackTrailer.byteCount(of: PackCacheFixture.key("a")))
    }

    @Test("the packs that were not used for longest make room, and no more of them than it takes")
    func eviction() throws {
        let fixture = try PackCacheFixture(limit: Self.limit(3))
        for (index, key) in keys.prefix(3).enumerated() {
            #expect(try fixture.keep(key) == .written(evicted: []))
            try fixture.setUsed(key, at: Double(1000 + index))
        }
        // Being found counts as use: a is now the latest.
        #expect(try fixture.find(keys[0]) != nil)
        #expect(try fixture.keep(keys[3]) == .written(evicted: [keys[1].fileName]))
        #expect(try fixture.names() == [keys[0], keys[2], keys[3]].map(\.fileName).sorted())
    }

    @Test("a pack as large as the limit is kept, one byte more is not")
    func limits() throws {
        var fixture = try PackCacheFixture(limit: Self.limit(1))
        #expect(try fixture.keep(keys[0]) == .written(evicted: []))
        #expect(try fixture.keep(keys[1]) == .written(evicted: [keys[0].fileName]))
        fixture.cache = PackCacheFolder(folder: fixture.cache.folder, byteCountMax: Self.limit(1) - 1)
        #expect(
            Self.fault { try fixture.keep(keys[2]) }
                == .limit(needed: Self.limit(1), allowed: Self.limit(1) - 1))
        #expect(try fixture.names() == [keys[1].fileName])
    }

    @Test("a pack that the disk has no room for is not begun, and nothing is removed for it")
    func fullDisk() throws {
        let fixture = try PackCacheFixture(limit: .max)
        try fixture.keep(keys[0])
        // 64 TiB that take no memory.
        let huge = PackCacheFixture.key("huge", byteCount: 1 << 46)
        let file = try MemoryFile.create(name: "huge", byteCount: 1 << 46)
        let fault = Self.fault {
            try fixture.cache.keep(PackToKeep(key: huge, descriptor: file.descriptor)) { _ in true }
        }
        guard case .diskFull(let needed, let available) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(needed > 1 << 46 && available < 1 << 46)
        #expect(try fixture.names() == [keys[0].fileName])
    }

    @Test(
        "a directory that cannot be made or written is an error with its path",
        arguments: ["/proc/skein", "/sys"])
    func readOnly(path: String) throws {
        let cache = PackCacheFolder(folder: PrivateFolder(path: path), byteCountMax: 1 << 30)
        let fault = Self.fault { try cache.keep(try PackCacheFixture.pack()) { _ in true } }
        guard case .system(let error) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(error.description.contains(path))
        #expect(try cache.find(PackCacheFixture.key(), threadCount: 1) { _ in true } == nil)
    }

    @Test("a pack that cannot be read to its end leaves nothing behind")
    func shortSource() throws {
        let fixture = try PackCacheFixture()
        let short = try PackCacheFixture.pack(keys[0], byteCount: SectionBuffer.byteCount + 4096)
        let fault = Self.fault { try fixture.cache.keep(short) { _ in true } }
        #expect(fault.map { "\($0)".contains("ends at byte") } == true)
        #expect(try fixture.names() == [])
    }

    @Test("told to stop, it leaves nothing behind")
    func stopping() throws {
        let fixture = try PackCacheFixture()
        var sectionCount = 0
        let fault = Self.fault {
            try fixture.cache.keep(try PackCacheFixture.pack(keys[0])) { _ in
                sectionCount += 1
                return sectionCount < 3
            }
        }
        #expect(fault == .stopped && sectionCount == 3)
        #expect(try fixture.names() == [])
    }

    @Test("what a process left that died while it wrote is removed")
    func leftovers() throws {
        let fixture = try PackCacheFixture()
        try fixture.cache.folder.create()
        let left = try fixture.cache.folder.create(keys[1].fileName + PackCacheKey.unfinishedEnding)
        try left.write([1, 2, 3], count: 3, at: 0)
        #expect(try fixture.keep(keys[0]) == .written(evicted: []))
        #expect(try fixture.names() == [keys[0].fileName])
    }

    @Test("a file that is damaged is replaced")
    func replacing() throws {
        let fixture = try PackCacheFixture()
        try fixture.keep(keys[0])
        try fixture.edit(keys[0]) { $0.removeLast(5) }
        #expect(try fixture.keep(keys[0]) == .written(evicted: []))
        #expect(try fixture.find(keys[0]) == PackCacheFixture.bytes(of: keys[0]))
    }

    @Test("one process writes at a time; another waits, or is told to stop")
    func lock() throws {
        let fixture = try PackCacheFixture()
        try fixture.cache.folder.create()
        var held = try fixture.cache.folder.lock(PackCacheFolder.lockName)
        #expect(held != nil)
        #expect(try fixture.cache.folder.lock(PackCacheFolder.lockName) == nil)
        let pack = try PackCacheFixture.pack(keys[0])
        #expect(Self.fault { try fixture.cache.keep(pack) { _ in false } } == .stopped)
        var waitCount = 0
        let keeping = try fixture.cache.keep(pack) { isWaiting in
            if isWaiting {
                waitCount += 1
                if waitCount == 3 { held = nil }
            }
            return true
        }
        #expect(keeping == .written(evicted: []) && waitCount == 3)
    }

    @Test("of several that keep one pack at once, one writes and all find it")
    func manyWriters() async throws {
        let fixture = try PackCacheFixture()
        let key = keys[0]
        let results = try await withThrowingTaskGroup(of: PackCacheFolder.Keeping.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try fixture.cache.keep(try PackCacheFixture.pack(key)) { isWaiting in
                        if isWaiting { usleep(1000) }
                        return true
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 == .written(evicted: []) }.count == 1)
        #expect(results.filter { $0 == .presentAlready }.count == 5)
        #expect(try fixture.find(key) == PackCacheFixture.bytes(of: key))
        #expect(try fixture.names() == [key.fileName])
    }
}
