package import Serving

/// What a client wants of an answer's text, beyond its tokens.
package struct AnswerOptions: Equatable, Sendable {
    /// Texts that end the answer; none is empty.
    package var stops: [String] = []
    /// Stop ids, by which a beam's hypothesis may end.
    package var stopTokenIDs: [Int32] = []
    /// Whether the text ends with the stop string, or with the stop token's text, that ended it.
    package var includesStop = false
    /// New tokens whose text is not searched for stop strings.
    package var minNewTokenCount = 0
    /// Whether tokens are kept with their log-probabilities.
    package var keepsTokens = false
    /// What is shown before the answer: the prompt, where it is echoed.
    package var echo = ""

    /// The answer as it comes.
    package init() {}
}

/// Why an answer ended well.
package enum AnswerEnding: Equatable, Sendable {
    /// It is as long as it may be.
    case length
    /// The model ended it.
    case endOfText
    /// The model drew this stop id.
    case stopToken(id: Int32)
    /// This stop string occurred.
    case stopString(String)
}

/// A token of an answer, kept for its log-probabilities.
package struct AnswerToken: Equatable, Sendable {
    /// Token id.
    package var id: Int32
    /// Its log-probability, if it is known.
    package var logProbability: Float?
    /// The tokens that would have been likeliest, best first.
    package var best: [ScoredToken]
}
