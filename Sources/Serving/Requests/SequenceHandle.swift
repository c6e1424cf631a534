import Synchronization

/// The ties between a sequence and its client: the stream's writing end and the cancel flag.
///
/// A class because it is shared: the client's stream sets the flag while the queue or a reader holds the
/// sequence.
package final class SequenceHandle: Sendable {
    /// Whose stream it is.
    package let requestID: RequestID
    /// When things happened to the sequence.
    package let timeline: SequenceTimeline
    private let continuation: AsyncStream<TokenEvent>.Continuation
    private let cancelFlag: CancelFlag
    private let usage: SequenceUsage

    /// The flag alone: a termination callback that held the handle would keep itself alive through the
    /// stream.
    private final class CancelFlag: Sendable {
        let isSet = Atomic(false)
    }

    /// Makes the two ends of one sequence's stream, holding `maxNewTokenCount` tokens and the closing event.
    static func make(
        requestID: RequestID, maxNewTokenCount: Int, timeline: SequenceTimeline
    ) -> (SequenceHandle, TokenStream) {
        let (events, continuation) = AsyncStream.makeStream(
            of: TokenEvent.self, bufferingPolicy: .bufferingOldest(maxNewTokenCount + 1))
        let flag = CancelFlag()
        continuation.onTermination = { termination in
            if case .cancelled = termination { flag.isSet.store(true, ordering: .relaxed) }
        }
        let usage = SequenceUsage()
        let handle = SequenceHandle(
            requestID: requestID, timeline: timeline, continuation: continuation, cancelFlag: flag,
            usage: usage)
        let stream = TokenStream(requestID: requestID, timeline: timeline, events: events, usage: usage)
        return (handle, stream)
    }

    private init(
        requestID: RequestID, timeline: SequenceTimeline, continuation: AsyncStream<TokenEvent>.Continuation,
        cancelFlag: CancelFlag, usage: SequenceUsage
    ) {
        self.requestID = requestID
        self.timeline = timeline
        self.continuation = continuation
        self.cancelFlag = cancelFlag
        self.usage = usage
    }

    /// Notes how many of the prompt's tokens the first reader found in its prefix cache; later calls change nothing.
    func noteCachedPrompt(_ tokenCount: Int) { usage.noteCachedPrompt(tokenCount) }

    /// Whether the client is gone. Set from any thread, never reset.
    package var isCancelled: Bool { cancelFlag.isSet.load(ordering: .relaxed) }

    /// Ends the sequence at its reader's next step, or in the queue.
    package func cancel() {
        cancelFlag.isSet.store(true, ordering: .relaxed)
    }

    /// Hands one event to the client, without waiting. Anything but a token closes the stream; what comes
    /// after that goes nowhere.
    package func deliver(_ event: TokenEvent) {
        // Noted first: who has got the last event finds it counted.
        timeline.note(event)
        let outcome = continuation.yield(event)
        if case .dropped = outcome {
            preconditionFailure("\(requestID) was given more tokens than its request allows")
        }
        if case .token = event { return }
        continuation.finish()
    }

    /// Closes the stream of a client that is gone.
    func close() {
        timeline.noteCancelled()
        continuation.finish()
    }
}
