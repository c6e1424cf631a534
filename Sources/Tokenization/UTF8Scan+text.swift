/// Going through a text character by character; ASCII, which most texts are, without Unicode's tables.
extension UTF8Scan {
    /// Calls `body` with each scalar of valid UTF-8 and where it lies.
    static func forEachScalar(of text: Span<UInt8>, _ body: (Unicode.Scalar, Range<Int>) -> Void) {
        var offset = 0
        while offset < text.count {
            guard let (value, byteCount) = scalar(in: text, at: offset), let scalar = Unicode.Scalar(value)
            else { preconditionFailure("a text is valid UTF-8") }
            body(scalar, offset..<offset + byteCount)
            offset += byteCount
        }
    }

    /// The text without the scalars that `isKept` does not take.
    static func filtered(_ text: [UInt8], _ isKept: (Unicode.Scalar) -> Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        forEachScalar(of: text.span) { scalar, range in
            if isKept(scalar) { output.append(contentsOf: text[range]) }
        }
        return output
    }

    /// Each scalar's small form by itself, without regard to its neighbours: a final sigma stays a sigma.
    static func lowercased(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        forEachScalar(of: text.span) { scalar, range in
            switch scalar.value {
            case 0x41...0x5A: output.append(text[range.lowerBound] | 0x20)
            case 0..<0x80: output.append(text[range.lowerBound])
            default: output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
            }
        }
        return output
    }
}
