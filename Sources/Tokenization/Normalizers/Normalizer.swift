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
    /// Removes all marks.
    case stripAccents
    case bert(BertNormalization)
    case nmt
    case characterMap(CharacterMap)
    case sentencePiece(SentencePieceNormalization)

    private static let supported = [
        "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "Replace", "Strip",
        "ByteLevel", "StripAccents", "BertNormalizer", "Nmt", "Precompiled",
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
        case "StripAccents": self = .stripAccents
        case "BertNormalizer": self = .bert(try BertNormalization(file))
        case "Nmt": self = .nmt
        case "Precompiled": self = .characterMap(try CharacterMap(file))
        case let other:
            throw TokenizationError.unsupported(
                "normalizer", at: file.path, found: other, supported: Self.supported)
        }
    }

    /// The normalized text of a part, which may be the first.
    func normalized(_ text: [UInt8], startsText: Bool) throws -> [UInt8] {
        if case .sentencePiece(let normalization) = self {
            return normalization.normalized(text, startsText: startsText)
        }
        return try normalized(text)
    }

    /// The normalized text.
    func normalized(_ text: [UInt8]) throws -> [UInt8] {
        switch self {
        case .sequence(let normalizers): return try normalizers.reduce(text) { try $1.normalized($0) }
        case .form(let form): return form.normalized(text)
        case .lowercase: return UTF8Scan.lowercased(text)
        case .prepend(let prefix): return text.isEmpty ? text : prefix + text
        case .replace(let pattern, let content): return try pattern.replacing(in: text, with: content)
        case .strip(let left, let right): return stripped(text, left: left, right: right)
        case .byteLevel:
            var output: [UInt8] = []
            ByteAlphabet.append(text.span, to: &output)
            return output
        case .stripAccents: return UTF8Scan.filtered(text) { !CharacterClasses.isMark($0) }
        case .bert(let normalization): return normalization.normalized(text)
        case .nmt: return NMTNormalization.normalized(text)
        case .characterMap(let map): return map.normalized(text)
        case .sentencePiece(let normalization): return normalization.normalized(text, startsText: true)
        }
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
