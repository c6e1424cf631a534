/// A place in a JSON text, from which values are checked, stepped over or read.
struct JSONReader {
    let bytes: [UInt8]
    private let fileName: String
    /// The next byte.
    var offset: Int

    init(_ bytes: [UInt8], fileName: String, offset: Int = 0) {
        self.bytes = bytes
        self.fileName = fileName
        self.offset = offset
    }

    func fault(_ what: String) -> TokenizationError {
        TokenizationError(.malformedFile, "\(fileName): invalid JSON at byte \(offset): \(what)")
    }

    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

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

    /// Makes sure that only white space is left.
    mutating func requireEnd() throws {
        skipWhitespace()
        guard offset == bytes.count else { throw fault("text after the end of the value") }
    }

    // MARK: - Checking

    /// Steps over the next value, all of which must be sound, and notes the large objects and arrays in it.
    mutating func checkValue(depth: Int, large: inout [JSONText.Extent]) throws {
        guard depth <= TokenizerLimits.jsonDepthMax else {
            throw fault("nested deeper than \(TokenizerLimits.jsonDepthMax) levels")
        }
        skipWhitespace()
        let start = offset
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let place = large.count
            large.append(.init(start: Int32(start), end: 0))
            if current == UInt8(ascii: "{") {
                try forEachMember { reader, _ in try reader.checkValue(depth: depth + 1, large: &large) }
            } else {
                try forEachElement { reader in try reader.checkValue(depth: depth + 1, large: &large) }
            }
            if offset - start < JSONText.largeByteCount {
                // What is inside is smaller and no longer there.
                large.removeLast()
            } else {
                large[place].end = Int32(offset)
            }
        default: _ = try readScalar(isWanted: false)
        }
    }

    /// Steps over the next value of a text that was checked.
    mutating func skipValue(of text: JSONText) throws {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if let end = text.end(ofLargeAt: offset) {
                offset = end
            } else if current == UInt8(ascii: "{") {
                try forEachMember { reader, _ in try reader.skipValue(of: text) }
            } else {
                try forEachElement { reader in try reader.skipValue(of: text) }
            }
        default: _ = try readScalar(isWanted: false)
        }
    }

    /// Steps over the next value; how many objects it holds, itself included.
    mutating func countObjects() throws -> Int {
        skipWhitespace()
        var count = 0
        switch current {
        case UInt8(ascii: "{"):
            count = 1
            try forEachMember { reader, _ in count += try reader.countObjects() }
        case UInt8(ascii: "["): try forEachElement { reader in count += try reader.countObjects() }
        default: _ = try readScalar(isWanted: false)
        }
        return count
    }

    // MARK: - Reading

    /// Reads the next value of a text that was checked.
    mutating func readValue(of text: JSONText) throws -> JSONValue {
        skipWhitespace()
        let start = offset
        switch current {
        case UInt8(ascii: "{"):
            try skipValue(of: text)
            return .object(JSONObject(text: text, start: start))
        case UInt8(ascii: "["):
            try skipValue(of: text)
            return .array(JSONArray(text: text, start: start))
        default: return try readScalar(isWanted: true)
        }
    }

    /// Goes through an object; `body` gets each key's place inside its quotes and must step over the value.
    mutating func forEachMember(_ body: (inout JSONReader, Range<Int>) throws -> Void) throws {
        skipWhitespace()
        offset += 1
        if consume(UInt8(ascii: "}")) { return }
        repeat {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw fault("expected a key in quotes") }
            let key = try skipString()
            guard consume(UInt8(ascii: ":")) else {
                throw fault("expected ':' after the key \"\(try string(inQuotes: key))\"")
            }
            try body(&self, key)
        } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "}")) else { throw fault("expected ',' or '}'") }
    }

    /// Goes through an array; `body` must step over the element.
    mutating func forEachElement(_ body: (inout JSONReader) throws -> Void) throws {
        skipWhitespace()
        offset += 1
        if consume(UInt8(ascii: "]")) { return }
        repeat { try body(&self) } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "]")) else { throw fault("expected ',' or ']'") }
    }

    private mutating func readScalar(isWanted: Bool) throws -> JSONValue {
        switch current {
        case UInt8(ascii: "\""):
            let content = try skipString()
            return isWanted ? .string(try string(inQuotes: content)) : .null
        case UInt8(ascii: "t"): return try readWord("true", as: .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", as: .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", as: .null)
        case nil: throw fault("the text ends where a value is expected")
        default: return try readNumber(isWanted: isWanted)
        }
    }

    private mutating func readWord(_ word: StaticString, as value: JSONValue) throws -> JSONValue {
        let text = "\(word)"
        guard bytes[offset...].starts(with: text.utf8) else { throw fault("expected \(text)") }
        offset += text.utf8.count
        return value
    }

    private mutating func readNumber(isWanted: Bool) throws -> JSONValue {
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
        guard offset - start <= TokenizerLimits.jsonNumberByteCountMax else {
            throw fault("a number of more than \(TokenizerLimits.jsonNumberByteCountMax) characters")
        }
        guard isWanted else { return .null }
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
}
