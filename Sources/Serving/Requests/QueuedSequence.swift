import WorkerMessages

/// A sequence as the controller knows it: everything another reader needs to continue it with the very same
/// tokens.
///
/// A value that moves between the queue and one reader's scheduler; only `handle` is shared.
package struct QueuedSequence: Sendable {
    /// Deaths in a row without a new token after which a sequence runs alone; one more, alone, fails it.
    package static let barrenDeathCountMax = 2

    /// What the client asked for, with the seed set.
    package var request: GenerationRequest { asked.request }
    /// The client's end.
    package let handle: SequenceHandle
    /// The answer so far.
    package internal(set) var generatedIDs: [Int32]
    /// New tokens at most, `max_sequence_length` taken into account.
    package let newTokenCountMax: Int
    /// Readers that died under this sequence in a row without giving it a token.
    package internal(set) var barrenDeathCount: Int
    /// How far its beam search has come, if it is one and has begun; then `generatedIDs` are one hypothesis's.
    package internal(set) var beamSearch: BeamSearch?
    /// Whether the client has the prompt's log-probabilities.
    var isPromptScored = false
    /// Readers that hold its prompt's beginning in their caches, by name; others let them take it for a moment.
    package var preferredReaders: [String] = []
    /// When it was admitted, on the queue's clock.
    var arrival: Duration
    private let asked: Asked

    /// What was asked for, in one piece: a sequence that is copied then counts one reference instead of one for each
    /// list of its request.
    private final class Asked: Sendable {
        let request: GenerationRequest

        init(_ request: GenerationRequest) { self.request = request }
    }

    /// Makes a fresh sequence and its stream; `seed` is used unless the request brings its own. Requests come
    /// by `ConsumerGroup.submit`; a reader makes its idle probe here and keeps the stream until the probe has
    /// ended.
    package static func make(
        request: GenerationRequest, seed: UInt64, maxSequenceLength: Int,
        timeline: SequenceTimeline = SequenceTimeline()
    ) -> (QueuedSequence, TokenStream) {
        let newTokenCountMax = newTokenCountMax(of: request, maxSequenceLength: maxSequenceLength)
        let (handle, stream) = SequenceHandle.make(
            requestID: request.id, maxNewTokenCount: newTokenCountMax, timeline: timeline)
        let sequence = QueuedSequence(
            request, handle, seed: seed, newTokenCountMax: newTokenCountMax)
        return (sequence, stream)
    }

    /// The same with somebody who takes events as they come in place of a stream.
    package static func make(
        request: GenerationRequest, seed: UInt64, maxSequenceLength: Int, timeline: SequenceTimeline,
        receiver: any EventReceiver
    ) -> QueuedSequence {
        QueuedSequence(
            request, SequenceHandle(requestID: request.id, timeline: timeline, receiver: receiver),
            seed: seed,
            newTokenCountMax: newTokenCountMax(of: request, maxSequenceLength: maxSequenceLength))
    }

    private static func newTokenCountMax(of request: GenerationRequest, maxSequenceLength: Int) -> Int {
        let room = maxSequenceLength - request.promptIDs.count
        let newTokenCountMax = min(request.parameters.maxNewTokenCount, room)
        precondition(newTokenCountMax >= 1, "\(request.id) has no room for a token")
        return newTokenCountMax
    }

    private init(
        _ request: GenerationRequest, _ handle: SequenceHandle, seed: UInt64, newTokenCountMax: Int
    ) {
        var seeded = request
        seeded.parameters.sampling.seed = request.parameters.seed ?? seed
        asked = Asked(seeded)
        self.handle = handle
        self.newTokenCountMax = newTokenCountMax
        generatedIDs = []
        barrenDeathCount = 0
        arrival = .zero
    }

    /// Tokens of prompt and answer so far.
    package var tokenCount: Int { request.promptIDs.count + generatedIDs.count }

    /// Tokens that are to be computed for it at most: what it has and what it may still be given.
    package var workTokenCount: Int { request.promptIDs.count + newTokenCountMax }

    /// Whether no other sequence may run beside it: it is under suspicion of killing its readers.
    package var runsAlone: Bool { barrenDeathCount >= QueuedSequence.barrenDeathCountMax }

    /// Whether it killed a reader while it ran alone.
    package var isPoison: Bool { barrenDeathCount > QueuedSequence.barrenDeathCountMax }
}
