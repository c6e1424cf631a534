import Tensors
import WorkerMessages

/// A GGUF file's tokenizer as one JSON object: every metadata value whose key begins with `tokenizer.`, under its key.
/// What the values mean is Tokenization's business.
enum GGUFTokenizerMetadata {
    private static let prefix = "tokenizer."
    /// A copy of tokenizer.json that some files carry beside the values, which becomes a value as it is. Larger ones
    /// are left out: the values say the same.
    private static let copyKey = "tokenizer.huggingface.json"
    private static let copyByteCountMax = 2 << 20
    /// How many bytes the JSON may have beyond those of the file's header: numbers and control characters are longer.
    private static let byteCountAllowance = 1 << 19

    /// Reads the object, which is measured before it is made.
    static func read(_ file: GGUFFile) throws(ModelError) -> TokenizerMetadata {
        let byteCount = file.headerRange.count
        var measure = JSONText(keepsBytes: false)
        try write(file, to: &measure)
        guard measure.byteCount <= byteCount + byteCountAllowance else {
            throw ModelError(
                .invalidModel,
                "\(file.file.path): what it says of its tokenizer takes \(measure.byteCount) bytes as JSON, "
                    + "allowed are \(byteCount + byteCountAllowance)")
        }
        var text = JSONText(byteCountMax: measure.byteCount)
        try write(file, to: &text)
        return TokenizerMetadata(json: text.bytes, fileByteCount: byteCount)
    }

    private static func write(_ file: GGUFFile, to text: inout JSONText) throws(ModelError) {
        var isFirst = true
        text.append(raw: "{")
        for key in file.keys where key.hasPrefix(prefix) {
            guard let value = file[key] else { continue }
            if key == copyKey, case .longString(let copy) = value, copy.count > copyByteCountMax { continue }
            if !isFirst { text.append(raw: ",\n") }
            isFirst = false
            text.append(Array(key.utf8))
            text.append(raw: ":")
            do throws(GGUFError) { try append(value, isJSON: key == copyKey, of: file, to: &text) } catch {
                throw ModelError(error)
            }
        }
        text.append(raw: "}")
    }

    private static func append(
        _ value: GGUFValue, isJSON: Bool, of file: GGUFFile, to text: inout JSONText
    ) throws(GGUFError) {
        switch value {
        case .array(let array):
            text.append(raw: "[")
            var isFirst = true
            try file.forEach(in: array) { element throws(GGUFError) in
                if !isFirst { text.append(raw: ",") }
                isFirst = false
                switch element {
                case .text(let bytes): text.append(bytes)
                case .value(let value): text.append(plain(value))
                }
            }
            text.append(raw: "]")
        case .longString(let range):
            if !isJSON { text.append(raw: "\"") }
            try file.forEachPiece(of: range) { bytes throws(GGUFError) in
                if isJSON { text.append(raw: bytes) } else { text.append(inQuotes: bytes) }
            }
            if !isJSON { text.append(raw: "\"") }
        case .string(let string) where isJSON: text.append(raw: string)
        default: text.append(plain(value))
        }
    }

    private static func plain(_ value: GGUFValue) -> JSONValue {
        switch value {
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .bool(let flag): .bool(flag)
        case .string(let string): .string(string)
        case .array, .longString: .null
        }
    }
}
