/// A hash of bytes that can be made of the hashes of its parts: the bytes are the digits of a number, modulo 2^64.
struct ByteHash: Sendable {
    private var sum: UInt64 = 0
    /// The base to the power of the number of bytes.
    private var scale: UInt64 = 1
    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The hash of no bytes.
    init() {}

    /// The hash of some bytes.
    init(_ bytes: Span<UInt8>) {
        for index in 0..<bytes.count { append(bytes[index]) }
    }

    /// The hash of `left`'s bytes with `right`'s behind them.
    init(_ left: ByteHash, _ right: ByteHash) {
        sum = left.sum &* right.scale &+ right.sum
        scale = left.scale &* right.scale
    }

    /// Puts a byte behind the others.
    mutating func append(_ byte: UInt8) {
        sum = sum &* Self.base &+ (UInt64(byte) + 1)
        scale = scale &* Self.base
    }

    /// The hash to look up by: all bits are usable, the high ones most.
    var mixed: UInt64 { (sum ^ sum >> 32) &* 0xD6E8_FEB8_6659_FD93 }
}

/// The hash of bytes that is looked up by.
func byteHash(_ bytes: Span<UInt8>) -> UInt64 { ByteHash(bytes).mixed }
