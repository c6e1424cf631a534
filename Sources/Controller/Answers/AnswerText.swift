package import Serving
package import Tokenization

/// One answer as text: what each token completes, and at the end what was left over. Ends at stop strings.
package struct AnswerText: Sendable {
    /// Tokens of the prompt.
    package let promptTokenCount: Int
    /// Tokens of the answer; one that ended it is not counted.
    package private(set) var tokenCount = 0
    /// Why the answer ended; nil while it grows.
    package private(set) var ending: AnswerEnding?
    /// The prompt's tokens with their log-probabilities, if they were asked for.
    package private(set) var promptTokens: [PromptToken] = []
    /// The answer's tokens, if they are kept.
    package private(set) var tokens: [AnswerToken] = []
    /// Sum of the tokens' log-probabilities, as far as they are known.
    package private(set) var logProbabilitySum = 0.0
    /// A hypothesis's score.
    package private(set) var score: Float?

    private let usage: SequenceUsage
    private var detokenizer: StreamingDetokenizer
    private var matcher: StopMatcher
    private var pendingEcho: String
    private let options: AnswerOptions

    /// An empty answer to a prompt; `usage` is its sequence's.
    package init(
        tokenizer: Tokenizer, promptIDs: [Int32], options: AnswerOptions, usage: SequenceUsage
    ) {
        promptTokenCount = promptIDs.count
        self.usage = usage
        detokenizer = StreamingDetokenizer(
            tokenizer: tokenizer, promptIDs: promptIDs, skipSpecialTokens: true)
        matcher = StopMatcher(stops: options.stops, keepsMatch: options.includesStop)
        pendingEcho = options.echo
        self.options = options
    }

    /// Tokens of the prompt that were not computed for this answer, as the prefix cache held them.
    package var cachedPromptTokenCount: Int { usage.cachedPromptTokenCount }

    /// Whether a stop string ended the answer, which its reader does not know of.
    package var endsByText: Bool { matcher.match != nil }

    /// The text that this event completes; empty while a character is incomplete, while the text may be the beginning
    /// of a stop string, and after the answer's end.
    package mutating func text(of event: TokenEvent) throws(ServingError) -> String {
        guard ending == nil else { return "" }
        var text = pendingEcho
        switch event {
        case .prompt(let tokens): promptTokens = tokens
        case .token(let id, let logProbability, let best):
            text += append(AnswerToken(id: id, logProbability: logProbability, best: best))
        case .hypotheses(let answers):
            if let first = answers.first { return self.text(of: first) }
        case .finished(let reason): text += finish(reason)
        case .failed(let error): throw error
        }
        pendingEcho = ""
        return text
    }

    /// The whole text of a hypothesis, which is the answer.
    package mutating func text(of hypothesis: BeamAnswer) -> String {
        guard ending == nil else { return "" }
        var text = pendingEcho
        pendingEcho = ""
        score = hypothesis.score
        let end = hypothesis.endsByID ? hypothesis.tokens.last?.id : nil
        for token in hypothesis.tokens.dropLast(end == nil ? 0 : 1) {
            text += append(AnswerToken(id: token.id, logProbability: token.logProbability, best: []))
        }
        guard let end else { return text + finish(.length) }
        return text + finish(options.stopTokenIDs.contains(end) ? .stopToken(id: end) : .endOfText)
    }

    private mutating func append(_ token: AnswerToken) -> String {
        tokenCount += 1
        logProbabilitySum += Double(token.logProbability ?? 0)
        if options.keepsTokens { tokens.append(token) }
        return shown(detokenizer.append(token.id), isSearched: tokenCount > options.minNewTokenCount)
    }

    private mutating func finish(_ reason: FinishReason) -> String {
        var text = ""
        switch reason {
        case .length: ending = .length
        case .endOfText: ending = .endOfText
        case .stopToken(let id):
            ending = .stopToken(id: id)
            if options.includesStop { text = matcher.pass(detokenizer.append(id)) }
        }
        text += shown(detokenizer.finish(), isSearched: true)
        return text + matcher.finish()
    }

    private mutating func shown(_ text: String, isSearched: Bool) -> String {
        guard isSearched else { return matcher.pass(text) }
        let shown = matcher.append(text)
        if let match = matcher.match { ending = .stopString(match) }
        return shown
    }
}
