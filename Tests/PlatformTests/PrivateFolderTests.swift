import Foundation
import Platform
import TestSupport
import Testing

@Suite("Files by offset, and folders of this program's own")
struct PrivateFolderTests {
    private let temporary: TemporaryFolder
    private let folder: PrivateFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = PrivateFolder(path: temporary.url.appending(path: "one/two").path)
    }

    @Test("a folder is made with those above it, for its user alone, and making it again is harmless")
    func creating() throws {
        try folder.create()
        try folder.create()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        #expect(try folder.names() == [])
        #expect(try folder.freeByteCount() > 0)
        let error = #expect(throws: SystemError.self) { try PrivateFolder(path: "/proc/skein").create() }
        #expect(error?.description.contains("mkdir /proc/skein") == true)
    }

    @Test("files are made once, written and read by offset, renamed over others and removed")
    func files() throws {
        try folder.create()
        #expect(try folder.open("a") == nil)
        let file = try folder.create("a")
        #expect(throws: SystemError.self) { try folder.create("a") }
        try file.reserve(byteCount: 6)
        try file.write([1, 2, 3, 4], count: 3, at: 3)
        try file.synchronize()
        let other = try folder.create("b")
        try other.write([9], count: 1, at: 0)
        try folder.rename("a", to: "b")
        #expect(try folder.names() == ["b"])
        let found = try #require(try folder.open("b"))
        #expect(found.isReadOnly && !file.isReadOnly)
        var bytes = [UInt8](repeating: 7, count: 8)
        try found.read(0..<6, into: &bytes)
        #expect(bytes == [0, 0, 0, 1, 2, 3, 7, 7])
        let error = #expect(throws: SystemError.self) { try found.read(2..<7, into: &bytes) }
        #expect(error?.description == "the file ends at byte 6, before 7")
        let status = try found.fileStatus()
        #expect(status.isRegular && status.byteCount == 6 && !status.isWritableByOthers)
        #expect(try status.inode == file.fileStatus().inode && status.ownerID == geteuid())
        try folder.remove("b")
        try folder.remove("b")
        #expect(try folder.names() == [])
    }

    @Test("touching a file changes its time and nothing else")
    func touching() throws {
        try folder.create()
        let file = try folder.create("a")
        let old = Date(timeIntervalSince1970: 1000)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: folder.path(of: "a"))
        #expect(try file.fileStatus().modifiedNanoseconds == 1_000_000_000_000)
        try file.touch()
        #expect(try file.fileStatus().modifiedNanoseconds > 1_700_000_000_000_000_000)
    }

    @Test("a lock is one descriptor's until it is closed")
    func locking() throws {
        try folder.create()
        var first = try folder.lock("lock")
        #expect(first != nil)
        #expect(try folder.lock("lock") == nil)
        first = nil
        #expect(try folder.lock("lock") != nil)
    }

    @Test("CRC-32C of RFC 3720's examples and of the usual one")
    func checksumVectors() {
        #expect(SectionBuffer.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(SectionBuffer.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(SectionBuffer.checksum(of: Array(0..<32)) == 0x46DD_794E)
        #expect(SectionBuffer.checksum(of: Array((0..<32).reversed())) == 0x113F_DB5C)
        #expect(SectionBuffer.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
        #expect(SectionBuffer.checksum(of: []) == 0)
    }

    @Test(
        "a section's checksum is that of its quarters, filled up to four bytes",
        arguments: [4, 5, 31, 32, 33, 4096, 4099, SectionBuffer.byteCount - 1, SectionBuffer.byteCount])
    func sections(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 / 253) }
        let file = try MemoryFile.create(name: "section", byteCount: count + 10)
        try file.descriptor.write(bytes, count: count, at: 10)
        var buffer = SectionBuffer()
        // What an earlier, longer section leaves must not count.
        try buffer.read(0..<count + (count < SectionBuffer.byteCount - 10 ? 10 : 0), of: file.descriptor)
        try buffer.read(10..<10 + count, of: file.descriptor)
        let padded = bytes + [UInt8](repeating: 0, count: (4 - count % 4) % 4)
        let quarter = padded.count / 4
        let expected = (0..<4).map {
            SectionBuffer.checksum(of: Array(padded[$0 * quarter..<($0 + 1) * quarter]))
        }
        #expect(buffer.checksum == SIMD4(expected[0], expected[1], expected[2], expected[3]))
    }

    @Test("a file has as many sections as it takes")
    func sectionRanges() {
        let unit = SectionBuffer.byteCount
        #expect(SectionBuffer.sectionCount(of: 0) == 0 && SectionBuffer.sectionCount(of: 1) == 1)
        #expect(SectionBuffer.sectionCount(of: unit) == 1 && SectionBuffer.sectionCount(of: unit + 1) == 2)
        #expect(SectionBuffer.range(of: 1, of: unit + 1) == unit..<unit + 1)
        #expect(SectionBuffer.range(of: 0, of: unit + 1) == 0..<unit)
    }
}
