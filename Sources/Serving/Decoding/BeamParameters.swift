/// When a beam search has found enough.
package enum EarlyStopping: String, CaseIterable, Sendable {
    /// As soon as there are as many finished hypotheses as the beam is wide.
    case always = "true"
    /// When the best open hypothesis, scored by its length so far, is no better than the worst finished one.
    case heuristic = "false"
    /// When no open hypothesis can become better than the worst finished one.
    case never = "never"
}

/// How wide a beam is and how its hypotheses are compared.
package struct BeamParameters: Equatable, Sendable {
    /// Widest beam.
    package static let widthMax = 32

    /// Open hypotheses, 2 to `widthMax`.
    package var width: Int
    /// A hypothesis's score is the sum of its log-probabilities divided by its length to this power.
    package var lengthPenalty: Float
    /// When the search ends.
    package var earlyStopping: EarlyStopping
    /// How many hypotheses are the answer, 1 to `width`.
    package var answerCount: Int

    /// Makes parameters; `GenerationParameters.validate` checks them.
    package init(width: Int, lengthPenalty: Float, earlyStopping: EarlyStopping, answerCount: Int) {
        self.width = width
        self.lengthPenalty = lengthPenalty
        self.earlyStopping = earlyStopping
        self.answerCount = answerCount
    }
}
