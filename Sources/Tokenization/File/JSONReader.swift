/// A place in a JSON text, from which values are checked, stepped over or read.
struct JSONReader {
    let file: FileBytes
    /// The next byte.
    var offset: Int
    /// The window that was needed last, often the one that is needed next.
    private var window = FileBytes.Window()

    init(_ file: FileBytes, offset: Int = 0) {
        self.file = file
        self.offset = offset
    }

    func fault(_ what: String) -> TokenizationError {
        TokenizationError(.malformedFile, "\(file.name): invalid JSON at byte \(offset): \(what)")
    }

    /// The next byte, nil at the end of the text.
    mutating func peek() throws -> UInt8? {
        let index = offset - window.start
        if index >= 0, index < window.bytes.count { return window.bytes[index] }
        guard offset < file.byteCount else { return nil }
        window = FileBytes.Window()
        window = try file.window(at: offset)
        return window.bytes[offset - window.start]
    }

    /// What stands in a range of the text.
    func bytes(_ range: Range<Int>) throws -> ArraySlice<UInt8> {
        guard window.contains(range) else { return try file.copy(range)[...] }
        return window.bytes[range.lowerBound - window.start..<range.upperBound - window.start]
    }

    private mutating func skipWhitespace() throws {
        while let byte = try peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func consume(_ byte: UInt8) throws -> Bool {
        try skipWhitespace()
        guard try peek() == byte else { return false }
        offset += 1
        return true
    }

    /// Makes sure that only white space is left.
    mutating func requireEnd() throws {
        try skipWhitespace()
        guard offset == file.byteCount else { throw fault("text after the end of the value") }
    }

    // MARK: - Checking

    /// Steps over the next value, all of which must be sound, and notes the large objects and arrays in it.
    mutating func checkValue(depth: Int, large: inout [JSONText.Extent]) throws {
        guard depth <= TokenizerLimits.jsonDepthMax else {
            throw fault("nested deeper than \(TokenizerLimits.jsonDepthMax) levels")
        }
        try skipWhitespace()
        let start = offset
        switch try peek() {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let place = large.count
            large.append(.init(start: Int32(start), end: 0))
            if try peek() == UInt8(ascii: "{") {
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
        try skipWhitespace()
        switch try peek() {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if let end = text.end(ofLargeAt: offset) {
                offset = end
            } else if try peek() == UInt8(ascii: "{") {
                try forEachMember { reader, _ in try reader.skipValue(of: text) }
            } else {
                try forEachElement { reader in try reader.skipValue(of: text) }
            }
        default: _ = try readScalar(isWanted: false)
        }
    }

    /// Steps over the next value; how many objects it holds, itself included, and how many members have the key
    /// "Regex".
    mutating func countParts() throws -> (objects: Int, patterns: Int) {
        try skipWhitespace()
        var count = (objects: 0, patterns: 0)
        func add(_ more: (objects: Int, patterns: Int)) {
            count.objects += more.objects
            count.patterns += more.patterns
        }
        switch try peek() {
        case UInt8(ascii: "{"):
            count.objects = 1
            try forEachMember { reader, key in
                if try reader.isString(inQuotes: key, equalTo: Array("Regex".utf8)) { count.patterns += 1 }
                add(try reader.countParts())
            }
        case UInt8(ascii: "["): try forEachElement { reader in add(try reader.countParts()) }
        default: _ = try readScalar(isWanted: false)
        }
        return count
    }

    // MARK: - Reading

    /// Reads the next value of a text that was checked.
    mutating func readValue(of text: JSONText) throws -> JSONValue {
        try skipWhitespace()
        let start = offset
        switch try peek() {
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
        try skipWhitespace()
        offset += 1
        if try consume(UInt8(ascii: "}")) { return }
        repeat {
            try skipWhitespace()
            guard try peek() == UInt8(ascii: "\"") else { throw fault("expected a key in quotes") }
            let key = try skipString()
            guard try consume(UInt8(ascii: ":")) else {
                throw fault(
                    "expected ':' after the key \(TokenizationError.excerpt(try string(inQuotes: key)))")
            }
            try body(&self, key)
        } while try consume(UInt8(ascii: ","))
        guard try consume(UInt8(ascii: "}")) else { throw fault("expected ',' or '}'") }
    }

    /// Goes through an array; `body` must step over the element.
    mutating func forEachElement(_ body: (inout JSONReader) throws -> Void) throws {
        try skipWhitespace()
        offset += 1
        if try consume(UInt8(ascii: "]")) { return }
        repeat { try body(&self) } while try consume(UInt8(ascii: ","))
        guard try consume(UInt8(ascii: "]")) else { throw fault("expected ',' or ']'") }
    }

    /// Steps over the bracket or the comma before an element of an array of a text that was checked; false if there is
    /// none.
    mutating func stepToElement(isFirst: Bool) throws -> Bool {
        try skipWhitespace()
        if isFirst {
            offset += 1
            try skipWhitespace()
            return try peek() != UInt8(ascii: "]")
        }
        return try consume(UInt8(ascii: ","))
    }

    private mutating func readScalar(isWanted: Bool) throws -> JSONValue {
        switch try peek() {
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
        for byte in text.utf8 {
            guard try peek() == byte else { throw fault("expected \(text)") }
            offset += 1
        }
        return value
    }

    private mutating func readNumber(isWanted: Bool) throws -> JSONValue {
        let start = offset
        if try peek() == UInt8(ascii: "-") { offset += 1 }
        let startsWithZero = try peek() == UInt8(ascii: "0")
        let digitCount = try skipDigits()
        guard digitCount > 0 else { throw fault("expected a value") }
        guard digitCount == 1 || !startsWithZero else { throw fault("leading zero") }
        var isInteger = true
        if try peek() == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard try skipDigits() > 0 else { throw fault("expected a digit after '.'") }
        }
        if let byte = try peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if let sign = try peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            guard try skipDigits() > 0 else { throw fault("expected a digit in the exponent") }
        }
        guard offset - start <= TokenizerLimits.jsonNumberByteCountMax else {
            throw fault("a number of more than \(TokenizerLimits.jsonNumberByteCountMax) characters")
        }
        guard isWanted else { return .null }
        let text = String(decoding: try bytes(start..<offset), as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw fault("unreadable number \"\(text)\"") }
        return .real(value)
    }

    @discardableResult
    private mutating func skipDigits() throws -> Int {
        let start = offset
        while let byte = try peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { offset += 1 }
        return offset - start
    }
}
