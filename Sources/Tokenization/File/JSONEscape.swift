/// What stands after a backslash in JSON (RFC 8259, 7), for whoever reads it.
package enum JSONEscape {
    /// The character of a short escape, from its letter; nil for `u` and for what is none.
    package static func short(_ letter: UInt8) -> Unicode.Scalar? {
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(letter)
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        default: nil
        }
    }

    /// Whether a second half must follow this one.
    package static func isFirstHalf(_ unit: UInt32) -> Bool { (0xD800..<0xDC00).contains(unit) }

    /// The character of two halves, the first of which is one; nil if the second is none.
    package static func scalar(_ first: UInt32, _ second: UInt32) -> Unicode.Scalar? {
        guard (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }
}

/// Hexadecimal digits in ASCII.
package enum Hexadecimal {
    /// The value of a digit, small or capital.
    package static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
