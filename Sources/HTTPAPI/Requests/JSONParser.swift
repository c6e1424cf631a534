import Tokenization

/// Reads the JSON of a request's body (RFC 8259), which is UTF-8.
///
/// Foundation's decoder makes a value of no known shape by trying one type after the other; parsing bodies was 8 % of
/// the controller's time (Benchmarks/serving).
struct JSONParser {
    /// Why a text is no JSON.
    struct Fault: Error, CustomStringConvertible {
        let what: String
        let offset: Int

        var description: String { "\(what) at byte \(offset)" }
    }

    /// Arrays and objects within each other.
    static let depthMax = 512

    private let bytes: [UInt8]
    private var offset = 0

    /// A parser of bytes that are known to be UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The one value that the text is; a byte order mark may stand before it.
    mutating func parse() throws(Fault) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
        let value = try value(depth: 1)
        skipSpace()
        guard offset == bytes.count else { throw fault("text after the end") }
        return value
    }

    private func fault(_ what: String) -> Fault { Fault(what: what, offset: offset) }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        skipSpace()
        guard current == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        skipSpace()
        if depth > Self.depthMax, current == UInt8(ascii: "{") || current == UInt8(ascii: "[") {
            throw fault("nested deeper than \(Self.depthMax) levels")
        }
        switch current {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw fault("the text ends where a value should be")
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(Fault) -> [String: JSONValue] {
        offset += 1
        var members: [String: JSONValue] = [:]
        if consume(UInt8(ascii: "}")) { return members }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw fault("no name where one should be") }
            let name = try string()
            guard consume(UInt8(ascii: ":")) else { throw fault("no ':' after a name") }
            members[name] = try value(depth: depth + 1)
        } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "}")) else { throw fault("neither ',' nor '}' after a member") }
        return members
    }

    private mutating func array(depth: Int) throws(Fault) -> [JSONValue] {
        offset += 1
        var elements: [JSONValue] = []
        if consume(UInt8(ascii: "]")) { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while consume(UInt8(ascii: ","))
        guard consume(UInt8(ascii: "]")) else { throw fault("neither ',' nor ']' after an element") }
        return elements
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Fault) -> JSONValue {
        guard bytes[offset...].starts(with: word.utf8) else { throw fault("an unknown word") }
        offset += word.utf8.count
        return value
    }

    // MARK: Numbers

    private mutating func skipDigits() -> Int {
        let start = offset
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        return offset - start
    }

    private mutating func number() throws(Fault) -> JSONValue {
        let start = offset
        if current == UInt8(ascii: "-") { offset += 1 }
        let first = current
        let digitCount = skipDigits()
        guard digitCount > 0 else { throw fault("no value where one should be") }
        guard digitCount == 1 || first != UInt8(ascii: "0") else { throw fault("a leading zero") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            guard skipDigits() > 0 else { throw fault("no digit after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
            guard skipDigits() > 0 else { throw fault("no digit in an exponent") }
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        if isInteger, let large = UInt64(text) { return .large(large) }
        guard let number = Double(text), number.isFinite else { throw fault("a number out of range") }
        // A whole number is an integer, however it is written.
        return Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }

    // MARK: Strings

    private mutating func string() throws(Fault) -> String {
        offset += 1
        let start = offset
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
            offset += 1
        }
        if current == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return String(decoding: bytes[start..<offset], as: UTF8.self)
        }
        return try escapedString(after: Array(bytes[start..<offset]))
    }

    /// The rest of a string that has escapes.
    private mutating func escapedString(after beginning: [UInt8]) throws(Fault) -> String {
        var text = beginning
        while let byte = current {
            guard byte >= 0x20 else { throw fault("a control character in a string") }
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
            default: text.append(byte)
            }
        }
        throw fault("a string without an end")
    }

    /// What stands after a backslash.
    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        guard let byte = current else { throw fault("a string without an end") }
        offset += 1
        if byte == UInt8(ascii: "u") { return try unicodeEscape() }
        guard let scalar = JSONEscape.short(byte) else { throw fault("an unknown escape") }
        return scalar
    }

    private mutating func unicodeEscape() throws(Fault) -> Unicode.Scalar {
        let first = try hexadecimalQuad()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard JSONEscape.isFirstHalf(first), bytes[offset...].starts(with: #"\u"#.utf8) else {
            throw fault("half of a surrogate pair")
        }
        offset += 2
        let second = try hexadecimalQuad()
        guard let scalar = JSONEscape.scalar(first, second) else { throw fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimalQuad() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Hexadecimal.digit(byte) else {
                throw fault("no four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            offset += 1
        }
        return value
    }
}
