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
    /// How many best log-probabilities each step computes, 0...256; 0 leaves tokens without any.
    package var topLogProbabilityCount: Int

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
    }

    private func require(
        _ name: String, _ value: Float, _ allowed: String, _ isAllowed: Bool
    ) throws(ServingError) {
        guard isAllowed && value.isFinite else {
            throw .invalidParameter(name: name, value: "\(value)", allowed: allowed)
        }
    }

    private func require(
        _ name: String, _ value: some BinaryInteger, _ allowed: String, _ isAllowed: Bool
    ) throws(ServingError) {
        guard isAllowed else {
            throw .invalidParameter(name: name, value: "\(value)", allowed: allowed)
        }
    }
}
