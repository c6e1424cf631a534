import Tensors

/// JSON as bytes, written from front to back: what a GGUF file's metadata becomes on its way to readers of JSON.
struct JSONText {
    private(set) var bytes: [UInt8] = []
    /// How many bytes were written, kept or not.
    private(set) var byteCount = 0
    private let keepsBytes: Bool

    /// A text of any length; without its bytes, only their number is known in the end.
    init(keepsBytes: Bool = true) { self.keepsBytes = keepsBytes }

    /// A text with room for so many bytes, and not more.
    init(byteCountMax: Int) {
        keepsBytes = true
        bytes.reserveCapacity(byteCountMax)
    }

    private mutating func append(_ byte: UInt8) {
        byteCount += 1
        if keepsBytes { bytes.append(byte) }
    }

    /// Appends an object of members.
    mutating func append(_ members: [(String, JSONValue)]) {
        append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { append(raw: ",\n ") }
            append(Array(member.0.utf8))
            append(raw: ": ")
            append(member.1)
        }
        append(UInt8(ascii: "}"))
    }

    /// Appends a value. Numbers that are not finite become null, which nothing needs.
    mutating func append(_ value: JSONValue) {
        switch value {
        case .null: append(raw: "null")
        case .bool(let flag): append(raw: flag ? "true" : "false")
        case .integer(let number): append(raw: "\(number)")
        case .number(let number): append(raw: number.isFinite ? "\(number)" : "null")
        case .string(let text): append(Array(text.utf8))
        case .array(let elements):
            append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(element)
            }
            append(UInt8(ascii: "]"))
        case .object(let members): append(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    /// Appends text as it is.
    mutating func append(raw text: String) { append(raw: Array(text.utf8)) }

    /// Appends bytes as they are.
    mutating func append(raw text: [UInt8]) {
        byteCount += text.count
        if keepsBytes { bytes.append(contentsOf: text) }
    }

    /// Appends a string from its UTF-8 bytes; whether they are UTF-8 is the reader's to check.
    mutating func append(_ text: [UInt8]) {
        append(UInt8(ascii: "\""))
        append(inQuotes: text)
        append(UInt8(ascii: "\""))
    }

    /// Appends a part of a string, whose quotes stand around it.
    mutating func append(inQuotes text: [UInt8]) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x0A: append(raw: "\\n")
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append(raw: "\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: append(byte)
            }
        }
    }
}
