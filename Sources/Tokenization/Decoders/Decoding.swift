/// One stage on the way from tokens to text. It is fed token by token and passes on what can no longer
/// change, so that streaming is the same computation as decoding at once.
protocol DecodingStage: Sendable {
    /// Takes the next token, and appends to `output` the tokens it lets go.
    mutating func push(_ token: [UInt8], into output: inout [[UInt8]])
    /// Lets go what is left after the last token.
    mutating func finish(into output: inout [[UInt8]])
}

extension DecodingStage {
    mutating func finish(into output: inout [[UInt8]]) {}
}

/// The stages of one decoding, in order. A value: each text or stream decodes with a copy of its own.
struct Decoding: Sendable {
    private var stages: [any DecodingStage]

    init(stages: [any DecodingStage]) { self.stages = stages }

    /// The text of all tokens: each stage after the other, which is what happens token by token, too.
    func text(of tokens: [[UInt8]]) -> [UInt8] {
        var tokens = tokens
        for stage in stages {
            var stage = stage
            var output: [[UInt8]] = []
            output.reserveCapacity(tokens.count)
            for token in tokens { stage.push(token, into: &output) }
            stage.finish(into: &output)
            tokens = output
        }
        var text: [UInt8] = []
        text.reserveCapacity(tokens.reduce(0) { $0 + $1.count })
        for token in tokens { text.append(contentsOf: token) }
        return text
    }

    /// Takes the next token and appends to `text` the bytes that are settled by it.
    mutating func push(_ token: [UInt8], into text: inout [UInt8]) { pass(token, to: 0, text: &text) }

    /// Appends the rest.
    mutating func finish(into text: inout [UInt8]) {
        for index in stages.indices {
            var output: [[UInt8]] = []
            stages[index].finish(into: &output)
            for token in output { pass(token, to: index + 1, text: &text) }
        }
    }

    private mutating func pass(_ token: [UInt8], to index: Int, text: inout [UInt8]) {
        guard index < stages.count else {
            text.append(contentsOf: token)
            return
        }
        var output: [[UInt8]] = []
        stages[index].push(token, into: &output)
        for token in output { pass(token, to: index + 1, text: &text) }
    }
}
