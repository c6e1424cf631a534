import Controller
import Serving
import Tokenization
import WorkerMessages

/// What a body of `/generate` or `/generate_stream` asks for, checked; prompts are still text.
struct GenerateCall: Equatable {
    /// One prompt, or the list's prompts in order.
    var prompts: [String]
    /// Whether `text` was an array: then the answer is one, too.
    var isList: Bool
    /// The name of the group that answers.
    var consumerGroup: String
    /// How tokens are drawn.
    var sampling: SamplingParameters
    /// The random numbers' key; nil draws one per prompt.
    var seed: UInt64?
    /// New tokens at most.
    var maxNewTokenCount: Int
    /// Whether end-of-text ids are tokens like any other.
    var ignoresEndOfText: Bool
    /// The urgency, 0 to 9; nil is the group's.
    var priority: Int?
    /// Tokens of each prompt that are kept, counted from its end; nil keeps all.
    var promptTokenCountMax: Int?
    /// Whether token counts and finish reasons are part of the answer.
    var returnsMetadata: Bool
    /// What ends an answer besides end of text and length.
    var stopping: Stopping
    /// Additions to logits.
    var biases: [StepFrame.Bias]
    /// Words that answers may not hold.
    var bannedWords: [BannedWord]
    /// How many answers each prompt has.
    var choices: ChoiceCounts
    /// Beam search; nil draws tokens.
    var beams: BeamParameters?
    /// Which log-probabilities are part of the metadata.
    var scoring: Scoring
    /// What was accepted without effect.
    var warnings: [String]

    /// What ends an answer at a client's word.
    struct Stopping: Equatable {
        var strings: [String] = []
        var tokenIDs: [Int32] = []
        /// Whether the text shows what ended it.
        var isShown = false
    }

    /// Which log-probabilities are asked for, and whether the prompt is shown.
    struct Scoring: Equatable {
        /// Best ones per token of the answer; nil: none, not even the token's own.
        var topCount: Int?
        /// The same of the prompt.
        var promptTopCount: Int?
        /// Whether the text begins with the prompt.
        var echoesPrompt = false
    }

    /// Whether metadata is part of the answer: asked for, or needed to carry log-probabilities.
    var showsMetadata: Bool { returnsMetadata || scoring.topCount != nil || scoring.promptTopCount != nil }

    /// The sequences of one prompt, in the order of their choice indices.
    func requests(
        promptIDs: [Int32], tokenizer: Tokenizer, summary: ModelSummary, defaultPriority: Int,
        nextID: () -> RequestID
    ) throws(ServingError) -> [GenerationRequest] {
        var parameters = GenerationParameters(
            sampling: sampling, seed: seed, maxNewTokenCount: maxNewTokenCount,
            ignoresEndOfText: ignoresEndOfText, endOfTextIDs: summary.endOfTextIDs,
            topLogProbabilityCount: scoring.topCount ?? 0)
        parameters.wantsLogProbabilities = scoring.topCount != nil || choices.isRanked
        parameters.promptLogProbabilityCount = scoring.promptTopCount
        parameters.stopTokenIDs = stopping.tokenIDs
        parameters.biases = biases
        parameters.beams = beams
        try parameters.ban(bannedWords, tokenizer: tokenizer)
        try parameters.validate(vocabularyCount: summary.vocabularyCount)
        return (0..<choices.sequenceCount).map { choice in
            GenerationRequest(
                id: nextID(), promptIDs: promptIDs, parameters: parameters,
                priority: priority ?? defaultPriority, choiceIndex: Int32(choice))
        }
    }

    /// How the answers to a prompt become text; `echo` is the prompt as text.
    func answerOptions(echo: String) -> AnswerOptions {
        var options = AnswerOptions()
        options.stops = stopping.strings
        options.stopTokenIDs = stopping.tokenIDs
        options.includesStop = stopping.isShown
        options.minNewTokenCount = Int(sampling.minNewTokenCount)
        options.keepsTokens = scoring.topCount != nil
        options.echo = scoring.echoesPrompt ? echo : ""
        return options
    }
}

/// What Takeoff's API leaves to the server: defaults of its documentation, and ranges that keep nonsense out.
enum TakeoffLimits {
    /// `max_new_tokens` of requests that name none.
    static let maxNewTokenCount = 128
    /// `sampling_topk` of requests that name none: greedy.
    static let topK = 1
    /// Largest count a field may hold.
    static let countMax = Int(Int32.max)
    /// `sampling_temperature`; 0 is greedy.
    static let temperature = JSONFields.Bounds(lowest: 0, highest: 100)
    /// `sampling_topp`; 1 is off.
    static let topP = JSONFields.Bounds(lowest: 0, highest: 1, excludesLowest: true)
    /// `repetition_penalty`; 1 is off.
    static let repetitionPenalty = JSONFields.Bounds(lowest: 0, highest: 100, excludesLowest: true)
    /// `min_p`; 0 is off.
    static let minP = JSONFields.Bounds(lowest: 0, highest: 1)
    /// `presence_penalty` and `frequency_penalty`; 0 is off.
    static let penalty = JSONFields.Bounds(lowest: -100, highest: 100)
    /// `length_penalty`; 1 compares means.
    static let lengthPenalty = JSONFields.Bounds(lowest: -100, highest: 100)
    /// Stop strings of a request.
    static let stopCountMax = 16
    /// Bytes of a stop string.
    static let stopByteCountMax = 1024
    /// Bad words of a request.
    static let bannedWordCountMax = 256
    /// `n` and `best_of`.
    static let choiceCountMax = 32
    /// `logprobs` and `prompt_logprobs`.
    static let topCountMax = 20
}
