/// Why bytes that came over a socket could not be read as what they claim to be.
package enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `what` needs `needed` more bytes, and the frame has `available` left.
    case truncated(what: String, needed: Int, available: Int)
    /// A count or length lies outside its limit.
    case outOfRange(what: String, value: Int64, allowed: ClosedRange<Int64>)
    /// The sender speaks another version of the format.
    case unsupportedVersion(found: UInt16, supported: UInt16)
    /// A tagged section this build does not know. Never skipped: it may change the meaning of the rest.
    case unknownSection(tag: UInt16)
    /// Bytes are left after the last field.
    case trailingBytes(count: Int)
    /// A code outside the named cases of `what`.
    case unknownCode(what: String, code: UInt32)

    package var description: String {
        switch self {
        case .truncated(let what, let needed, let available):
            "frame is truncated at \(what): \(needed) bytes needed, \(available) left"
        case .outOfRange(let what, let value, let allowed):
            "\(what) is \(value), allowed are \(allowed.lowerBound) to \(allowed.upperBound)"
        case .unsupportedVersion(let found, let supported):
            "frame version \(found) is not supported, this build speaks version \(supported)"
        case .unknownSection(let tag): "frame carries an unknown section with tag \(tag)"
        case .trailingBytes(let count): "frame has \(count) bytes after its last field"
        case .unknownCode(let what, let code): "\(what) has the unknown code \(code)"
        }
    }
}
