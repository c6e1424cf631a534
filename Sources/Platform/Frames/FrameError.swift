/// Why a frame could not be sent or received.
package enum FrameError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The other end is gone.
    case closed
    /// The stream ended inside a frame.
    case truncated(needed: Int, received: Int)
    /// The first bytes are no frame header.
    case notAFrame(magic: UInt16)
    /// A payload is longer than `FrameChannel.byteCountMax`.
    case payloadTooLong(byteCount: Int, limit: Int)
    /// A frame carries more descriptors than `FrameChannel.descriptorCountMax`; `count` is nil if unknown.
    case tooManyDescriptors(count: Int?, limit: Int)
    /// Another system error.
    case system(SystemError)

    package var description: String {
        switch self {
        case .closed: "the other end of the frame channel is closed"
        case .truncated(let needed, let received):
            "the frame channel ended inside a frame: \(received) of \(needed) bytes came"
        case .notAFrame(let magic):
            "frame header begins with \(magic), expected \(FrameChannel.magic)"
        case .payloadTooLong(let byteCount, let limit):
            "frame payload has \(byteCount) bytes, allowed are \(limit)"
        case .tooManyDescriptors(let count, let limit):
            "frame carries \(count.map(String.init) ?? "too many") descriptors, allowed are \(limit)"
        case .system(let error): error.description
        }
    }
}
