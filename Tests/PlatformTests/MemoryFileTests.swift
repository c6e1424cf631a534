import Glibc
import Platform
import Testing

@Suite struct MemoryFileTests {
    @Test("Mappings of one file see each other's bytes")
    func sharing() throws {
        let file = try MemoryFile.create(name: "shared", byteCount: 10_000)
        let first = try file.map(.readWrite)
        let second = try file.map(.readOnly)
        unsafe first.base.storeBytes(of: 77, toByteOffset: 9_992, as: Int.self)
        #expect(unsafe second.base.load(fromByteOffset: 9_992, as: Int.self) == 77)
        #expect(second.byteCount == 10_000)
    }

    @Test("Sealing needs every writable mapping gone, and then nothing can change")
    func sealing() throws {
        let file = try MemoryFile.create(name: "sealed", byteCount: 4096)
        let region = try file.map(.readWrite)
        #expect(try file.seals() == [])
        let error = #expect(throws: SystemError.self) { try file.seal() }
        #expect(error?.code == .writableMappingLives)
        unsafe region.base.storeBytes(of: 5, as: Int.self)
        region.unmap()
        region.unmap()
        try file.seal()
        #expect(try file.seals() == .all)
        #expect(throws: SystemError.self) { try file.map(.readWrite) }
        #expect(ftruncate(file.descriptor.rawValue, 0) == -1)
        #expect(ftruncate(file.descriptor.rawValue, 8192) == -1)
        let sealed = try file.map(.readOnly)
        #expect(unsafe sealed.base.load(as: Int.self) == 5)
    }

    @Test("A read-only mapping does not hinder sealing, and a descriptor re-opened for reading never writes")
    func readOnly() throws {
        let file = try MemoryFile.create(name: "reopened", byteCount: 4096)
        let reading = try MemoryFile(adopting: file.reopenReadOnly(), expectedByteCount: 4096)
        let region = try reading.map(.readOnly)
        let error = #expect(throws: SystemError.self) { try reading.map(.readWrite) }
        #expect(error?.code == .call(errno: EACCES))
        try file.seal()
        #expect(try reading.seals() == .all)
        withExtendedLifetime(region) {}
    }

    @Test("A passed file of another length, or no file at all, is refused", arguments: [4095, 4097])
    func adoption(byteCount: Int) throws {
        let file = try MemoryFile.create(name: "length", byteCount: 4096)
        let error = #expect(throws: SystemError.self) {
            try MemoryFile(adopting: file.descriptor, expectedByteCount: byteCount)
        }
        #expect(error?.code == .unexpectedDescriptor)
        #expect(error?.description.contains("4096") == true)
        let socket = try SocketPair.make().0
        #expect(throws: SystemError.self) { try MemoryFile(adopting: socket, expectedByteCount: 0) }
    }

    @Test("Anonymous memory is zero and writable")
    func anonymous() throws {
        let region = try MappedRegion.anonymous(byteCount: 1 << 30)
        let last = region.byteCount - 8
        #expect(unsafe region.base.load(fromByteOffset: last, as: Int.self) == 0)
        unsafe region.base.storeBytes(of: 1, toByteOffset: last, as: Int.self)
        #expect(unsafe region.base.load(fromByteOffset: last, as: Int.self) == 1)
    }

    @Test("A descriptor is closed with its last owner")
    func closing() throws {
        let far = try SocketPair.make().1
        #expect(try far.pollReadable(timeoutMilliseconds: 10_000))
        let (near, other) = try SocketPair.make()
        #expect(try !other.pollReadable(timeoutMilliseconds: 0))
        withExtendedLifetime(near) {}
    }
}
