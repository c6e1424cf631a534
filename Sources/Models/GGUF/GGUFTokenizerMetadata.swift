import Tensors

/// A GGUF file's tokenizer as one JSON object: every metadata value whose key begins with `tokenizer.`, under its key.
/// What the values mean is Tokenization's business.
enum GGUFTokenizerMetadata {
    private static let prefix = "tokenizer."
    /// A copy of tokenizer.json that some files carry beside the values; larger ones are left out, for no string of a
    /// tokenizer's files may be that long.
    private static let copyKey = "tokenizer.huggingface.json"
    private static let copyByteCountMax = 2 << 20

    static func json(of file: GGUFFile) throws(ModelError) -> [UInt8] {
        var text = JSONText()
        var isFirst = true
        text.append(raw: "{")
        for key in file.keys where key.hasPrefix(prefix) {
            guard let value = file[key] else { continue }
            if key == copyKey, case .string(let copy) = value, copy.utf8.count > copyByteCountMax { continue }
            if !isFirst { text.append(raw: ",\n") }
            isFirst = false
            text.append(Array(key.utf8))
            text.append(raw: ":")
            do throws(GGUFError) { try append(value, of: file, to: &text) } catch { throw ModelError(error) }
        }
        text.append(raw: "}")
        return text.bytes
    }

    private static func append(
        _ value: GGUFValue, of file: GGUFFile, to text: inout JSONText
    ) throws(GGUFError) {
        guard case .array(let array) = value else { return text.append(plain(value)) }
        var elements = JSONText()
        elements.append(raw: "[")
        var isFirst = true
        try file.forEach(in: array) { element throws(GGUFError) in
            if !isFirst { elements.append(raw: ",") }
            isFirst = false
            switch element {
            case .text(let bytes): elements.append(bytes)
            case .value(let value): elements.append(plain(value))
            }
        }
        elements.append(raw: "]")
        text.append(elements)
    }

    private static func plain(_ value: GGUFValue) -> JSONValue {
        switch value {
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .bool(let flag): .bool(flag)
        case .string(let string): .string(string)
        case .array: .null
        }
    }
}
