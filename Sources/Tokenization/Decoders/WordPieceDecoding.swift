/// Joins word pieces: a token without the prefix starts a new word; optionally the spaces before punctuation
/// and English contractions go.
struct WordPieceDecoding: DecodingStage {
    let prefix: [UInt8]
    let cleansUp: Bool
    private var isFirst = true

    init(prefix: [UInt8], cleansUp: Bool) {
        self.prefix = prefix
        self.cleansUp = cleansUp
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        let isInside = !isFirst && token.starts(with: prefix)
        let text = isInside ? token.dropFirst(prefix.count) : token
        let followsSpace = !isFirst && !isInside
        isFirst = false
        if cleansUp, EnglishCleanup.mayChange(text, followsSpace: followsSpace) {
            let spaced = followsSpace ? [UInt8(ascii: " ")] + text : Array(text)
            output.append(EnglishCleanup.applied(to: spaced))
        } else {
            if followsSpace { output.write(UInt8(ascii: " ")) }
            output.append(text)
        }
    }
}

/// The replacements that undo a tokenizer's spaces around English punctuation, one after the other.
enum EnglishCleanup {
    private static let replacements: [(pattern: TextPattern, content: [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (.literal(Array($0.0.utf8)), Array($0.1.utf8)) }

    /// Whether there may be something to replace in a text, before which there may be a space: each replacement is
    /// of a space and one of these.
    static func mayChange(_ text: ArraySlice<UInt8>, followsSpace: Bool) -> Bool {
        var followsSpace = followsSpace
        for byte in text {
            if followsSpace {
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "?"), UInt8(ascii: "!"), UInt8(ascii: ","),
                    UInt8(ascii: "'"), UInt8(ascii: "n"), UInt8(ascii: "d"):
                    return true
                default: break
                }
            }
            followsSpace = byte == UInt8(ascii: " ")
        }
        return false
    }

    static func applied(to token: [UInt8]) -> [UInt8] {
        replacements.reduce(token) { text, replacement in
            replacement.pattern.replacingLiteral(in: text, with: replacement.content)
        }
    }
}

/// Makes the marks that end words into spaces, but for those of the last token, which go: it waits.
struct WordSuffixDecoding: DecodingStage {
    let suffix: TextPattern
    /// The part of the token before from its first mark on.
    private var held: [UInt8] = []

    init(suffix: TextPattern) { self.suffix = suffix }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        output.write(suffix.replacingLiteral(in: held, with: [UInt8(ascii: " ")]))
        let markStart = suffix.firstLiteralMatch(in: token) ?? token.endIndex
        output.append(token[..<markStart])
        held = Array(token[markStart...])
    }

    mutating func finish(into output: inout ByteStrings) {
        output.append(suffix.replacingLiteral(in: held, with: []))
        held = []
    }
}

/// Connectionist temporal classification: of neighbouring equal tokens one counts, and the padding token none.
struct CTCDecoding: DecodingStage {
    let padding: TextPattern
    let wordDelimiter: TextPattern
    let cleansUp: Bool
    private var last: [UInt8]?

    init(padding: TextPattern, wordDelimiter: TextPattern, cleansUp: Bool) {
        self.padding = padding
        self.wordDelimiter = wordDelimiter
        self.cleansUp = cleansUp
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        guard last.map({ !$0.elementsEqual(token) }) ?? true else { return }
        let token = Array(token)
        last = token
        var text = padding.replacingLiteral(in: token, with: [])
        if cleansUp {
            text = wordDelimiter.replacingLiteral(
                in: EnglishCleanup.applied(to: text), with: [UInt8(ascii: " ")])
        }
        if !text.isEmpty { output.append(text) }
    }
}
