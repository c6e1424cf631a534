extension JSONReader {
    /// Steps over a string, which must be sound; what stands between its quotes.
    mutating func skipString() throws -> Range<Int> {
        offset += 1
        let start = offset
        while let byte = try peek() {
            if byte == UInt8(ascii: "\"") {
                let content = start..<offset
                guard content.count <= TokenizerLimits.jsonStringByteCountMax else {
                    throw TokenizationError(
                        .limitExceeded,
                        "\(fault("a string of \(content.count) bytes")); allowed are "
                            + "\(TokenizerLimits.jsonStringByteCountMax)")
                }
                offset += 1
                return content
            }
            guard byte >= 0x20 else { throw fault("a control character inside a string") }
            offset += 1
            if byte == UInt8(ascii: "\\") { _ = try readEscape() }
        }
        throw fault("a string that does not end")
    }

    /// The string that stands between quotes.
    func string(inQuotes content: Range<Int>) throws -> String {
        let written = try bytes(content)
        guard let escape = written.firstIndex(of: UInt8(ascii: "\\")) else {
            return String(decoding: written, as: UTF8.self)
        }
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        text.append(contentsOf: written[..<escape])
        var reader = self
        reader.offset = content.lowerBound + text.count
        while reader.offset < content.upperBound, let byte = try reader.peek() {
            reader.offset += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: UTF8.encode(try reader.readEscape()) ?? .init())
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the string that stands between quotes has these bytes.
    func isString(inQuotes content: Range<Int>, equalTo wanted: [UInt8]) throws -> Bool {
        // Escapes make a string longer, never shorter.
        guard content.count >= wanted.count else { return false }
        let written = try bytes(content)
        if !written.contains(UInt8(ascii: "\\")) { return written.elementsEqual(wanted) }
        return try string(inQuotes: content).utf8.elementsEqual(wanted)
    }

    /// Reads what follows a backslash.
    private mutating func readEscape() throws -> Unicode.Scalar {
        guard let byte = try peek() else { throw fault("a string that does not end") }
        offset += 1
        if byte == UInt8(ascii: "u") { return try readUnicodeEscape() }
        guard let scalar = JSONEscape.short(byte) else { throw fault("unknown escape") }
        return scalar
    }

    private mutating func readUnicodeEscape() throws -> Unicode.Scalar {
        let first = try readHexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard JSONEscape.isFirstHalf(first) else { throw fault("half a surrogate pair") }
        for byte in "\\u".utf8 {
            guard try peek() == byte else { throw fault("half a surrogate pair") }
            offset += 1
        }
        let second = try readHexQuad()
        guard let scalar = JSONEscape.scalar(first, second) else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func readHexQuad() throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = try peek(), let digit = Hexadecimal.digit(byte) else {
                throw fault("expected four hexadecimal digits")
            }
            offset += 1
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
