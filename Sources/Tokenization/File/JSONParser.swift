/// Reads one JSON text (RFC 8259) whose bytes are checked to be UTF-8 first.
struct JSONParser {
    private let bytes: [UInt8]
    private let fileName: String
    private var offset = 0

    /// Parses the whole of `bytes`; anything after the value but white space is a fault.
    static func parse(_ bytes: [UInt8], fileName: String) throws -> JSONValue {
        var parser = JSONParser(bytes: bytes, fileName: fileName)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw TokenizationError(.malformedFile, "\(fileName): is not UTF-8 text")
        }
        let value = try parser.parseValue(depth: 0)
        parser.skipWhitespace()
        guard parser.offset == bytes.count else { throw parser.fault("text after the end of the value") }
        return value
    }

    private init(bytes: [UInt8], fileName: String) {
        self.bytes = bytes
        self.fileName = fileName
    }

    private func fault(_ what: String) -> TokenizationError {
        TokenizationError(.malformedFile, "\(fileName): invalid JSON at byte \(offset): \(what)")
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        skipWhitespace()
        guard current == byte else { return false }
        offset += 1
        return true
    }

    private mutating func parseValue(depth: Int) throws -> JSONValue {
        guard depth <= TokenizerLimits.jsonDepthMax else {
            throw fault("nested deeper than \(TokenizerLimits.jsonDepthMax) levels")
        }
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return try parseObject(depth: depth)
        case UInt8(ascii: "["): return try parseArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", as: .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", as: .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", as: .null)
        case nil: throw fault("the text ends where a value is expected")
        default: return try parseNumber()
        }
    }

    private mutating func parseWord(_ word: String, as value: JSONValue) throws -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw fault("expected \(word)") }
        offset += word.utf8.count
        return value
    }

    private mutating func parseObject(depth: Int) throws -> JSONValue {
        offset += 1
        var members: [JSONValue.Member] = []
        if consume(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw fault("expected a key in quotes") }
            let key = try parseString()
            guard consume(UInt8(ascii: ":")) else { throw fault("expected ':' after the key \"\(key)\"") }
            members.append(.init(key: key, value: try parseValue(depth: depth + 1)))
        } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "}")) else { throw fault("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func parseArray(depth: Int) throws -> JSONValue {
        offset += 1
        var elements: [JSONValue] = []
        if consume(UInt8(ascii: "]")) { return .array(elements) }
        repeat { elements.append(try parseValue(depth: depth + 1)) } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "]")) else { throw fault("expected ',' or ']'") }
        return .array(elements)
    }

    private mutating func parseNumber() throws -> JSONValue {
        let start = offset
        if current == UInt8(ascii: "-") { offset += 1 }
        let firstDigit = offset
        skipDigits()
        let digitCount = offset - firstDigit
        guard digitCount > 0 else { throw fault("expected a value") }
        guard digitCount == 1 || bytes[firstDigit] != UInt8(ascii: "0") else { throw fault("leading zero") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard skipDigits() > 0 else { throw fault("expected a digit after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw fault("expected a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw fault("unreadable number \"\(text)\"") }
        return .real(value)
    }

    @discardableResult
    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        return offset - start
    }

    // MARK: - Strings

    private mutating func parseString() throws -> String {
        offset += 1
        let start = offset
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                let text = String(decoding: bytes[start..<offset], as: UTF8.self)
                offset += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
            guard byte >= 0x20 else { throw fault("a control character inside a string") }
            offset += 1
        }
        throw fault("a string that does not end")
    }

    private mutating func parseEscapedString(from start: Int) throws -> String {
        var text = Array(bytes[start..<offset])
        while let byte = current {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try parseEscape()).utf8)
            case 0..<0x20: throw fault("a control character inside a string")
            default: text.append(byte)
            }
        }
        throw fault("a string that does not end")
    }

    private mutating func parseEscape() throws -> Unicode.Scalar {
        guard let byte = current else { throw fault("a string that does not end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try parseUnicodeEscape()
        default: throw fault("unknown escape")
        }
    }

    private mutating func parseUnicodeEscape() throws -> Unicode.Scalar {
        let first = try parseHexQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, bytes[offset...].starts(with: "\\u".utf8) else {
            throw fault("half a surrogate pair")
        }
        offset += 2
        let second = try parseHexQuad()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func parseHexQuad() throws -> UInt32 {
        guard offset + 4 <= bytes.count else { throw fault("expected four hexadecimal digits") }
        var value: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
        }
        offset += 4
        return value
    }
}
