import Platform
import WorkerMessages

/// The worker's end of the control socket: frames in and out, with buffers that are used again.
final class ControlSocket {
    /// How long an idle worker waits before it bumps its progress counter (design 2).
    static let pollMilliseconds: Int32 = 500

    /// One received frame; the payload is the start of `buffer`.
    struct Frame {
        let kind: MessageKind
        let byteCount: Int
    }

    /// The payload of the last frame, and older bytes after it.
    private(set) var buffer: [UInt8] = []
    /// What came with the last frame.
    private(set) var descriptors: [OwnedDescriptor] = []
    private let channel: FrameChannel

    init(_ channel: FrameChannel) {
        self.channel = channel
    }

    /// Waits for the next frame, bumping `page` twice a second; nil when the controller has closed its end.
    func receive(bumping page: RankPage? = nil) throws -> Frame? {
        while try !channel.poll(timeoutMilliseconds: ControlSocket.pollMilliseconds) { page?.bump() }
        guard let frame = try channel.receive(into: &buffer, descriptors: &descriptors) else { return nil }
        guard let kind = MessageKind(rawValue: frame.kind) else {
            throw FailureReport(code: .malformedFrame, message: "frame has the unknown kind \(frame.kind)")
        }
        return Frame(kind: kind, byteCount: frame.byteCount)
    }

    /// Sends a rare frame.
    func send(_ kind: MessageKind, _ value: some Encodable) throws {
        try channel.send(kind: kind.rawValue, payload: try RareFrame.encode(value))
    }

    /// Sends bytes that are encoded already.
    func send(_ kind: MessageKind, payload: [UInt8]) throws {
        try channel.send(kind: kind.rawValue, payload: payload)
    }

    /// Decodes the last frame's payload as a rare frame.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self, _ frame: Frame) throws -> Value {
        do { return try RareFrame.decode(type, from: buffer, byteCount: frame.byteCount) } catch {
            throw FailureReport(
                code: .malformedFrame, message: "\(frame.kind) cannot be read as JSON: \(error)")
        }
    }
}
