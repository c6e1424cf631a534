import CPlatform
import Glibc
import Synchronization

/// A frame's header as its receiver sees it; the payload is in the receiver's buffer.
package struct ReceivedFrame: Equatable, Sendable {
    /// What the payload means; the channel does not care.
    package let kind: UInt16
    /// How many bytes at the start of the buffer are this frame's payload.
    package let byteCount: Int

    /// Makes a header value.
    package init(kind: UInt16, byteCount: Int) {
        self.kind = kind
        self.byteCount = byteCount
    }
}

/// Blocking exchange of frames with descriptors over one unix stream socket.
///
/// A frame: UInt16 magic, UInt16 kind, UInt32 payload length, all little-endian, then the payload.
/// Descriptors ride with the header. A class because the socket has an identity. Each direction has its own
/// lock, which makes frames indivisible: any thread may send while another receives.
package final class FrameChannel: Sendable {
    /// The longest payload: 64 MiB.
    package static let byteCountMax = 64 << 20
    /// The most descriptors a frame carries.
    package static let descriptorCountMax = SKEIN_DESCRIPTORS_A_MESSAGE_MAX
    /// The first two bytes of every frame, "SK" when read as a little-endian number.
    package static let magic: UInt16 = 0x4B53

    static let headerByteCount = 8

    private let socket: OwnedDescriptor
    /// Makes a sent frame indivisible.
    private let sending = Mutex<Void>(())
    /// Makes a received frame indivisible.
    private let receiving = Mutex<Void>(())

    /// Takes over one end of a unix stream socket in blocking mode.
    package init(adopting socket: OwnedDescriptor) {
        self.socket = socket
    }

    /// Two channels connected with each other, close-on-exec.
    package static func pair() throws(SystemError) -> (FrameChannel, FrameChannel) {
        let (first, second) = try SocketPair.make()
        return (FrameChannel(adopting: first), FrameChannel(adopting: second))
    }

    /// The socket, for polling together with others.
    package var descriptor: OwnedDescriptor { socket }

    /// Sends a whole frame; blocks while the socket's buffer is full. The descriptors stay open here.
    package func send(
        kind: UInt16, payload: [UInt8], descriptors: [OwnedDescriptor] = []
    ) throws(FrameError) {
        guard payload.count <= Self.byteCountMax else {
            throw .payloadTooLong(byteCount: payload.count, limit: Self.byteCountMax)
        }
        guard descriptors.count <= Self.descriptorCountMax else {
            throw .tooManyDescriptors(count: descriptors.count, limit: Self.descriptorCountMax)
        }
        try sending.withLock { _ throws(FrameError) in
            try sendLocked(kind: kind, payload: payload, descriptors: descriptors)
        }
    }

    /// Receives the next frame: its payload overwrites the start of `buffer`, which only ever grows, and its
    /// descriptors replace the contents of `descriptors`. Nil: the other end closed after a whole frame.
    package func receive(
        into buffer: inout [UInt8], descriptors: inout [OwnedDescriptor]
    ) throws(FrameError) -> ReceivedFrame? {
        descriptors.removeAll(keepingCapacity: true)
        return try receiving.withLock { _ throws(FrameError) in
            guard let header = try receiveHeader(&descriptors) else { return nil }
            if buffer.count < header.byteCount {
                buffer.append(contentsOf: repeatElement(0, count: header.byteCount - buffer.count))
            }
            try receivePayload(header.byteCount, into: &buffer)
            return header
        }
    }

    /// Whether a frame or the end has come, after at most `timeoutMilliseconds` (negative: no limit).
    package func poll(timeoutMilliseconds: Int32) throws(FrameError) -> Bool {
        do throws(SystemError) {
            return try socket.pollReadable(timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            throw .system(error)
        }
    }

    /// Ends both directions: a thread blocked in `receive` on either side returns, whoever still holds the
    /// socket.
    package func shutDown() {
        shutdown(socket.rawValue, Int32(SHUT_RDWR))
    }
}

// MARK: - Sending

extension FrameChannel {
    private func sendLocked(
        kind: UInt16, payload: [UInt8], descriptors: [OwnedDescriptor]
    ) throws(FrameError) {
        var header = Self.header(kind: kind, byteCount: payload.count)
        let total = Self.headerByteCount + payload.count
        var offset = 0
        while offset < total {
            // Descriptors go with the first byte only.
            let riding = offset == 0 ? descriptors : []
            offset += try sendPart(&header, payload, from: offset, riding)
        }
        // The numbers were used above; the objects must live until then.
        withExtendedLifetime(descriptors) {}
    }

    private func sendPart(
        _ header: inout InlineArray<8, UInt8>, _ payload: [UInt8], from offset: Int,
        _ descriptors: [OwnedDescriptor]
    ) throws(FrameError) -> Int {
        var numbers = InlineArray<20, Int32>(repeating: -1)
        for index in descriptors.indices { numbers[index] = descriptors[index].rawValue }
        let payloadSent = max(0, offset - Self.headerByteCount)
        let sent = unsafe header.span.withUnsafeBufferPointer { header in
            unsafe payload.withUnsafeBytes { payload in
                unsafe numbers.span.withUnsafeBufferPointer { numbers in
                    unsafe skein_send_message(
                        socket.rawValue,
                        header.baseAddress.map { unsafe $0 + min(offset, header.count) },
                        max(0, header.count - offset),
                        payload.baseAddress.map { unsafe $0 + payloadSent }, payload.count - payloadSent,
                        numbers.baseAddress, descriptors.count)
                }
            }
        }
        guard sent >= 0 else { throw Self.error(Int32(-sent), "sendmsg") }
        return sent
    }

    private static func header(kind: UInt16, byteCount: Int) -> InlineArray<8, UInt8> {
        let count = UInt32(byteCount)
        return [
            UInt8(truncatingIfNeeded: magic), UInt8(truncatingIfNeeded: magic >> 8),
            UInt8(truncatingIfNeeded: kind), UInt8(truncatingIfNeeded: kind >> 8),
            UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8),
            UInt8(truncatingIfNeeded: count >> 16), UInt8(truncatingIfNeeded: count >> 24),
        ]
    }

    private static func error(_ number: Int32, _ call: String) -> FrameError {
        switch number {
        case EPIPE, ECONNRESET: .closed
        case EMSGSIZE: .tooManyDescriptors(count: nil, limit: descriptorCountMax)
        default: .system(SystemError(call: call, errno: number))
        }
    }
}

