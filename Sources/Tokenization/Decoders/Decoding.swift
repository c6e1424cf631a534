/// One stage on the way from tokens to text. It is fed token by token and passes on what can no longer
/// change, so that streaming is the same computation as decoding at once.
protocol DecodingStage: Sendable {
    /// Takes the next token, and appends to `output` the tokens it lets go.
    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings)
    /// Takes several tokens, one after the other.
    mutating func push(_ tokens: ByteStrings, into output: inout ByteStrings)
    /// Lets go what is left after the last token.
    mutating func finish(into output: inout ByteStrings)
}

extension DecodingStage {
    mutating func push(_ tokens: ByteStrings, into output: inout ByteStrings) {
        for index in tokens.indices { push(tokens[index], into: &output) }
    }

    mutating func finish(into output: inout ByteStrings) {}
}

/// The stages of one decoding, in order. A value: each text or stream decodes with a copy of its own.
struct Decoding: Sendable {
    private var stages: [any DecodingStage]

    init(stages: [any DecodingStage]) { self.stages = stages }

    /// Takes the next tokens and appends to `text` the bytes that are settled by them. Each stage takes all of them
    /// before the next one does, which is what happens token by token, too.
    mutating func push(_ tokens: ByteStrings, into text: inout [UInt8]) { pass(tokens, to: 0, text: &text) }

    /// Takes one token.
    mutating func push(_ token: ArraySlice<UInt8>, into text: inout [UInt8]) {
        var tokens = ByteStrings()
        tokens.append(token)
        pass(tokens, to: 0, text: &text)
    }

    /// Appends the rest.
    mutating func finish(into text: inout [UInt8]) {
        for index in stages.indices {
            var output = ByteStrings()
            stages[index].finish(into: &output)
            if !output.isEmpty { pass(output, to: index + 1, text: &text) }
        }
    }

    private mutating func pass(_ tokens: ByteStrings, to first: Int, text: inout [UInt8]) {
        var tokens = tokens
        for index in first..<stages.count {
            var output = ByteStrings(count: tokens.count, byteCount: tokens.bytes.count)
            stages[index].push(tokens, into: &output)
            tokens = output
        }
        text.append(contentsOf: tokens.bytes)
    }
}
