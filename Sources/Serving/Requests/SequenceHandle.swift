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

/// Takes the events of a sequence as they come, in place of a `TokenStream`. Conformers: HTTPAPI's and the tests'.
package protocol EventReceiver: Sendable {
    /// Takes an event, from whichever thread, without waiting; its bound is the stream's.
    func take(_ event: TokenEvent)
    /// All that happened at once has been handed over: whoever waits for it may look. Several receivers may share
    /// what this does, so that it is cheap where there is nothing new.
    func wake()
}

/// The ties between a sequence and its client: where its events go, and the flag that ends it early.
///
/// A class because it is shared: the client's side sets the flag while the queue or a reader holds the sequence.
package final class SequenceHandle: Sendable {
    private enum Receiver {
        case stream(AsyncStream<TokenEvent>.Continuation)
        case direct(any EventReceiver)
    }

    /// Whose stream it is.
    package let requestID: RequestID
    /// When things happened to the sequence.
    package let timeline: SequenceTimeline
    /// What the sequence has cost so far.
    package let usage = SequenceUsage()
    private let receiver: Receiver
    private let flag = EndFlag()
    private let isClosed = Atomic(false)

    /// Makes the two ends of one sequence's stream, holding `maxNewTokenCount` tokens, what comes before them and the
    /// closing event.
    static func make(
        requestID: RequestID, maxNewTokenCount: Int, timeline: SequenceTimeline
    ) -> (SequenceHandle, TokenStream) {
        let (events, continuation) = AsyncStream.makeStream(
            of: TokenEvent.self, bufferingPolicy: .bufferingOldest(maxNewTokenCount + 2))
        let handle = SequenceHandle(
            requestID: requestID, timeline: timeline, receiver: .stream(continuation))
        // The flag alone: a callback that held the handle would keep itself alive through the stream.
        continuation.onTermination = { [flag = handle.flag] termination in
            if case .cancelled = termination { flag.set(.clientGone) }
        }
        let stream = TokenStream(
            requestID: requestID, timeline: timeline, events: events, flag: handle.flag, usage: handle.usage)
        return (handle, stream)
    }

    /// A sequence whose events go to `receiver`. Whoever has it says when nobody wants them any longer: `cancel`.
    convenience init(requestID: RequestID, timeline: SequenceTimeline, receiver: any EventReceiver) {
        self.init(requestID: requestID, timeline: timeline, receiver: .direct(receiver))
    }

    private init(requestID: RequestID, timeline: SequenceTimeline, receiver: Receiver) {
        self.requestID = requestID
        self.timeline = timeline
        self.receiver = receiver
    }

    /// Notes how many of the prompt's tokens the first reader found in its prefix cache; later calls change nothing.
    func noteCachedPrompt(_ tokenCount: Int) { usage.noteCachedPrompt(tokenCount) }

    // MARK: The client's side

    /// Whether the sequence is to end: the client is gone, or has what it wanted. Never reset.
    package var isCancelled: Bool { flag.cause != nil }

    /// Whether it is to end because the answer is complete as it is.
    package var isStopped: Bool { flag.cause == .stopped }

    /// Ends the sequence at its reader's next step, or in the queue.
    package func cancel() { flag.set(.clientGone) }

    /// Ends the sequence, whose answer is complete: its reader frees it before the next step.
    package func stop() {
        timeline.noteStopped()
        flag.set(.stopped)
    }

    // MARK: The reader's side

    /// Hands one event to the client, without waiting. A closing event closes the stream; what comes after that goes
    /// nowhere.
    package func deliver(_ event: TokenEvent) {
        put(event)
        wake()
    }

    /// The same for one of several events, of this sequence and of others, after the last of which comes `wake`.
    func put(_ event: TokenEvent) {
        // Noted first: who has got the last event finds it counted.
        timeline.note(event)
        switch receiver {
        case .stream(let continuation):
            if case .dropped = continuation.yield(event) {
                preconditionFailure("\(requestID) was given more tokens than its request allows")
            }
            if event.isClosing { continuation.finish() }
        case .direct(let receiver):
            guard !isClosed.load(ordering: .relaxed) else { return }
            if event.isClosing { isClosed.store(true, ordering: .relaxed) }
            receiver.take(event)
        }
    }

    /// Lets the client look at what was put.
    func wake() {
        if case .direct(let receiver) = receiver { receiver.wake() }
    }

    /// Closes the stream of a client that is gone.
    func close() {
        timeline.noteCancelled()
        switch receiver {
        case .stream(let continuation): continuation.finish()
        case .direct: isClosed.store(true, ordering: .relaxed)
        }
    }
}
