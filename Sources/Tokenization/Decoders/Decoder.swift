/// How tokens become text: the file's decoders as a list, in order.
struct Decoder: Sendable {
    private let stages: [any DecodingStage]

    private static let supported = [
        "Sequence", "ByteLevel", "ByteFallback", "Fuse", "Strip", "Replace", "Metaspace", "WordPiece",
        "BPEDecoder", "CTC",
    ]

    /// A decoder of one stage.
    init(_ stage: some DecodingStage) { stages = [stage] }

    /// Reads the decoder; without one, tokens are joined by spaces.
    init(_ file: FileObject?) throws {
        guard let file else {
            stages = [SpaceJoining()]
            return
        }
        var stages: [any DecodingStage] = []
        var isFused = false
        try Self.append(file, to: &stages, isFused: &isFused)
        self.stages = stages
    }

    /// Whether decoding is joining what the tokens' characters stand for in GPT-2's alphabet, and nothing else.
    var joinsBytes: Bool { stages.count == 1 && stages[0] is ByteLevelDecoding }

    /// A fresh decoding.
    func makeDecoding() -> Decoding { Decoding(stages: stages) }

    /// From the first Fuse or ByteLevel on there is one token only, which arrives in fragments.
    private static func append(
        _ file: FileObject, to stages: inout [any DecodingStage], isFused: inout Bool
    ) throws {
        switch try file.string("type") {
        case "Sequence":
            for part in try file.objects("decoders") { try append(part, to: &stages, isFused: &isFused) }
        case "ByteLevel":
            stages.append(isFused ? WholeText(ByteLevelDecoding()) : ByteLevelDecoding())
            isFused = true
        case "ByteFallback":
            stages.append(isFused ? WholeText(ByteFallbackDecoding()) : ByteFallbackDecoding())
        case "Fuse": isFused = true
        case "Strip":
            let content = Array(String(try file.scalar("content")).utf8)
            let start = try file.integer("start", in: 0...TokenizerLimits.tokenIDMax)
            let stop = try file.integer("stop", in: 0...TokenizerLimits.tokenIDMax)
            stages.append(
                isFused
                    ? FusedStripDecoding(content: content, start: start, stop: stop)
                    : StripDecoding(content: content, start: start, stop: stop))
        case "Replace":
            let pattern = try TextPattern(file, "pattern")
            let stage = ReplaceDecoding(pattern: pattern, content: Array(try file.string("content").utf8))
            stages.append(isFused && !stage.isPerCharacter ? WholeText(stage) : stage)
        case "Metaspace": stages.append(MetaspaceDecoding(try Metaspace(file), isFused: isFused))
        case "WordPiece", "BPEDecoder", "CTC":
            let stage = try wordStage(file)
            stages.append(isFused ? WholeText(stage) : stage)
        case let other:
            throw TokenizationError.unsupported("decoder", at: file.path, found: other, supported: supported)
        }
    }

    /// A decoder that looks at whole tokens and their neighbours.
    private static func wordStage(_ file: FileObject) throws -> any DecodingStage {
        switch try file.string("type") {
        case "WordPiece":
            return WordPieceDecoding(
                prefix: Array(try file.string("prefix").utf8), cleansUp: try file.bool("cleanup"))
        case "BPEDecoder":
            let suffix = try TextPattern(literal: file, "suffix")
            return WordSuffixDecoding(suffix: suffix)
        default:
            return CTCDecoding(
                padding: try TextPattern(literal: file, "pad_token"),
                wordDelimiter: try TextPattern(literal: file, "word_delimiter_token"),
                cleansUp: try file.bool("cleanup"))
        }
    }
}
