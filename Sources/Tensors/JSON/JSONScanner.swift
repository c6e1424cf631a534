/// A strict, pull-style JSON reader for files we do not trust.
///
/// It differs from Foundation's in what model files need: duplicate keys are errors, nesting has a limit,
/// integers are never rounded through a double, and nothing is built in memory that the caller does not ask
/// for.
package struct JSONScanner {
    /// Objects and arrays inside one another, at most.
    package static let depthMax = 32
    /// Bytes of one string at most.
    package static let stringByteCountMax = 1 << 20
    /// Members of one object at most: the largest checkpoints have some 100,000 tensors.
    package static let memberCountMax = 1 << 17

    /// What the values and keys of a text may take in memory beyond its bytes.
    package static let heldByteCountAllowance = 384 << 10

    private let bytes: [UInt8]
    private let end: Int
    private var depth = 0
    /// How many bytes are kept of what was read, as far as it is counted.
    private var heldByteCount = 0
    private let heldByteCountMax: Int
    /// Offset of the next byte to be read.
    package private(set) var offset: Int

    /// Reads `bytes`, of which about as much is kept as there is.
    package init(_ bytes: [UInt8]) {
        self.init(bytes, heldByteCountMax: bytes.count + JSONScanner.heldByteCountAllowance)
    }

    /// Reads `bytes`; what is kept of them may take up to `heldByteCountMax`.
    package init(_ bytes: [UInt8], heldByteCountMax: Int) {
        self.bytes = bytes
        self.heldByteCountMax = heldByteCountMax
        offset = 0
        end = bytes.count
    }

    /// Reads `bytes` from `offset` on.
    package init(_ bytes: [UInt8], at offset: Int) {
        self.init(bytes)
        self.offset = offset
    }

    /// Counts bytes that are kept of what was read.
    package mutating func hold(_ byteCount: Int) throws(JSONError) {
        heldByteCount += byteCount
        guard heldByteCount <= heldByteCountMax else {
            throw error("what it holds takes more than \(heldByteCountMax) bytes of memory, the most allowed")
        }
    }

    /// The error `reason` at the current offset.
    package func error(_ reason: String) -> JSONError { JSONError(byteOffset: offset, reason: reason) }

    /// The first byte of the next value or punctuation, white space skipped.
    package mutating func peek() throws(JSONError) -> UInt8 {
        skipSpace()
        guard offset < end else { throw error("the text ends too early") }
        return bytes[offset]
    }

    /// Makes sure that only white space is left.
    package mutating func requireEnd() throws(JSONError) {
        skipSpace()
        guard offset == end else { throw error("\(end - offset) bytes follow the last value") }
    }

    /// Reads an object; `member` is called with every key and must read its value. A second equal key is an
    /// error.
    package mutating func object(
        _ member: (inout JSONScanner, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        var keys: Set<String> = []
        try members { (scanner, key, start) throws(JSONError) in
            try scanner.hold(JSONScanner.keyByteCount + key.utf8.count)
            guard keys.insert(key).inserted else {
                throw JSONError(byteOffset: start, reason: "the key \"\(key)\" appears twice in one object")
            }
            guard keys.count <= JSONScanner.memberCountMax else {
                throw JSONError(
                    byteOffset: start, reason: "an object has more than \(JSONScanner.memberCountMax) members"
                )
            }
            try member(&scanner, key)
        }
        heldByteCount -= keys.reduce(0) { $0 + JSONScanner.keyByteCount + $1.utf8.count }
    }

    /// What a key takes in a set that may just be growing, and what a member and an element take of their own.
    private static let (keyByteCount, memberByteCount, elementByteCount) = (112, 208, 72)
    /// What a string takes beside its bytes.
    private static let stringByteCount = 48

    /// Calls `member` with every key and where it stands; equal ones are not noticed.
    package mutating func members(
        _ member: (inout JSONScanner, String, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        try open("{")
        if try peek() == UInt8(ascii: "}") {
            close()
            return
        }
        while true {
            _ = try peek()
            let start = offset
            let key = try string()
            try take(":")
            try member(&self, key, start)
            guard try endsAfterElement("}") else { continue }
            close()
            return
        }
    }

    /// Steps over a value of any kind and keeps nothing of it.
    package mutating func skip() throws(JSONError) {
        switch try peek() {
        case UInt8(ascii: "{"):
            try members { (scanner, _, _) throws(JSONError) in try scanner.skip() }
        case UInt8(ascii: "["): try array { (scanner) throws(JSONError) in try scanner.skip() }
        case UInt8(ascii: "\""): _ = try string()
        default: _ = try value()
        }
    }

    /// Reads an array; `element` is called once for each element and must read it.
    package mutating func array(_ element: (inout JSONScanner) throws(JSONError) -> Void) throws(JSONError) {
        try open("[")
        if try peek() == UInt8(ascii: "]") {
            close()
            return
        }
        while true {
            try element(&self)
            guard try endsAfterElement("]") else { continue }
            close()
            return
        }
    }

    /// Reads a string.
    package mutating func string() throws(JSONError) -> String {
        try take("\"")
        let start = offset
        var hasEscape = false
        while offset < end, bytes[offset] != UInt8(ascii: "\"") {
            guard bytes[offset] >= 0x20 else {
                throw error("a string holds the control byte \(bytes[offset])")
            }
            if bytes[offset] == UInt8(ascii: "\\") {
                hasEscape = true
                offset += 1
            }
            offset += 1
            guard offset - start <= JSONScanner.stringByteCountMax else {
                throw error("a string is longer than \(JSONScanner.stringByteCountMax) bytes")
            }
        }
        guard offset < end else { throw JSONError(byteOffset: start, reason: "a string does not end") }
        let content = bytes[start..<offset]
        offset += 1
        let decoded = hasEscape ? try JSONScanner.unescape(content) : Array(content)
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw JSONError(byteOffset: start, reason: "a string is not UTF-8")
        }
        return text
    }

    /// Reads a number: `.integer` where it is written as one that fits, else `.number`.
    package mutating func number() throws(JSONError) -> JSONValue {
        _ = try peek()
        let start = offset
        while offset < end, JSONScanner.numberBytes.contains(bytes[offset]) { offset += 1 }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard JSONScanner.isNumber(Array(bytes[start..<offset])) else {
            throw JSONError(byteOffset: start, reason: "\"\(text)\" is not a JSON number")
        }
        if let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONError(byteOffset: start, reason: "the number \(text) does not fit in 64 bits")
        }
        return .number(value)
    }

    /// Reads a value of any kind.
    package mutating func value() throws(JSONError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try object { (scanner, key) throws(JSONError) in
                try scanner.hold(JSONScanner.memberByteCount + key.utf8.count)
                members[key] = try scanner.value()
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try array { (scanner) throws(JSONError) in
                try scanner.hold(JSONScanner.elementByteCount)
                elements.append(try scanner.value())
            }
            return .array(elements)
        case UInt8(ascii: "\""):
            let text = try string()
            try hold(JSONScanner.stringByteCount + text.utf8.count)
            return .string(text)
        case UInt8(ascii: "t"):
            try take("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try take("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try take("null")
            return .null
        default: return try number()
        }
    }

    // MARK: Punctuation

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private mutating func skipSpace() {
        while offset < end, bytes[offset] <= 0x20, JSONScanner.isSpace(bytes[offset]) { offset += 1 }
    }

    private mutating func take(_ text: StaticString) throws(JSONError) {
        _ = try peek()
        let expected = Array("\(text)".utf8)
        guard end - offset >= expected.count, bytes[offset..<offset + expected.count].elementsEqual(expected)
        else {
            throw error("\(text) is expected")
        }
        offset += expected.count
    }

    private mutating func open(_ bracket: StaticString) throws(JSONError) {
        try take(bracket)
        depth += 1
        guard depth <= JSONScanner.depthMax else {
            throw error("values are nested more than \(JSONScanner.depthMax) deep")
        }
    }

    /// Steps over the closing bracket that `peek` or `endsAfterElement` has just seen.
    private mutating func close() {
        offset += 1
        depth -= 1
    }

    /// Whether `bracket` follows; steps over a comma otherwise.
    private mutating func endsAfterElement(_ bracket: Unicode.Scalar) throws(JSONError) -> Bool {
        let next = try peek()
        if next == UInt8(ascii: bracket) { return true }
        guard next == UInt8(ascii: ",") else { throw error("a comma or \(bracket) is expected") }
        offset += 1
        return false
    }
}
