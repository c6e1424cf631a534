/// A token and how likely the model found it.
package struct ScoredToken: Equatable, Sendable {
    /// Token id.
    package var id: Int32
    /// Natural logarithm of its probability.
    package var logProbability: Float

    /// Makes a token.
    package init(id: Int32, logProbability: Float) {
        self.id = id
        self.logProbability = logProbability
    }
}

/// A token of a prompt and how likely the model found it there.
package struct PromptToken: Equatable, Sendable {
    /// Token id.
    package var id: Int32
    /// Its raw log-probability after the tokens before it; nil for the first one.
    package var logProbability: Float?
    /// The tokens that would have been likeliest there, best first, as many as were asked for.
    package var best: [ScoredToken]

    /// Makes a token.
    package init(id: Int32, logProbability: Float?, best: [ScoredToken]) {
        self.id = id
        self.logProbability = logProbability
        self.best = best
    }
}
