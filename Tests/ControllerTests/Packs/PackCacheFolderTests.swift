import Foundation
import Platform
import TestSupport
import Testing

@testable import Controller

@Suite("The pack cache on the disk: finding")
struct PackCacheFolderTests {
    private let key = PackCacheFixture.key()

    @Test(
        "a pack that was kept is found, byte for byte, by any number of threads", arguments: [1, 2, 3, 100])
    func roundTrip(threadCount: Int) throws {
        let fixture = try PackCacheFixture()
        #expect(try fixture.find() == nil)
        #expect(fixture.cache.look(for: key) == .absent)
        #expect(try fixture.keep() == .written(evicted: []))
        #expect(try fixture.find(threadCount: threadCount) == PackCacheFixture.bytes(of: key))
        #expect(fixture.cache.look(for: key) == .present)
        #expect(try fixture.names() == [key.fileName])
        #expect(try fixture.keep() == .presentAlready)
    }

    @Test("a file can be mapped as the pack that it begins with, and not written through")
    func mapping() throws {
        let fixture = try PackCacheFixture()
        try fixture.keep()
        let file = try #require(try fixture.cache.find(key, threadCount: 1) { _ in true })
        let region = try MappedRegion.readOnly(file, byteCount: key.packByteCount)
        let bytes = PackCacheFixture.bytes(of: key)
        for index in [0, 1, key.packByteCount - 1] {
            #expect(unsafe region.base.load(fromByteOffset: index, as: UInt8.self) == bytes[index])
        }
        #expect(throws: SystemError.self) { try file.write([1], count: 1, at: 0) }
        // Its name may go: who has it mapped keeps it.
        fixture.cache.remove(key)
        #expect(unsafe region.base.load(fromByteOffset: 4096, as: UInt8.self) == bytes[4096])
    }

    @Test("what decides the bytes decides the name, and nothing else does")
    func names() {
        #expect(key.fileName == "int8-1-0123456789abcdef-red-first.pack")
        #expect(PackCacheFixture.key("red", stamp: "second").fileName != key.fileName)
        #expect(
            PackCacheFixture.key("a/../b", stamp: "ä").fileName == "int8-1-0123456789abcdef-a_.._b-_.pack")
        let long = String(repeating: "0123456789", count: 7)
        #expect(PackCacheFixture.key(long).fileName == "int8-1-0123456789abcdef-0123456789012345-first.pack")
    }

    @Test("one changed bit anywhere is found, named, and the file removed")
    func damage() throws {
        let fixture = try PackCacheFixture()
        let end = PackCacheFixture.packByteCount
        let section = SectionBuffer.byteCount
        for (offset, words) in [
            (0, "bytes 0 ..< \(section)"), (section - 1, "bytes 0 ..< \(section)"),
            (section + 4711, "bytes \(section) ..< \(2 * section)"),
            (end - 1, "bytes \(2 * section) ..< \(end)"), (end, "does not end as a pack does"),
            (end + 9, "checksum of its end"), (end + 40, "checksum of its end"),
            (end + PackTrailer.byteCount(of: key) - 1, "checksum of its end"),
        ] {
            try fixture.keep()
            try fixture.edit { $0[offset] ^= 0x10 }
            let fault = try #require(fixture.fault(), "offset \(offset)")
            guard case .damaged(let reason) = fault else {
                Issue.record("offset \(offset): \(fault)")
                continue
            }
            #expect(reason.contains(words), "offset \(offset): \(reason)")
            #expect(try fixture.names() == [])
        }
    }

    @Test("a file that is too short or too long is found", arguments: [-1_000_000, -1, 1, 4096])
    func truncation(change: Int) throws {
        let fixture = try PackCacheFixture()
        try fixture.keep()
        try fixture.edit { data in
            if change < 0 { data.removeLast(-change) } else { data.append(Data(count: change)) }
        }
        let expected = PackCacheFixture.packByteCount + PackTrailer.byteCount(of: key)
        #expect(
            fixture.fault()
                == .damaged("it has \(expected + change) bytes, this pack's has \(expected)"))
        try fixture.keep()
        try fixture.edit { $0 = Data() }
        #expect(fixture.cache.look(for: key) != .present)
        #expect(fixture.fault() != nil)
    }

    @Test("another pack of the same name is not taken for this one, and may be replaced")
    func collision() throws {
        let fixture = try PackCacheFixture()
        // The name has 16 digits of each; these differ in the 17th.
        let one = PackCacheFixture.key("0123456789abcdef1")
        let other = PackCacheFixture.key("0123456789abcdef2")
        #expect(one.fileName == other.fileName && one != other)
        try fixture.keep(one)
        #expect(fixture.fault(other) == .otherPack)
        #expect(fixture.cache.look(for: other) == .unusable(.otherPack))
        #expect(try fixture.find(one) == PackCacheFixture.bytes(of: one))
        #expect(try fixture.keep(other) == .written(evicted: []))
        #expect(try fixture.find(other) == PackCacheFixture.bytes(of: other))
        #expect(fixture.fault(one) == .otherPack)
    }

    @Test("what is not this user's own regular file is left alone")
    func foreign() throws {
        let fixture = try PackCacheFixture()
        try fixture.keep()
        let path = fixture.url().path
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: path)
        #expect(fixture.fault() == .foreign("others may write it"))
        #expect(try fixture.names() == [key.fileName])
        if geteuid() == 0 {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600, .ownerAccountID: 12345], ofItemAtPath: path)
            #expect(fixture.fault() == .foreign("it belongs to user 12345"))
        }
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".away")
        guard case .system = fixture.fault() else {
            Issue.record("a symbolic link: \(String(describing: fixture.fault()))")
            return
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(fixture.fault() == .foreign("it is no regular file"))
    }

    @Test("a check that is told to end says so and removes nothing")
    func stopping() throws {
        let fixture = try PackCacheFixture()
        try fixture.keep()
        let error = #expect(throws: PackCacheFault.self) {
            try fixture.cache.find(key, threadCount: 1) { $0 < SectionBuffer.byteCount }
        }
        #expect(error == .stopped)
        #expect(fixture.cache.look(for: key) == .present)
    }
}
