// The characters inside strings and numbers.
extension JSONScanner {
    static let numberBytes = Set("+-.0123456789eE".utf8)

    /// Whether `text` is a number by RFC 8259: no leading zeros or plus, digits around the point.
    static func isNumber(_ text: [UInt8]) -> Bool {
        var rest = text[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            return digits.count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let startsWithZero = rest.first == UInt8(ascii: "0")
        let whole = takeDigits()
        guard whole > 0, whole == 1 || !startsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard takeDigits() > 0 else { return false }
        }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                rest = rest.dropFirst()
            }
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    /// Replaces backslash sequences; surrogates must come in pairs.
    static func unescape(_ content: ArraySlice<UInt8>) throws(JSONError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            guard content[index] == UInt8(ascii: "\\") else {
                result.append(content[index])
                index += 1
                continue
            }
            guard index + 1 < content.endIndex else {
                throw JSONError(byteOffset: index, reason: "a string ends in a backslash")
            }
            let mark = content[index + 1]
            if let plain = simpleEscapes[mark] {
                result.append(plain)
                index += 2
            } else if mark == UInt8(ascii: "u") {
                let scalar = try unicodeScalar(content, &index)
                result.append(contentsOf: String(scalar).utf8)
            } else {
                throw JSONError(byteOffset: index, reason: "a string holds an unknown escape sequence")
            }
        }
        return result
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
        UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]

    private static func unicodeScalar(
        _ content: ArraySlice<UInt8>, _ index: inout Int
    ) throws(JSONError) -> Unicode.Scalar {
        let start = index
        var value = try codeUnit(content, &index)
        if (0xD800...0xDBFF).contains(value), index < content.endIndex, content[index] == UInt8(ascii: "\\") {
            let low = try codeUnit(content, &index)
            guard (0xDC00...0xDFFF).contains(low) else {
                throw JSONError(byteOffset: start, reason: "a string holds half a surrogate pair")
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw JSONError(byteOffset: start, reason: "a string holds half a surrogate pair")
        }
        return scalar
    }

    /// Reads `\uXXXX` at `index` and steps over it.
    private static func codeUnit(_ content: ArraySlice<UInt8>, _ index: inout Int) throws(JSONError) -> UInt32
    {
        let digits = content[index...].prefix(6).dropFirst(2)
        guard content[index...].dropFirst().first == UInt8(ascii: "u"), digits.count == 4,
            digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else {
            throw JSONError(byteOffset: index, reason: "a string holds a \\u without four hexadecimal digits")
        }
        index += 6
        return value
    }
}