// MARK: - Receiving

extension FrameChannel {
    private func receiveHeader(_ descriptors: inout [OwnedDescriptor]) throws(FrameError) -> ReceivedFrame? {
        var bytes = InlineArray<8, UInt8>(repeating: 0)
        var received = 0
        while received < Self.headerByteCount {
            let count = try receivePart(&bytes, from: received, &descriptors)
            if count == 0 && received == 0 { return nil }
            guard count > 0 else { throw .truncated(needed: Self.headerByteCount, received: received) }
            received += count
        }
        let magic = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        guard magic == Self.magic else { throw .notAFrame(magic: magic) }
        let count =
            UInt32(bytes[4]) | UInt32(bytes[5]) << 8 | UInt32(bytes[6]) << 16 | UInt32(bytes[7]) << 24
        guard count <= UInt32(Self.byteCountMax) else {
            throw .payloadTooLong(byteCount: Int(count), limit: Self.byteCountMax)
        }
        return ReceivedFrame(kind: UInt16(bytes[2]) | UInt16(bytes[3]) << 8, byteCount: Int(count))
    }

    private func receivePart(
        _ bytes: inout InlineArray<8, UInt8>, from offset: Int, _ descriptors: inout [OwnedDescriptor]
    ) throws(FrameError) -> Int {
        var numbers = InlineArray<20, Int32>(repeating: -1)
        var descriptorCount = 0
        var span = bytes.mutableSpan
        var numberSpan = numbers.mutableSpan
        let received = unsafe span.withUnsafeMutableBytes { bytes in
            unsafe numberSpan.withUnsafeMutableBufferPointer { numbers in
                unsafe skein_receive_message(
                    socket.rawValue, bytes.baseAddress.map { unsafe $0 + offset }, bytes.count - offset,
                    numbers.baseAddress, Self.descriptorCountMax, &descriptorCount)
            }
        }
        guard received >= 0 else { throw Self.error(Int32(-received), "recvmsg") }
        for index in 0..<descriptorCount { descriptors.append(OwnedDescriptor(adopting: numbers[index])) }
        return received
    }

    private func receivePayload(_ byteCount: Int, into buffer: inout [UInt8]) throws(FrameError) {
        var offset = 0
        while offset < byteCount {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe recv(
                    socket.rawValue, bytes.baseAddress.map { unsafe $0 + offset }, byteCount - offset, 0)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.error(errno, "recv") }
            guard count > 0 else { throw .truncated(needed: byteCount, received: offset) }
            offset += count
        }
    }
}
