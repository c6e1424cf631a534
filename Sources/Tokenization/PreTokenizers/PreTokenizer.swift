/// A splitting of the normalized text into the words that the model encodes one by one.
indirect enum PreTokenizer: Sendable {
    case sequence([PreTokenizer])
    case byteLevel(addsPrefixSpace: Bool, pattern: TextPattern?)
    case metaspace(Metaspace)
    case split(TextPattern, SplitBehavior, isInverted: Bool)
    case digits(isolatesEach: Bool)
    case punctuation(SplitBehavior)
    /// Words and runs of other characters, without white space between.
    case whitespace(TextPattern)
    /// Everything between white space.
    case whitespaceSplit
    /// What lies between white space, with every punctuation character by itself.
    case bert
    /// Everything between the occurrences of one character.
    case delimiter(Unicode.Scalar)
    /// Runs of one script.
    case scripts(ScriptTable)
    /// Pieces of equally many characters.
    case fixedLength(Int)

    private static let supported = [
        "Sequence", "ByteLevel", "Metaspace", "Split", "Digits", "Punctuation", "Whitespace",
        "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit", "UnicodeScripts", "FixedLength",
    ]

    /// Compiled once per process, as the next one is.
    private static let byteLevelPattern = Result {
        try RegexPattern(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            path: "ByteLevel")
    }

    /// This one is matched by Rust's regex crate, where joiners are word characters, too.
    private static let whitespacePattern = Result {
        try RegexPattern("[\\w\\u200c\\u200d]+|[^\\w\\s\\u200c\\u200d]+", path: "Whitespace")
    }

    init(_ file: FileObject) throws {
        switch try file.string("type") {
        case "Sequence": self = .sequence(try file.objects("pretokenizers").map(PreTokenizer.init))
        case "ByteLevel":
            let usesRegex = try file.optionalBool("use_regex") ?? true
            self = .byteLevel(
                addsPrefixSpace: try file.bool("add_prefix_space"),
                pattern: usesRegex ? .regex(try Self.byteLevelPattern.get()) : nil)
        case "Metaspace": self = .metaspace(try Metaspace(file))
        case "Split":
            self = .split(
                try TextPattern(file, "pattern"), try SplitBehavior(file, "behavior"),
                isInverted: try file.bool("invert"))
        case "Digits": self = .digits(isolatesEach: try file.bool("individual_digits"))
        case "Punctuation":
            self = .punctuation(
                try file.value("behavior") == nil ? .isolated : try SplitBehavior(file, "behavior"))
        case "Whitespace":
            self = .whitespace(.regex(try Self.whitespacePattern.get()))
        case "WhitespaceSplit": self = .whitespaceSplit
        case "BertPreTokenizer": self = .bert
        case "CharDelimiterSplit": self = .delimiter(try file.scalar("delimiter"))
        case "UnicodeScripts": self = .scripts(.known)
        case "FixedLength": self = .fixedLength(try file.integer("length", in: 1...Int.max))
        case let other:
            throw TokenizationError.unsupported(
                "pre-tokenizer", at: file.path, found: other, supported: Self.supported)
        }
    }

    /// GPT-2's splitting.
    static func byteLevel(addsPrefixSpace: Bool) throws -> PreTokenizer {
        .byteLevel(
            addsPrefixSpace: addsPrefixSpace,
            pattern: .regex(try byteLevelPattern.get()))
    }

    /// Splits the pieces further.
    func split(_ pieces: inout Pieces) throws {
        switch self {
        case .sequence(let preTokenizers):
            for preTokenizer in preTokenizers { try preTokenizer.split(&pieces) }
        case .byteLevel(let addsPrefixSpace, let pattern):
            try Self.splitIntoBytes(&pieces, addsPrefixSpace: addsPrefixSpace, pattern: pattern)
        case .metaspace(let metaspace): try metaspace.split(&pieces)
        case .split(let pattern, let behavior, let isInverted):
            try pieces.split(by: pattern, behavior, isInverted: isInverted)
        case .digits(let isolatesEach):
            pieces.split(isolatesEach ? .isolated : .contiguous, at: Self.isNumber)
        case .punctuation(let behavior): pieces.split(behavior, at: CharacterClasses.isPunctuation)
        case .whitespace(let pattern): try pieces.split(by: pattern, .removed, isInverted: true)
        case .whitespaceSplit: pieces.split(.removed, at: UTF8Scan.isWhitespace)
        case .bert:
            pieces.split(.removed, at: UTF8Scan.isWhitespace)
            pieces.split(.isolated, at: CharacterClasses.isPunctuation)
        case .delimiter(let delimiter): pieces.split(.removed) { $0 == delimiter }
        case .scripts(let table): pieces.split { text, addPiece in table.forEachRun(in: text, addPiece) }
        case .fixedLength(let length):
            pieces.split { text, addPiece in Self.split(text, intoPiecesOf: length, addPiece) }
        }
    }

    private static func splitIntoBytes(
        _ pieces: inout Pieces, addsPrefixSpace: Bool, pattern: TextPattern?
    ) throws {
        let space = UInt8(ascii: " ")
        if addsPrefixSpace {
            pieces.rewrite { piece, _, output in
                if piece[0] != space { output.append(space) }
                for index in 0..<piece.count { output.append(piece[index]) }
            }
        }
        if let pattern { try pieces.split(by: pattern, .isolated) }
        pieces.rewrite { piece, _, output in ByteAlphabet.append(piece, to: &output) }
    }

    /// Rust's `char::is_numeric`.
    private static func isNumber(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .decimalNumber, .letterNumber, .otherNumber: true
        default: false
        }
    }

    private static func split(
        _ text: Span<UInt8>, intoPiecesOf length: Int, _ addPiece: (Range<Int>) -> Void
    ) {
        var start = 0
        var count = 0
        for offset in 0..<text.count where text[offset] & 0xC0 != 0x80 {
            if count == length {
                addPiece(start..<offset)
                start = offset
                count = 0
            }
            count += 1
        }
        addPiece(start..<text.count)
    }
}
