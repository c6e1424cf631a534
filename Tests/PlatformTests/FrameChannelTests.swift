import Glibc
import Platform
import Testing

@Suite struct FrameChannelTests {
    private func channels() throws -> (FrameChannel, FrameChannel) { try FrameChannel.pair() }

    /// A channel and the raw socket at its other end.
    private func rawPair() throws -> (FrameChannel, OwnedDescriptor) {
        let (first, second) = try SocketPair.make()
        return (FrameChannel(adopting: first), second)
    }

    private func write(_ bytes: [UInt8], to socket: OwnedDescriptor) {
        #expect(unsafe Glibc.write(socket.rawValue, bytes, bytes.count) == bytes.count)
    }

    private func pattern(_ byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }

    @Test("A payload of any size arrives whole", arguments: [0, 1, 7, 8, 9, 4096, 212_992, 3 << 20])
    func roundTrip(byteCount: Int) throws {
        let (near, far) = try channels()
        let payload = pattern(byteCount)
        DedicatedThread.start(name: "sender") { try? near.send(kind: 0xABCD, payload: payload) }
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        let frame = try far.receive(into: &buffer, descriptors: &descriptors)
        #expect(frame == ReceivedFrame(kind: 0xABCD, byteCount: byteCount))
        #expect(Array(buffer.prefix(byteCount)) == payload)
        #expect(descriptors.isEmpty)
    }

    @Test("The receiver's buffer only grows")
    func bufferGrows() throws {
        let (near, far) = try channels()
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        for byteCount in [100, 10, 0] {
            try near.send(kind: 1, payload: pattern(byteCount))
            #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.byteCount == byteCount)
            #expect(buffer.count == 100)
        }
    }

    @Test("Frames and their descriptors keep together")
    func descriptors() throws {
        let (near, far) = try channels()
        let file = try MemoryFile.create(name: "passed", byteCount: 4096)
        let region = try file.map(.readWrite)
        unsafe region.base.storeBytes(of: 0x5EED, as: Int.self)
        try near.send(kind: 1, payload: [1])
        try near.send(kind: 2, payload: [2, 2], descriptors: [file.descriptor])
        try near.send(kind: 3, payload: [])
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.kind == 1)
        #expect(descriptors.isEmpty)
        #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.kind == 2)
        #expect(descriptors.count == 1)
        let passed = try MemoryFile(adopting: #require(descriptors.first), expectedByteCount: 4096)
        let copy = try passed.map(.readOnly)
        #expect(unsafe copy.base.load(as: Int.self) == 0x5EED)
        #expect(fcntl(passed.descriptor.rawValue, F_GETFD) == FD_CLOEXEC)
        #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.kind == 3)
        #expect(descriptors.isEmpty)
    }

    @Test("Twenty descriptors pass and twenty-one are refused")
    func descriptorLimit() throws {
        let (near, far) = try channels()
        let file = try MemoryFile.create(name: "many", byteCount: 1)
        let twenty = Array(repeating: file.descriptor, count: 20)
        try near.send(kind: 1, payload: [], descriptors: twenty)
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.kind == 1)
        #expect(descriptors.count == 20)
        #expect(throws: FrameError.tooManyDescriptors(count: 21, limit: 20)) {
            try near.send(kind: 1, payload: [], descriptors: twenty + [file.descriptor])
        }
    }

    @Test("A payload of 64 MiB passes and one byte more is refused by the sender")
    func payloadLimit() throws {
        let (near, far) = try channels()
        let limit = FrameChannel.byteCountMax
        #expect(limit == 64 << 20)
        let payload = [UInt8](repeating: 0x5A, count: limit + 1)
        #expect(throws: FrameError.payloadTooLong(byteCount: limit + 1, limit: limit)) {
            try near.send(kind: 1, payload: payload)
        }
        DedicatedThread.start(name: "sender") { try? near.send(kind: 1, payload: payload.dropLast()) }
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        #expect(try far.receive(into: &buffer, descriptors: &descriptors)?.byteCount == limit)
        #expect(buffer.count == limit && buffer[0] == 0x5A && buffer[limit - 1] == 0x5A)
    }

    @Test("A header that announces more than 64 MiB is refused by the receiver")
    func announcedLimit() throws {
        let (near, far) = try rawPair()
        write([0x53, 0x4B, 1, 0, 1, 0, 0, 4], to: far)
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        let limit = FrameChannel.byteCountMax
        #expect(throws: FrameError.payloadTooLong(byteCount: limit + 1, limit: limit)) {
            try near.receive(into: &buffer, descriptors: &descriptors)
        }
        #expect(buffer.isEmpty)
    }

    @Test("The end of the stream is an end between frames and an error inside one", arguments: [0, 3, 8, 10])
    func ends(byteCount: Int) throws {
        let (near, far) = try rawPair()
        let frame: [UInt8] = [0x53, 0x4B, 1, 0, 5, 0, 0, 0, 1, 2, 3, 4, 5]
        write(Array(frame.prefix(byteCount)), to: far)
        shutdown(far.rawValue, Int32(SHUT_RDWR))
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        switch byteCount {
        case 0: #expect(try near.receive(into: &buffer, descriptors: &descriptors) == nil)
        case 3:
            #expect(throws: FrameError.truncated(needed: 8, received: 3)) {
                try near.receive(into: &buffer, descriptors: &descriptors)
            }
        default:
            #expect(throws: FrameError.truncated(needed: 5, received: byteCount - 8)) {
                try near.receive(into: &buffer, descriptors: &descriptors)
            }
        }
    }

    @Test("Bytes that are no frame are refused by their magic")
    func magic() throws {
        let (near, far) = try rawPair()
        write([0x47, 0x45, 1, 0, 0, 0, 0, 0], to: far)
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        #expect(throws: FrameError.notAFrame(magic: 0x4547)) {
            try near.receive(into: &buffer, descriptors: &descriptors)
        }
    }

    @Test("Sending to an end that is gone is an error and no signal")
    func sendToNobody() throws {
        let near = try channels().0
        #expect(throws: FrameError.closed) { try near.send(kind: 1, payload: [1]) }
    }

    @Test("Polling sees nothing, a frame and the end")
    func polling() throws {
        let (near, far) = try channels()
        #expect(try !far.poll(timeoutMilliseconds: 0))
        try near.send(kind: 1, payload: [])
        #expect(try far.poll(timeoutMilliseconds: 0))
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        _ = try far.receive(into: &buffer, descriptors: &descriptors)
        #expect(try !far.poll(timeoutMilliseconds: 0))
        near.shutDown()
        #expect(try far.poll(timeoutMilliseconds: 10_000))
        #expect(try far.receive(into: &buffer, descriptors: &descriptors) == nil)
    }

    @Test("Frames that several threads send at once stay whole")
    func concurrentSenders() throws {
        let (near, far) = try channels()
        for sender in UInt8(0)..<4 {
            DedicatedThread.start(name: "sender") {
                for _ in 0..<50 {
                    try? near.send(kind: UInt16(sender), payload: Array(repeating: sender, count: 30_000))
                }
            }
        }
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        var counts = [0, 0, 0, 0]
        for _ in 0..<200 {
            let frame = try #require(try far.receive(into: &buffer, descriptors: &descriptors))
            counts[Int(frame.kind)] += 1
            #expect(frame.byteCount == 30_000 && buffer.allSatisfy { $0 == UInt8(frame.kind) })
        }
        #expect(counts == [50, 50, 50, 50])
    }
}
