import Foundation
import Platform
import TestSupport
import WorkerMessages

@testable import Controller

/// A pack cache in a folder of its own, and packs of random bytes to put into it.
struct PackCacheFixture {
    let temporary: TemporaryFolder
    var cache: PackCacheFolder

    /// Packs of two sections and a bit.
    static let packByteCount = 2 * SectionBuffer.byteCount + 8192

    init(limit: Int = 1 << 30, subfolder: String = "a/cache") throws {
        temporary = try TemporaryFolder()
        cache = PackCacheFolder(
            folder: PrivateFolder(path: temporary.url.appending(path: subfolder).path), byteCountMax: limit)
    }

    /// A model's key; models of one name and different stamps are different packs.
    static func key(
        _ name: String = "red", stamp: String = "first", byteCount: Int = packByteCount
    ) -> PackCacheKey {
        var summary = ModelSummary(
            modelType: "fake", vocabularyCount: 2, layerCount: 1, maxPositionCount: 64, endOfTextIDs: [],
            beginningOfTextID: nil, checkpointDigest: name, configurationJSON: Data(), weightType: "int8",
            layoutID: "int8-1-0123456789abcdef", packByteCount: byteCount, gatherByteCount: 0, ranks: [])
        summary.weightStamp = stamp
        return PackCacheKey(summary)
    }

    /// A sealed pack of bytes that depend on the key.
    static func pack(_ key: PackCacheKey = key(), byteCount: Int? = nil) throws -> PackToKeep {
        let file = try MemoryFile.create(name: "test-pack", byteCount: byteCount ?? key.packByteCount)
        let bytes = bytes(of: key)
        try file.descriptor.write(bytes, count: min(bytes.count, file.byteCount), at: 0)
        try file.seal()
        return PackToKeep(key: key, descriptor: try file.reopenReadOnly())
    }

    /// The bytes of its pack.
    static func bytes(of key: PackCacheKey) -> [UInt8] {
        let seed = key.text.utf8.reduce(UInt64(1)) { ($0 &* 31) &+ UInt64($1) }
        return (0..<key.packByteCount).map { index in
            UInt8(truncatingIfNeeded: (seed &+ UInt64(index)) &* 0x9E37_79B9_7F4A_7C15 >> 56)
        }
    }

    /// Puts a pack in.
    @discardableResult
    func keep(_ key: PackCacheKey = key()) throws -> PackCacheFolder.Keeping {
        try cache.keep(try Self.pack(key)) { _ in true }
    }

    /// Takes a pack out; the bytes that would be mapped.
    func find(_ key: PackCacheKey = key(), threadCount: Int = 2) throws -> [UInt8]? {
        guard let file = try cache.find(key, threadCount: threadCount, goesOn: { _ in true }) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: key.packByteCount)
        try file.read(0..<bytes.count, into: &bytes)
        return bytes
    }

    /// What `find` throws.
    func fault(_ key: PackCacheKey = key()) -> PackCacheFault? {
        do {
            _ = try find(key)
            return nil
        } catch {
            return error as? PackCacheFault
        }
    }

    /// Where a pack's file is.
    func url(of key: PackCacheKey = key()) -> URL { URL(filePath: cache.path(of: key)) }

    /// Changes a pack's file as no program of ours does.
    func edit(_ key: PackCacheKey = key(), _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: url(of: key))
        change(&data)
        try data.write(to: url(of: key))
        // Foundation may make it anew, with everybody's permissions.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: url(of: key).path)
    }

    /// Names of what is in the folder but the lock, ascending.
    func names() throws -> [String] {
        try cache.folder.names().filter { $0 != PackCacheFolder.lockName }.sorted()
    }

    /// Makes a pack look as if it had been used at this time.
    func setUsed(_ key: PackCacheKey, at seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: url(of: key).path)
    }
}
