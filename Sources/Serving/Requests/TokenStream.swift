/// Why a sequence ended well.
package enum FinishReason: String, Equatable, Sendable {
    /// `max_new_tokens` or `max_sequence_length` is reached.
    case length
    /// The model drew an end-of-text id.
    case endOfText
}

/// What a token stream yields: tokens, then exactly one of the other two.
package enum TokenEvent: Equatable, Sendable {
    /// A new token of the answer, with its raw log-probability if it was asked for and among the best ones.
    case token(id: Int32, logProbability: Float?)
    /// The answer is complete.
    case finished(FinishReason)
    /// The answer will not be completed.
    case failed(ServingError)
}

/// One sequence's tokens, as they are drawn.
///
/// Bound: the request's own maximum of new tokens and one closing event, so the reader never waits for the
/// consumer. A consumer that drops the stream, or whose task is cancelled while it waits, cancels the
/// sequence: its reader releases it before the next step, the queue never hands it out.
package struct TokenStream: AsyncSequence, Sendable {
    /// Where the tokens come from.
    package let requestID: RequestID
    /// When things happened to the sequence.
    package let timeline: SequenceTimeline
    /// What the sequence has cost so far.
    package let usage: SequenceUsage
    private let events: AsyncStream<TokenEvent>

    init(
        requestID: RequestID, timeline: SequenceTimeline, events: AsyncStream<TokenEvent>,
        usage: SequenceUsage
    ) {
        self.requestID = requestID
        self.timeline = timeline
        self.events = events
        self.usage = usage
    }

    /// A stream whose events the caller supplies; for tests of those who read streams. `events` gets one
    /// closing event at its end, like a real one.
    package init(requestID: RequestID, scripted events: [TokenEvent]) {
        self.requestID = requestID
        timeline = SequenceTimeline()
        usage = SequenceUsage()
        self.events = AsyncStream { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
    }

    /// Starts reading; a stream is read once.
    package func makeAsyncIterator() -> AsyncStream<TokenEvent>.Iterator {
        events.makeAsyncIterator()
    }
}
