import Synchronization

/// A consumer group's one queue: readers pull from it whenever they have room.
///
/// Bounds: `max_queue` sequences and `max_queue_tokens` prompt tokens; a list that does not fit is refused whole. See
/// `QueueState` for the order, and the group's `BatchingPolicy` for when readers are given how many. A class with a
/// lock, not an actor: nothing that is done under the lock waits, and neither an event loop that submits nor a reader
/// between two steps has to leave its thread for it.
package final class RequestQueue: Sendable {
    fileprivate struct Contents {
        var state: QueueState
        var drainRate = DrainRate()
        var isClosed = false
        /// Set by `terminate`: what is requeued from then on fails with it.
        var terminalError: ServingError?
    }

    /// Protects the order, and all that goes with it.
    private let contents: Mutex<Contents>
    /// Protects which readers are woken when there may be work.
    private let seats = Mutex<[ReaderSeat]>([])
    /// What `mayHaveWork` says.
    private let hasSequences = Atomic(false)
    /// Counts what may change a policy's answer: lists that came, came back, and the queue's closing.
    private let arrivalNumber = Atomic<UInt64>(0)
    /// Whether the group's policy looks at `ReaderRoom.pressure`.
    package let usesPressure: Bool
    private let settings: ConsumerGroupSettings
    private let groupName: String
    private let clock: ServingClock

    /// Makes an empty queue; `groupName` is for messages.
    package init(groupName: String, settings: ConsumerGroupSettings, clock: ServingClock) {
        self.groupName = groupName
        self.settings = settings
        self.clock = clock
        usesPressure = settings.batching.usesPressure
        contents = Mutex(Contents(state: QueueState(settings: settings)))
    }

    /// Changes the queue. Nobody is called under the lock: what is to be told to clients comes back, and readers are
    /// woken afterwards, when `mayHaveWork` already says what has become of it.
    private func withContents<Value: Sendable>(_ change: (inout Contents) -> Value) -> Value {
        contents.withLock { contents in
            defer { hasSequences.store(contents.state.depth > 0, ordering: .releasing) }
            return change(&contents)
        }
    }

    // MARK: Clients' side

    /// Admits all of `sequences` or none.
    package func enqueue(_ sequences: [QueuedSequence]) throws(ServingError) {
        let now = clock.now()
        let outcome = withContents { contents in
            var cancelled: [SequenceHandle] = []
            let refusal = admit(sequences, to: &contents, now: now, cancelled: &cancelled)
            return (refusal, cancelled)
        }
        for handle in outcome.1 { handle.close() }
        if let refusal = outcome.0 { throw refusal }
        wakeReaders()
    }

    /// Why the sequences are not admitted; nil if they are.
    private func admit(
        _ sequences: [QueuedSequence], to contents: inout Contents, now: Duration,
        cancelled: inout [SequenceHandle]
    ) -> ServingError? {
        guard !contents.isClosed else { return .draining(group: groupName) }
        let limit = contents.state.sequenceLimit
        guard sequences.count <= limit else { return .listTooLong(count: sequences.count, limit: limit) }
        let tokenCount = sequences.reduce(0) { $0 + $1.request.promptIDs.count }
        guard tokenCount <= contents.state.tokenLimit else {
            return .listTooManyTokens(count: tokenCount, limit: contents.state.tokenLimit)
        }
        if !contents.fits(sequences.count, tokenCount) { cancelled = contents.state.removeCancelled() }
        guard contents.fits(sequences.count, tokenCount) else {
            return contents.refusal(of: sequences.count, tokenCount, now: now, within: settings.retryAfter)
        }
        contents.state.enqueue(sequences, now: now)
        contents.drainRate.note(isWaiting: contents.state.depth > 0, now: now)
        arrivalNumber.add(1, ordering: .releasing)
        return nil
    }

    /// The queue as it is now, without those whose clients are gone.
    package func snapshot() -> QueueSnapshot {
        let now = clock.now()
        let (snapshot, cancelled) = withContents { contents in
            let cancelled = contents.state.removeCancelled()
            return (QueueSnapshot(contents.state, now: now), cancelled)
        }
        for handle in cancelled { handle.close() }
        return snapshot
    }

    // MARK: Readers' side

    /// Whether an `offer` could give anything to a reader that holds `heldCount` sequences: a look without the lock.
    /// `deferral` is what the reader was told last.
    package func mayHaveWork(after deferral: QueueDeferral?, heldCount: Int) -> Bool {
        guard hasSequences.load(ordering: .acquiring) else { return false }
        guard let deferral else { return true }
        if arrivalNumber.load(ordering: .acquiring) != deferral.arrivalNumber { return true }
        if heldCount != deferral.heldCount { return true }
        return deferral.askAgain.map { $0 <= clock.now() } ?? false
    }

    /// Gives a reader what the group's policy has for it, at once; a closed queue gives what there is. A sequence that
    /// must run alone comes by itself.
    package func offer(to room: ReaderRoom) -> QueueOffer {
        let now = clock.now()
        let (taken, deferral) = withContents { contents -> (QueueState.Taken, QueueDeferral?) in
            var room = room
            if contents.isClosed { room.mayWait = false }
            let taken = contents.state.offer(to: room, at: now)
            contents.note(taken, now: now)
            guard taken.sequences.isEmpty, contents.state.depth > 0 else { return (taken, nil) }
            let deferral = QueueDeferral(
                arrivalNumber: arrivalNumber.load(ordering: .relaxed), askAgain: taken.askAgain,
                heldCount: room.heldCount)
            return (taken, deferral)
        }
        for handle in taken.cancelled { handle.close() }
        return QueueOffer(sequences: taken.sequences, deferral: deferral)
    }

    /// Takes up to `count` of the best sequences, at once and whatever the policy says; none if there are none.
    package func take(upTo count: Int) -> [QueuedSequence] {
        let now = clock.now()
        let taken = withContents { contents in
            let taken = contents.state.take(upTo: count)
            contents.note(taken, now: now)
            return taken
        }
        for handle in taken.cancelled { handle.close() }
        return taken.sequences
    }

    /// A reader wants to be woken when there may be work.
    package func enter(_ seat: ReaderSeat) { seats.withLock { $0.append(seat) } }

    /// It does no longer.
    package func leave(_ seat: ReaderSeat) { seats.withLock { $0.removeAll { $0 === seat } } }

    /// A reader is gone for good; nothing waits for it any longer.
    package func forget(_ readerID: String) { withContents { $0.state.forget(readerID) } }

    /// Takes back what a reader cannot finish, before all others of the same priority. Fails those that
    /// killed a reader while they ran alone, and drops those whose clients are gone.
    package func requeue(_ sequences: [QueuedSequence]) {
        for sequence in sequences where sequence.handle.isCancelled { sequence.handle.close() }
        let wanted = sequences.filter { !$0.handle.isCancelled }
        let now = clock.now()
        let failed = withContents { contents -> [(SequenceHandle, ServingError)] in
            if let error = contents.terminalError { return wanted.map { ($0.handle, error) } }
            let poison = contents.state.requeue(wanted)
            contents.drainRate.note(isWaiting: contents.state.depth > 0, now: now)
            arrivalNumber.add(1, ordering: .releasing)
            return poison.map { ($0.handle, .poison(deathCount: $0.barrenDeathCount)) }
        }
        for (handle, error) in failed { handle.deliver(.failed(error)) }
        wakeReaders()
    }

    private func wakeReaders() {
        for seat in seats.withLock({ $0 }) { seat.wake() }
    }

    // MARK: The end

    /// Fails everything that waits.
    package func failAll(_ error: ServingError) {
        let now = clock.now()
        let all = withContents { contents in
            contents.drainRate.note(isWaiting: false, now: now)
            return contents.state.removeAll()
        }
        for sequence in all { sequence.handle.deliver(.failed(error)) }
    }

    /// Refuses new sequences from now on; what waits is still served.
    package func close() {
        withContents { contents in
            contents.isClosed = true
            arrivalNumber.add(1, ordering: .releasing)
        }
        wakeReaders()
    }

    /// Closes the queue, fails what waits and whatever is requeued later.
    package func terminate(_ error: ServingError) {
        close()
        withContents { $0.terminalError = error }
        failAll(error)
    }
}

