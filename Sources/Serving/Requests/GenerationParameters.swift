package import WorkerMessages

/// How one sequence is to be continued.
package struct GenerationParameters: Equatable, Sendable {
    /// How a token is drawn; `seed` in it is overwritten at admission by `seed` below or a drawn one.
    package var sampling: SamplingParameters
    /// Key of the random numbers; nil: drawn at admission and kept over requeues.
    package var seed: UInt64?
    /// New tokens at most, 1 or more; `max_sequence_length` may end a sequence earlier.
    package var maxNewTokenCount: Int
    /// Whether an end-of-text id is a token like any other: delivered, never banned, never the end.
    package var ignoresEndOfText: Bool
    /// The model's end-of-text ids; one of them ends the sequence and is not delivered.
    package var endOfTextIDs: [Int32]
    /// How many best log-probabilities come with each token, 0...256.
    package var topLogProbabilityCount: Int
    /// Whether each token comes with its own log-probability.
    package var wantsLogProbabilities = false
    /// How many best log-probabilities come with each token of the prompt, 0...256; nil: the prompt's log-probabilities
    /// are not asked for.
    package var promptLogProbabilityCount: Int?
    /// Ids that end the sequence besides `endOfTextIDs`, also where those are ignored; not delivered either.
    package var stopTokenIDs: [Int32] = []
    /// Ids that are never drawn.
    package var bannedTokenIDs: [Int32] = []
    /// Ids of which the last is never drawn after the others; two or more each.
    package var bannedSequences: [[Int32]] = []
    /// Additions to logits.
    package var biases: [StepFrame.Bias] = []
    /// Beam search instead of drawing; nil: one token after the other is drawn.
    package var beams: BeamParameters?

    /// Makes parameters; `sampling.minNewTokenCount` is the minimum length.
    package init(
        sampling: SamplingParameters, seed: UInt64?, maxNewTokenCount: Int, ignoresEndOfText: Bool,
        endOfTextIDs: [Int32], topLogProbabilityCount: Int
    ) {
        self.sampling = sampling
        self.seed = seed
        self.maxNewTokenCount = maxNewTokenCount
        self.ignoresEndOfText = ignoresEndOfText
        self.endOfTextIDs = endOfTextIDs
        self.topLogProbabilityCount = topLogProbabilityCount
    }

    /// New tokens before which no end-of-text id is drawn.
    package var minNewTokenCount: Int {
        get { Int(sampling.minNewTokenCount) }
        set { sampling.minNewTokenCount = Int32(clamping: newValue) }
    }

    /// Ids that end the sequence: not drawn before the minimum length, and not delivered.
    package var endingIDs: [Int32] { (ignoresEndOfText ? [] : endOfTextIDs) + stopTokenIDs }

    /// Why a drawn token ends the sequence; nil if it does not.
    package func ending(by token: Int32) -> FinishReason? {
        if !ignoresEndOfText && endOfTextIDs.contains(token) { return .endOfText }
        return stopTokenIDs.contains(token) ? .stopToken(id: token) : nil
    }

    /// Refuses values no worker can compute with, naming parameter, value and what is allowed.
    package func validate() throws(ServingError) {
        try require("temperature", sampling.temperature, "0 or more", sampling.temperature >= 0)
        try require("top_p", sampling.topP, "over 0, up to 1", sampling.topP > 0 && sampling.topP <= 1)
        try require("min_p", sampling.minP, "0 to 1", (0...1).contains(sampling.minP))
        let typical = sampling.typicalP
        try require("typical_p", typical, "over 0, up to 1", typical > 0 && typical <= 1)
        let repetition = sampling.repetitionPenalty
        try require("repetition_penalty", repetition, "over 0", repetition > 0)
        try require("presence_penalty", sampling.presencePenalty, "a finite number", true)
        try require("frequency_penalty", sampling.frequencyPenalty, "a finite number", true)
        try require("top_k", sampling.topK, "0 or more", sampling.topK >= 0)
        let size = sampling.noRepeatNGramSize
        try require("no_repeat_ngram_size", size, "0 or more", size >= 0)
        try require("max_new_tokens", maxNewTokenCount, "1 or more", maxNewTokenCount >= 1)
        try require(
            "min_new_tokens", minNewTokenCount, "0 to max_new_tokens (\(maxNewTokenCount))",
            (0...maxNewTokenCount).contains(minNewTokenCount))
        let topCount = topLogProbabilityCount
        let topCountMax = StepLimits.topLogProbabilityCountMax
        try require("top_logprobs", topCount, "0 to \(topCountMax)", (0...topCountMax).contains(topCount))
        if let count = promptLogProbabilityCount {
            try require("prompt_logprobs", count, "0 to \(topCountMax)", (0...topCountMax).contains(count))
        }
        try validateLists()
        try validateBeams()
    }

    func require(
        _ name: String, _ value: Float, _ allowed: String, _ isAllowed: Bool
    ) throws(ServingError) {
        guard isAllowed && value.isFinite else {
            throw .invalidParameter(name: name, value: "\(value)", allowed: allowed)
        }
    }

    func require(
        _ name: String, _ value: some BinaryInteger, _ allowed: String, _ isAllowed: Bool
    ) throws(ServingError) {
        guard isAllowed else {
            throw .invalidParameter(name: name, value: "\(value)", allowed: allowed)
        }
    }
}
