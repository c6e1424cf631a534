/// Reading UTF-8 bytes without making `String`s of them.
enum UTF8Scan {
    /// U+FFFD.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// How many bytes the sequence has that starts with this byte; 1 for a byte that starts none.
    static func sequenceByteCount(_ lead: UInt8) -> Int {
        lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// The scalar value at `offset` of valid UTF-8, and its byte count; nil at the end or inside a sequence.
    static func scalar(in bytes: Span<UInt8>, at offset: Int) -> (value: UInt32, byteCount: Int)? {
        guard offset < bytes.count else { return nil }
        let lead = bytes[offset]
        if lead < 0x80 { return (UInt32(lead), 1) }
        let byteCount = sequenceByteCount(lead)
        guard byteCount > 1, offset + byteCount <= bytes.count else { return nil }
        var value = UInt32(lead) & (0x7F >> UInt32(byteCount))
        for index in 1..<byteCount { value = value << 6 | UInt32(bytes[offset + index] & 0x3F) }
        return (value, byteCount)
    }

    /// How many scalars valid UTF-8 holds.
    static func scalarCount(of bytes: Span<UInt8>) -> Int {
        var count = 0
        for index in 0..<bytes.count where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// The scalars of valid UTF-8.
    static func scalars(of bytes: some Collection<UInt8>) -> String.UnicodeScalarView {
        String(decoding: bytes, as: UTF8.self).unicodeScalars
    }

    /// Where a broken-off sequence at the end of `bytes` starts that further bytes could complete; else the
    /// end.
    static func incompleteTailStart(of bytes: [UInt8]) -> Int {
        for start in stride(from: bytes.count - 1, through: max(0, bytes.count - 3), by: -1) {
            let lead = bytes[start]
            if lead & 0xC0 == 0x80 { continue }
            let present = bytes.count - start
            guard lead >= 0xC2, lead <= 0xF4, present < sequenceByteCount(lead) else { return bytes.count }
            if present > 1, !secondBytes(after: lead).contains(bytes[start + 1]) { return bytes.count }
            return start
        }
        return bytes.count
    }

    private static func secondBytes(after lead: UInt8) -> ClosedRange<UInt8> {
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    }

    /// The bytes with each maximal ill-formed part replaced by U+FFFD, as Rust's `from_utf8_lossy` does.
    static func repaired(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    // MARK: - White space and words, as Rust's char and regex crate see them

    static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// Rust regex `\w`.
    static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
        guard let age = scalar.properties.age, age.major <= UnicodeAdditions.referenceMajorVersion else {
            return false
        }
        if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    /// The last scalar of valid UTF-8.
    static func lastScalar(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let start = bytes.lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return nil }
        return scalars(of: bytes[start...]).first
    }

    /// The first scalar of valid UTF-8.
    static func firstScalar(of bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        scalars(of: bytes.prefix(4)).first
    }
}
