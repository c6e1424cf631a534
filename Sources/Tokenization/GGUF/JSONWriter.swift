/// Writes JSON from front to back: what other files' readers are given of a tokenizer that stands elsewhere.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    /// Appends JSON as it is.
    mutating func add(_ json: String) { bytes.append(contentsOf: json.utf8) }

    /// Appends a string, quoted.
    mutating func add(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20: add("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string, quoted.
    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.add(string: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