extension RequestQueue.Contents {
    fileprivate func fits(_ count: Int, _ tokenCount: Int) -> Bool {
        state.missingPlaceCount(for: count) == 0 && state.missingTokenCount(for: tokenCount) == 0
    }

    /// Says which bound is in the way, and when there will be room.
    fileprivate func refusal(
        of count: Int, _ tokenCount: Int, now: Duration, within bounds: ClosedRange<Duration>
    ) -> ServingError {
        let missingPlaces = state.missingPlaceCount(for: count)
        let missingTokens = state.missingTokenCount(for: tokenCount)
        let waiting = state.waiting
        // The part of what waits that must leave, and with it that part of the work.
        let share = max(
            Double(missingPlaces) / Double(max(1, waiting.count)),
            Double(missingTokens) / Double(max(1, waiting.promptTokenCount)))
        let retryAfter = drainRate.wait(
            forWork: share * Double(state.workTokenCount), now: now, bounds: bounds)
        if missingPlaces > 0 {
            return .full(
                limit: state.sequenceLimit, depth: waiting.count, requested: count, retryAfter: retryAfter)
        }
        return .fullOfTokens(
            limit: state.tokenLimit, waiting: waiting.promptTokenCount, requested: tokenCount,
            retryAfter: retryAfter)
    }

    /// Takes note of what a reader was given.
    fileprivate mutating func note(_ taken: QueueState.Taken, now: Duration) {
        for sequence in taken.sequences {
            drainRate.record(workTokenCount: sequence.workTokenCount, now: now)
        }
        drainRate.note(isWaiting: state.depth > 0, now: now)
    }
}
