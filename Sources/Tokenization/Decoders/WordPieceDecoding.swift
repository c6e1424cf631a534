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

    mutating func push(_ token: [UInt8], into output: inout [[UInt8]]) {
        var text = token
        if !isFirst {
            text = token.starts(with: prefix) ? Array(token[prefix.count...]) : [UInt8(ascii: " ")] + token
        }
        isFirst = false
        output.append(cleansUp ? EnglishCleanup.applied(to: text) : text)
    }
}

/// The replacements that undo a tokenizer's spaces around English punctuation, one after the other.
enum EnglishCleanup {
    private static let replacements: [(pattern: TextPattern, content: [UInt8])] = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ].map { (.literal(Array($0.0.utf8)), Array($0.1.utf8)) }

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

    mutating func push(_ token: [UInt8], into output: inout [[UInt8]]) {
        var text = suffix.replacingLiteral(in: held, with: [UInt8(ascii: " ")])
        let markStart = suffix.firstLiteralMatch(in: token) ?? token.count
        text += token[..<markStart]
        held = Array(token[markStart...])
        output.append(text)
    }

    mutating func finish(into output: inout [[UInt8]]) {
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

    mutating func push(_ token: [UInt8], into output: inout [[UInt8]]) {
        guard token != last else { return }
        last = token
        var text = padding.replacingLiteral(in: token, with: [])
        if cleansUp {
            text = wordDelimiter.replacingLiteral(
                in: EnglishCleanup.applied(to: text), with: [UInt8(ascii: " ")])
        }
        if !text.isEmpty { output.append(text) }
    }
}
