/// A change of the text before it is split; bytes are valid UTF-8 before and after.
indirect enum Normalizer: Sendable {
    case sequence([Normalizer])
    case form(NormalizationForm)
    case lowercase
    /// Puts bytes before a text that is not empty.
    case prepend([UInt8])
    case replace(TextPattern, content: [UInt8])
    /// Removes white space at the ends.
    case strip(left: Bool, right: Bool)
    /// Writes every byte in GPT-2's alphabet.
    case byteLevel

    private static let supported = [
        "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "Strip",
        "ByteLevel",
    ]

    init(_ file: FileObject) throws {
        switch try file.string("type") {
        case "Sequence": self = .sequence(try file.objects("normalizers").map(Normalizer.init))
        case "NFC": self = .form(.composed)
        case "NFD": self = .form(.decomposed)
        case "NFKC": self = .form(.compatibilityComposed)
        case "NFKD": self = .form(.compatibilityDecomposed)
        case "Lowercase": self = .lowercase
        case "Prepend": self = .prepend(Array(try file.string("prepend").utf8))
        case "Replace":
            self = .replace(try TextPattern(file, "pattern"), content: Array(try file.string("content").utf8))
        case "Strip": self = .strip(left: try file.bool("strip_left"), right: try file.bool("strip_right"))
        case "ByteLevel": self = .byteLevel
        case let other:
            throw TokenizationError.unsupported(
                "normalizer", at: file.path, found: other, supported: Self.supported)
        }
    }

    /// The normalized text.
    func normalized(_ text: [UInt8]) throws -> [UInt8] {
        switch self {
        case .sequence(let normalizers): return try normalizers.reduce(text) { try $1.normalized($0) }
        case .form(let form): return form.normalized(text)
        case .lowercase: return lowercased(text)
        case .prepend(let prefix): return text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): return try pattern.replacing(in: text, with: content)
        case .strip(let left, let right): return stripped(text, left: left, right: right)
        case .byteLevel:
            var output: [UInt8] = []
            ByteAlphabet.append(text.span, to: &output)
            return output
        }
    }

    /// Each scalar by itself, without regard to its neighbours: a final sigma stays a sigma.
    private func lowercased(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        for scalar in UTF8Scan.scalars(of: text) {
            output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
        return output
    }

    private func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
        var scalars = UTF8Scan.scalars(of: text)[...]
        if left { scalars = scalars.drop(while: UTF8Scan.isWhitespace) }
        if right, let last = scalars.lastIndex(where: { !UTF8Scan.isWhitespace($0) }) {
            scalars = scalars[...last]
        } else if right {
            return []
        }
        return Array(String(scalars).utf8)
    }
}
