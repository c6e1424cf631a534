/// Why a sequence ended well.
package enum FinishReason: Equatable, Sendable {
    /// `max_new_tokens` or `max_sequence_length` is reached.
    case length
    /// The model drew an end-of-text id.
    case endOfText
    /// The model drew one of the request's stop ids.
    case stopToken(id: Int32)
}

/// What a token stream yields: the prompt's log-probabilities, if asked for; then tokens, or a beam's hypotheses; then
/// exactly one of the last two.
package enum TokenEvent: Equatable, Sendable {
    /// The prompt's tokens with their log-probabilities.
    case prompt([PromptToken])
    /// A new token of the answer, with its raw log-probability and the best tokens there, if these were asked for.
    case token(id: Int32, logProbability: Float?, best: [ScoredToken])
    /// The best hypotheses of a beam search, best first, as many as were asked for; `finished` follows.
    case hypotheses([BeamAnswer])
    /// The answer is complete.
    case finished(FinishReason)
    /// The answer will not be completed.
    case failed(ServingError)

    /// A new token without best ones.
    package static func token(id: Int32, logProbability: Float?) -> TokenEvent {
        .token(id: id, logProbability: logProbability, best: [])
    }

    /// Whether nothing comes after it.
    package var isClosing: Bool {
        switch self {
        case .prompt, .token, .hypotheses: false
        case .finished, .failed: true
        }
    }
}

/// One sequence's tokens, as they are drawn.
///
/// Bound: the request's own maximum of new tokens, one event before them and a closing one, so the reader never waits
/// for the consumer. A consumer that drops the stream, or whose task is cancelled while it waits, cancels the sequence:
/// its reader releases it before the next step, the queue never hands it out. `stop` does the same for an
/// answer that is complete as it is.
package struct TokenStream: AsyncSequence, Sendable {
    /// Where the tokens come from.
    package let requestID: RequestID
    /// When things happened to the sequence.
    package let timeline: SequenceTimeline
    /// What the sequence has cost so far.
    package let usage: SequenceUsage
    private let events: AsyncStream<TokenEvent>
    private let flag: EndFlag

    init(
        requestID: RequestID, timeline: SequenceTimeline, events: AsyncStream<TokenEvent>, flag: EndFlag,
        usage: SequenceUsage
    ) {
        self.requestID = requestID
        self.timeline = timeline
        self.events = events
        self.flag = flag
        self.usage = usage
    }

    /// A stream whose events the caller supplies; for tests of those who read streams. `events` gets one
    /// closing event at its end, like a real one.
    package init(requestID: RequestID, scripted events: [TokenEvent]) {
        self.requestID = requestID
        timeline = SequenceTimeline()
        flag = EndFlag()
        usage = SequenceUsage()
        self.events = AsyncStream { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
    }

    /// Ends the sequence, whose answer is complete: its reader frees it before the next step, and the stream ends
    /// without a closing event.
    package func stop() {
        timeline.noteStopped()
        flag.set(.stopped)
    }

    /// Starts reading; a stream is read once.
    package func makeAsyncIterator() -> AsyncStream<TokenEvent>.Iterator {
        events.makeAsyncIterator()
    }
}
