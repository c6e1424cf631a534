/// GPT-2's alphabet: each byte as a printable character below U+0144, so that merges never see white space.
enum ByteAlphabet {
    /// The scalar value of each byte.
    static let scalars: [UInt16] = {
        var scalars: [UInt16] = []
        var unprintableCount: UInt16 = 0
        for byte in UInt16(0)...255 {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: scalars.append(byte)
            default:
                scalars.append(0x100 + unprintableCount)
                unprintableCount += 1
            }
        }
        return scalars
    }()

    /// The byte of each scalar value below U+0144, or nil.
    static let bytes: [UInt8?] = {
        var bytes = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
        return bytes
    }()

    /// Appends the UTF-8 of each byte's character.
    static func append(_ source: Span<UInt8>, to output: inout [UInt8]) {
        let scalars = Self.scalars
        for index in 0..<source.count {
            let scalar = scalars[Int(source[index])]
            if scalar < 0x80 {
                output.append(UInt8(scalar))
            } else {
                output.append(UInt8(0xC0 | scalar >> 6))
                output.append(UInt8(0x80 | scalar & 0x3F))
            }
        }
    }

    /// Appends the bytes that a token's characters stand for; the token's own bytes if one of them is not in the
    /// alphabet.
    static func appendDecoded(_ token: ArraySlice<UInt8>, to output: inout [UInt8]) {
        let start = output.count
        let bytes = Self.bytes
        let token = token.span
        var offset = 0
        while offset < token.count {
            guard let (scalar, byteCount) = UTF8Scan.scalar(in: token, at: offset), scalar < 0x144,
                let byte = bytes[Int(scalar)]
            else {
                output.removeSubrange(start...)
                for index in 0..<token.count { output.append(token[index]) }
                return
            }
            output.append(byte)
            offset += byteCount
        }
    }
}
