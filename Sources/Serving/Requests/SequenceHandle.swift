import Synchronization

/// Whether a sequence is to end before its reader would end it, and why. Set once, from any thread.
///
/// A class because handle and stream share it.
final class EndFlag: Sendable {
    /// Why a sequence ends early.
    enum Cause: UInt8 {
        /// Nobody reads the answer any more.
        case clientGone = 1
        /// The answer is complete: it reached a stop string.
        case stopped = 2
    }

    private let value = Atomic<UInt8>(0)

    /// Sets the flag unless it is set.
    func set(_ cause: Cause) {
        _ = value.compareExchange(expected: 0, desired: cause.rawValue, ordering: .relaxed)
    }

    /// The cause, if it is set.
    var cause: Cause? { Cause(rawValue: value.load(ordering: .relaxed)) }
}

/// The ties between a sequence and its client: the stream's writing end and the flag that ends it early.
///
/// A class because it is shared: the client's stream sets the flag while the queue or a reader holds the
/// sequence.
package final class SequenceHandle: Sendable {
    /// Whose stream it is.
    package let requestID: RequestID
    /// When things happened to the sequence.
    package let timeline: SequenceTimeline
    private let continuation: AsyncStream<TokenEvent>.Continuation
    private let flag: EndFlag
    private let usage: SequenceUsage

    /// Makes the two ends of one sequence's stream, holding `maxNewTokenCount` tokens, what comes before them and the
    /// closing event.
    static func make(
        requestID: RequestID, maxNewTokenCount: Int, timeline: SequenceTimeline
    ) -> (SequenceHandle, TokenStream) {
        let (events, continuation) = AsyncStream.makeStream(
            of: TokenEvent.self, bufferingPolicy: .bufferingOldest(maxNewTokenCount + 2))
        let flag = EndFlag()
        // The flag alone: a callback that held the handle would keep itself alive through the stream.
        continuation.onTermination = { termination in
            if case .cancelled = termination { flag.set(.clientGone) }
        }
        let usage = SequenceUsage()
        let handle = SequenceHandle(
            requestID: requestID, timeline: timeline, continuation: continuation, flag: flag, usage: usage)
        let stream = TokenStream(
            requestID: requestID, timeline: timeline, events: events, flag: flag, usage: usage)
        return (handle, stream)
    }

    private init(
        requestID: RequestID, timeline: SequenceTimeline, continuation: AsyncStream<TokenEvent>.Continuation,
        flag: EndFlag, usage: SequenceUsage
    ) {
        self.requestID = requestID
        self.timeline = timeline
        self.continuation = continuation
        self.flag = flag
        self.usage = usage
    }

    /// Notes how many of the prompt's tokens the first reader found in its prefix cache; later calls change nothing.
    func noteCachedPrompt(_ tokenCount: Int) { usage.noteCachedPrompt(tokenCount) }

    /// Whether the sequence is to end: the client is gone, or has what it wanted. Never reset.
    package var isCancelled: Bool { flag.cause != nil }

    /// Whether it is to end because the answer is complete as it is.
    package var isStopped: Bool { flag.cause == .stopped }

    /// Ends the sequence at its reader's next step, or in the queue.
    package func cancel() { flag.set(.clientGone) }

    /// Hands one event to the client, without waiting. A closing event closes the stream; what comes after that goes
    /// nowhere.
    package func deliver(_ event: TokenEvent) {
        // Noted first: who has got the last event finds it counted.
        timeline.note(event)
        let outcome = continuation.yield(event)
        if case .dropped = outcome {
            preconditionFailure("\(requestID) was given more tokens than its request allows")
        }
        if event.isClosing { continuation.finish() }
    }

    /// Closes the stream of a client that is gone.
    func close() {
        timeline.noteCancelled()
        continuation.finish()
    }
}
