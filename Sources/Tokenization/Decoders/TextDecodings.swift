/// Joins tokens by spaces: what happens without a decoder.
struct SpaceJoining: DecodingStage {
    private var isFirst = true

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        if !isFirst { output.write(UInt8(ascii: " ")) }
        output.append(token)
        isFirst = false
    }
}

/// Holds all fragments of the one token back, for a stage that must see it whole.
struct WholeText: DecodingStage {
    private var stage: any DecodingStage
    private var text: [UInt8] = []

    init(_ stage: any DecodingStage) { self.stage = stage }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) { text += token }

    mutating func finish(into output: inout ByteStrings) {
        stage.push(text[...], into: &output)
        stage.finish(into: &output)
        text = []
    }
}

/// Replaces a pattern inside each token.
struct ReplaceDecoding: DecodingStage {
    let pattern: TextPattern
    let content: [UInt8]

    /// Whether each character is replaced by itself, so that it does not matter how the text is cut.
    var isPerCharacter: Bool {
        guard case .literal(let literal) = pattern else { return false }
        return literal.count == UTF8Scan.sequenceByteCount(literal[0])
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        if case .literal = pattern {
            pattern.appendReplacingLiteral(in: token, with: content, to: &output)
            return
        }
        // A pattern that fails on a token, for want of memory or steps, leaves the token as it is.
        let token = Array(token)
        output.append((try? pattern.replacing(in: token, with: content)) ?? token)
    }
}

/// Turns Metaspace's replacement back into spaces, but for those of the first token.
struct MetaspaceDecoding: DecodingStage {
    private let replacement: TextPattern
    private let keepsFirst: Bool
    private let isFused: Bool
    private var isFirst = true
    private static let space = [UInt8(ascii: " ")]

    init(_ metaspace: Metaspace, isFused: Bool) {
        replacement = .literal(metaspace.replacement)
        keepsFirst = metaspace.prependScheme == .never
        self.isFused = isFused
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        let drops = (isFirst || isFused) && !keepsFirst
        replacement.appendReplacingLiteral(in: token, with: drops ? [] : Self.space, to: &output)
        isFirst = false
    }
}

/// Removes up to `start` times a character at each token's start and up to `stop` times at its end.
struct StripDecoding: DecodingStage {
    let content: [UInt8]
    let start: Int
    let stop: Int

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        var rest = token
        var (startLeft, stopLeft) = (start, stop)
        while startLeft > 0, rest.starts(with: content) {
            rest = rest.dropFirst(content.count)
            startLeft -= 1
        }
        while stopLeft > 0, rest.suffix(content.count).elementsEqual(content) {
            rest = rest.dropLast(content.count)
            stopLeft -= 1
        }
        output.append(rest)
    }
}

/// The same for one token that arrives in fragments: at its end, characters wait that may have to go.
struct FusedStripDecoding: DecodingStage {
    private let content: [UInt8]
    private let stop: Int
    private var startLeft: Int
    private var heldCount = 0

    init(content: [UInt8], start: Int, stop: Int) {
        self.content = content
        self.stop = stop
        startLeft = start
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        if startLeft == 0, stop == 0 {
            output.append(token)
            return
        }
        var rest = token
        while startLeft > 0, rest.starts(with: content) {
            rest = rest.dropFirst(content.count)
            startLeft -= 1
        }
        guard !rest.isEmpty else { return }
        startLeft = 0
        var settled = rest
        var trailingCount = 0
        while settled.suffix(content.count).elementsEqual(content) {
            settled = settled.dropLast(content.count)
            trailingCount += 1
        }
        let runCount = settled.isEmpty ? heldCount + trailingCount : trailingCount
        if !settled.isEmpty { writeContent(heldCount, to: &output) }
        output.write(settled)
        heldCount = min(runCount, stop)
        writeContent(runCount - heldCount, to: &output)
        output.endString()
    }

    private func writeContent(_ count: Int, to output: inout ByteStrings) {
        for _ in 0..<count { output.write(content) }
    }
}
