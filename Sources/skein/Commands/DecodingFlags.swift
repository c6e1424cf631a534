import ArgumentParser
import Controller
import Serving
import Tokenization
import WorkerMessages

/// How `skein generate` decides tokens and what it shows of them.
struct DecodingFlags: ParsableArguments {
    @Option(help: "Divides the logits; 0 is greedy.")
    var temperature: Float?

    @Option(name: .customLong("top-k"), help: "Keep this many tokens; 0 is off.")
    var topK: Int32?

    @Option(name: .customLong("top-p"), help: "Keep the shortest prefix with this probability.")
    var topP: Float?

    @Option(name: .customLong("min-p"), help: "Drop tokens below this share of the best one's probability.")
    var minP: Float = 0

    @Option(name: .customLong("typical-p"), help: "Locally typical sampling's mass; 1 is off.")
    var typicalP: Float = 1

    @Option(help: "Weakens tokens that occurred; 1 is off.")
    var repetitionPenalty: Float = 1

    @Option(parsing: .unconditional, help: "Subtracted from the logits of tokens of the answer; 0 is off.")
    var presencePenalty: Float = 0

    @Option(parsing: .unconditional, help: "Subtracted once per occurrence in the answer; 0 is off.")
    var frequencyPenalty: Float = 0

    @Option(
        name: .customLong("no-repeat-ngram-size"), help: "Forbid repeating n-grams of this length; 0 is off.")
    var noRepeatNGramSize: Int32 = 0

    @Option(help: "ID=NUMBER, added to that token's logit; may be repeated.")
    var logitBias: [TokenBias] = []

    @Option(name: .customLong("bad-word"), help: "A word that must not occur; may be repeated.")
    var badWords: [String] = []

    @Option(name: .customLong("stop"), help: "A text that ends the answer; may be repeated.")
    var stops: [String] = []

    @Option(name: .customLong("stop-token-id"), help: "A token id that ends the answer; may be repeated.")
    var stopTokenIDs: [Int32] = []

    @Flag(name: .customLong("include-stop"), help: "Show the text that ended the answer.")
    var includesStop = false

    @Option(help: "Seed of the random numbers; drawn if not given.")
    var seed: UInt64?

    @Option(name: .customShort("n"), help: "Answers.")
    var answerCount = 1

    @Option(help: "Answers of which the -n with the highest mean log-probability are shown.")
    var bestOf: Int?

    @Option(help: "Beam search of this width; 1 is off.")
    var beamWidth = 1

    @Option(parsing: .unconditional, help: "Beam scores are divided by the length to this power.")
    var lengthPenalty: Float = 1

    @Option(help: "When a beam search ends: true, false or never.")
    var earlyStopping = EarlyStopping.heuristic

    @Option(help: "Print log-probabilities, and this many best tokens each; needs --json.")
    var logprobs: Int?

    @Option(help: "The same of the prompt; needs --json.")
    var promptLogprobs: Int?

    @Flag(help: "Print the prompt before the answer.")
    var echo = false

    /// A token id and what is added to its logit.
    struct TokenBias: ExpressibleByArgument {
        let bias: StepFrame.Bias

        init?(argument: String) {
            let parts = argument.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let id = Int32(parts[0]), let value = Float(parts[1]) else { return nil }
            bias = StepFrame.Bias(tokenID: id, value: value)
        }
    }

    func validate() throws {
        let choices = 1...Self.choiceCountMax
        guard choices.contains(answerCount) else {
            throw ValidationError("-n is \(answerCount); allowed: 1 to \(choices.upperBound)")
        }
        if let bestOf {
            guard beamWidth == 1 else {
                throw ValidationError(
                    "--best-of is \(bestOf) and --beam-width \(beamWidth); allowed: one of them")
            }
            guard (answerCount...choices.upperBound).contains(bestOf) else {
                throw ValidationError(
                    "--best-of is \(bestOf); allowed: \(answerCount) to \(choices.upperBound)")
            }
        }
        guard (1...BeamParameters.widthMax).contains(beamWidth) else {
            throw ValidationError("--beam-width is \(beamWidth); allowed: 1 to \(BeamParameters.widthMax)")
        }
        guard beamWidth == 1 || stops.isEmpty else {
            throw ValidationError(
                "--stop is set, and --beam-width is \(beamWidth); a beam search does without it")
        }
        guard !stops.contains("") else { throw ValidationError("--stop is empty; allowed: a text") }
        guard !badWords.contains("") else { throw ValidationError("--bad-word is empty; allowed: a word") }
    }

    /// Most answers.
    private static let choiceCountMax = 32
}

extension EarlyStopping: ExpressibleByArgument {}

extension DecodingFlags {
    /// How many answers come of how many sequences.
    var counts: ChoiceCounts {
        var counts = ChoiceCounts()
        counts.answerCount = answerCount
        counts.isBeam = beamWidth > 1
        counts.sequenceCount = counts.isBeam ? 1 : bestOf ?? answerCount
        return counts
    }

    /// What every sequence is to be continued with.
    func parameters(
        _ served: ServedGroup, maxNewTokenCount: Int, minNewTokenCount: Int, ignoresEndOfText: Bool
    ) throws(ServingError) -> GenerationParameters {
        var sampling = SamplingParameters()
        let samples = beamWidth == 1 && (temperature != nil || topK != nil || topP != nil)
        sampling.temperature = samples ? temperature ?? 1 : 0
        sampling.topK = topK ?? 0
        sampling.topP = topP ?? 1
        sampling.minP = minP
        sampling.typicalP = typicalP
        sampling.repetitionPenalty = repetitionPenalty
        sampling.presencePenalty = presencePenalty
        sampling.frequencyPenalty = frequencyPenalty
        sampling.noRepeatNGramSize = noRepeatNGramSize
        sampling.minNewTokenCount = Int32(clamping: minNewTokenCount)
        var parameters = GenerationParameters(
            sampling: sampling, seed: seed, maxNewTokenCount: maxNewTokenCount,
            ignoresEndOfText: ignoresEndOfText, endOfTextIDs: served.summary.endOfTextIDs,
            topLogProbabilityCount: logprobs ?? 0)
        parameters.wantsLogProbabilities = logprobs != nil || counts.isRanked
        parameters.promptLogProbabilityCount = promptLogprobs
        parameters.stopTokenIDs = stopTokenIDs
        parameters.biases = logitBias.map(\.bias)
        if beamWidth > 1 {
            parameters.beams = BeamParameters(
                width: beamWidth, lengthPenalty: lengthPenalty, earlyStopping: earlyStopping,
                answerCount: answerCount)
        }
        try parameters.ban(badWords.map { .text($0) }, tokenizer: served.tokenizer)
        try parameters.validate(vocabularyCount: served.summary.vocabularyCount)
        return parameters
    }

    /// How the tokens become text.
    func answerOptions(prompt: String, minNewTokenCount: Int) -> AnswerOptions {
        var options = AnswerOptions()
        options.stops = stops
        options.stopTokenIDs = stopTokenIDs
        options.includesStop = includesStop
        options.minNewTokenCount = minNewTokenCount
        options.keepsTokens = true
        options.echo = echo ? prompt : ""
        return options
    }
}
