import Platform
import WorkerMessages

/// One rank of a reader as the controller sees it: a process and the socket it listens on.
///
/// A value that belongs to its reader and is used on the reader's thread only, so that a step costs no hop.
struct WorkerProcess: Sendable {
    /// Its position in the reader.
    let rank: Int
    /// Its process.
    let pid: Int32
    /// The controller's end of its control socket.
    let channel: FrameChannel
    /// Bytes of weights it said it had read.
    var bytesRead = 0

    /// Sends one frame; blocks while the socket is full.
    func send(
        _ kind: MessageKind, payload: [UInt8] = [], descriptors: [OwnedDescriptor] = []
    ) throws(WorkerError) {
        do throws(FrameError) {
            try channel.send(kind: kind.rawValue, payload: payload, descriptors: descriptors)
        } catch {
            throw Self.error(error, rank: rank)
        }
    }

    /// Waits for a frame of this kind; its payload is the start of `buffer`, whose length is returned.
    func receive(_ expected: MessageKind, into buffer: inout [UInt8]) throws(WorkerError) -> Int {
        let (kind, byteCount) = try receiveAny(into: &buffer)
        if kind == .failure { throw .refused(rank: rank, try Self.report(buffer, byteCount, rank)) }
        guard kind == expected else {
            throw .violation(rank: rank, reason: "sent \(kind) where \(expected) was due")
        }
        return byteCount
    }

    /// Waits for a frame of any kind.
    func receiveAny(into buffer: inout [UInt8]) throws(WorkerError) -> (kind: MessageKind, byteCount: Int) {
        var descriptors: [OwnedDescriptor] = []
        let frame: ReceivedFrame?
        do throws(FrameError) {
            frame = try channel.receive(into: &buffer, descriptors: &descriptors)
        } catch {
            throw Self.error(error, rank: rank)
        }
        guard let frame else { throw .closed(rank: rank) }
        guard let kind = MessageKind(rawValue: frame.kind) else {
            throw .violation(rank: rank, reason: "sent a frame of the unknown kind \(frame.kind)")
        }
        return (kind, frame.byteCount)
    }

    /// Whether a frame or the end of the socket has come within `timeoutMilliseconds`.
    func hasFrame(within timeoutMilliseconds: Int32) throws(WorkerError) -> Bool {
        do throws(FrameError) {
            return try channel.poll(timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            throw Self.error(error, rank: rank)
        }
    }

    /// Decodes a rare frame's payload.
    func decode<Value: Decodable>(
        _: Value.Type, _ buffer: [UInt8], _ byteCount: Int
    ) throws(WorkerError) -> Value {
        do {
            return try RareFrame.decode(Value.self, from: buffer, byteCount: byteCount)
        } catch {
            throw .violation(rank: rank, reason: "sent a \(Value.self) that cannot be read: \(error)")
        }
    }

    /// Reads a failure frame.
    static func report(_ buffer: [UInt8], _ byteCount: Int, _ rank: Int) throws(WorkerError) -> FailureReport
    {
        do {
            return try RareFrame.decode(FailureReport.self, from: buffer, byteCount: byteCount)
        } catch {
            throw .violation(rank: rank, reason: "sent a failure that cannot be read: \(error)")
        }
    }

    private static func error(_ error: FrameError, rank: Int) -> WorkerError {
        switch error {
        case .closed, .truncated: .closed(rank: rank)
        case .system(let error): .system(error)
        default: .violation(rank: rank, reason: error.description)
        }
    }
}
