import Tensors

/// JSON as bytes, written from front to back: what a GGUF file's metadata becomes on its way to readers of JSON.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// Appends an object of members.
    mutating func append(_ members: [(String, JSONValue)]) {
        bytes.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { append(raw: ",\n ") }
            append(Array(member.0.utf8))
            append(raw: ": ")
            append(member.1)
        }
        bytes.append(UInt8(ascii: "}"))
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
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members): append(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    /// Appends what another one has.
    mutating func append(_ other: JSONText) { bytes.append(contentsOf: other.bytes) }

    /// Appends text as it is.
    mutating func append(raw text: String) { bytes.append(contentsOf: text.utf8) }

    /// Appends a string from its UTF-8 bytes; whether they are UTF-8 is the reader's to check.
    mutating func append(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                append(raw: "\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
