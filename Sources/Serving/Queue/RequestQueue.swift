import Synchronization

/// A consumer group's one queue: readers pull from it whenever they have room.
///
/// Bounds: `max_queue` sequences and `max_queue_tokens` prompt tokens; a list that does not fit is refused whole. See
/// `QueueState` for the order, and the group's `BatchingPolicy` for when readers are given how many.
package actor RequestQueue {
    private var state: QueueState {
        didSet { hasSequences.store(state.depth > 0, ordering: .releasing) }
    }
    /// What `mayHaveWork` says.
    private nonisolated let hasSequences = Atomic(false)
    /// Counts what may change a policy's answer: lists that came, came back, and the queue's closing.
    private nonisolated let arrivalNumber = Atomic<UInt64>(0)
    /// Whether the group's policy looks at `ReaderRoom.pressure`.
    package nonisolated let usesPressure: Bool
    private var drainRate = DrainRate()
    private var isClosed = false
    /// Set by `terminate`: what is requeued from then on fails with it.
    private var terminalError: ServingError?
    private var waiters = WaitList()
    private let settings: ConsumerGroupSettings
    private let groupName: String
    private let clock: ServingClock

    /// Makes an empty queue; `groupName` is for messages.
    package init(groupName: String, settings: ConsumerGroupSettings, clock: ServingClock) {
        self.groupName = groupName
        self.settings = settings
        self.clock = clock
        usesPressure = settings.batching.usesPressure
        state = QueueState(settings: settings)
    }

    // MARK: Clients' side

    /// Admits all of `sequences` or none.
    package func enqueue(_ sequences: [QueuedSequence]) throws(ServingError) {
        guard !isClosed else { throw .draining(group: groupName) }
        guard sequences.count <= state.sequenceLimit else {
            throw .listTooLong(count: sequences.count, limit: state.sequenceLimit)
        }
        let tokenCount = sequences.reduce(0) { $0 + $1.request.promptIDs.count }
        guard tokenCount <= state.tokenLimit else {
            throw .listTooManyTokens(count: tokenCount, limit: state.tokenLimit)
        }
        if !fits(sequences.count, tokenCount) {
            for handle in state.removeCancelled() { handle.close() }
        }
        let now = clock.now()
        guard fits(sequences.count, tokenCount) else {
            throw refusal(of: sequences.count, tokenCount, now: now)
        }
        state.enqueue(sequences, now: now)
        drainRate.note(isWaiting: state.depth > 0, now: now)
        wakeForWork()
    }

    private func fits(_ count: Int, _ tokenCount: Int) -> Bool {
        state.missingPlaceCount(for: count) == 0 && state.missingTokenCount(for: tokenCount) == 0
    }

    /// Says which bound is in the way, and when there will be room.
    private func refusal(of count: Int, _ tokenCount: Int, now: Duration) -> ServingError {
        let missingPlaces = state.missingPlaceCount(for: count)
        let missingTokens = state.missingTokenCount(for: tokenCount)
        let waiting = state.waiting
        // The part of what waits that must leave, and with it that part of the work.
        let share = max(
            Double(missingPlaces) / Double(max(1, waiting.count)),
            Double(missingTokens) / Double(max(1, waiting.promptTokenCount)))
        let retryAfter = drainRate.wait(
            forWork: share * Double(state.workTokenCount), now: now, bounds: settings.retryAfter)
        if missingPlaces > 0 {
            return .full(
                limit: state.sequenceLimit, depth: waiting.count, requested: count, retryAfter: retryAfter)
        }
        return .fullOfTokens(
            limit: state.tokenLimit, waiting: waiting.promptTokenCount, requested: tokenCount,
            retryAfter: retryAfter)
    }

    /// The queue as it is now, without those whose clients are gone.
    package func snapshot() -> QueueSnapshot {
        for handle in state.removeCancelled() { handle.close() }
        return QueueSnapshot(state, now: clock.now())
    }

    // MARK: Readers' side

    /// Whether an `offer` could give anything to a reader that holds `heldCount` sequences: a look without waiting
    /// for the actor. `deferral` is what the reader was told last.
    package nonisolated func mayHaveWork(after deferral: QueueDeferral?, heldCount: Int) -> Bool {
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
        var room = room
        if isClosed { room.mayWait = false }
        let taken = state.offer(to: room, at: now)
        finish(taken, now: now)
        guard taken.sequences.isEmpty, state.depth > 0 else {
            return QueueOffer(sequences: taken.sequences, deferral: nil)
        }
        let deferral = QueueDeferral(
            arrivalNumber: arrivalNumber.load(ordering: .relaxed), askAgain: taken.askAgain,
            heldCount: room.heldCount)
        return QueueOffer(sequences: [], deferral: deferral)
    }

    /// Takes up to `count` of the best sequences, at once and whatever the policy says; none if there are none.
    package func take(upTo count: Int) -> [QueuedSequence] {
        let taken = state.take(upTo: count)
        finish(taken, now: clock.now())
        return taken.sequences
    }

    private func finish(_ taken: QueueState.Taken, now: Duration) {
        for handle in taken.cancelled { handle.close() }
        for sequence in taken.sequences {
            drainRate.record(workTokenCount: sequence.workTokenCount, now: now)
        }
        drainRate.note(isWaiting: state.depth > 0, now: now)
    }

    /// A reader is gone for good; nothing waits for it any longer.
    package func forget(_ readerID: String) { state.forget(readerID) }

    /// Takes back what a reader cannot finish, before all others of the same priority. Fails those that
    /// killed a reader while they ran alone, and drops those whose clients are gone.
    package func requeue(_ sequences: [QueuedSequence]) {
        for sequence in sequences where sequence.handle.isCancelled { sequence.handle.close() }
        let wanted = sequences.filter { !$0.handle.isCancelled }
        if let terminalError {
            for sequence in wanted { sequence.handle.deliver(.failed(terminalError)) }
            return
        }
        for sequence in state.requeue(wanted) {
            sequence.handle.deliver(.failed(.poison(deathCount: sequence.barrenDeathCount)))
        }
        drainRate.note(isWaiting: state.depth > 0, now: clock.now())
        wakeForWork()
    }

    /// Waits until there may be work. Returns at once if there is, or if the queue is closed; the caller
    /// takes, and waits again if another reader was faster. What waited when the caller was given `deferral` is no
    /// work until more comes.
    @discardableResult
    package func waitForWork(after deferral: QueueDeferral? = nil) async -> QueueSignal {
        if let signal = signal(after: deferral) { return signal }
        let place = waiters.enter()
        await place.wait()
        waiters.leave(place)
        // The state may have changed since the wake; this is what holds now.
        return signal(after: deferral) ?? (Task.isCancelled ? .cancelled : .woken)
    }

    /// The same, but returns `woken` after `limit`, or when it is time to ask again, at the latest.
    @discardableResult
    package func waitForWork(
        after deferral: QueueDeferral? = nil, atMost limit: Duration
    ) async -> QueueSignal {
        let clock = clock
        let limit = min(limit, deferral?.askAgain.map { $0 - clock.now() } ?? limit)
        return await withTaskGroup(of: QueueSignal.self) { group in
            group.addTask { await self.waitForWork(after: deferral) }
            group.addTask {
                // A sleep that is cut short means that the other child was first, or that all are cancelled.
                do { try await clock.sleep(limit) } catch { return .cancelled }
                return .woken
            }
            let first = await group.next() ?? .woken
            group.cancelAll()
            return Task.isCancelled ? .cancelled : first
        }
    }

    /// Lets every `waitForWork` return, work or not.
    package func wakeAll() {
        waiters.wakeAll()
    }

    private func wakeForWork() {
        arrivalNumber.add(1, ordering: .releasing)
        wakeAll()
    }

    // MARK: The end

    /// Fails everything that waits.
    package func failAll(_ error: ServingError) {
        for sequence in state.removeAll() { sequence.handle.deliver(.failed(error)) }
        drainRate.note(isWaiting: false, now: clock.now())
    }

    /// Refuses new sequences from now on; what waits is still served.
    package func close() {
        isClosed = true
        wakeForWork()
    }

    /// Closes the queue, fails what waits and whatever is requeued later.
    package func terminate(_ error: ServingError) {
        close()
        terminalError = error
        failAll(error)
    }

    private func signal(after deferral: QueueDeferral?) -> QueueSignal? {
        let arrivals = arrivalNumber.load(ordering: .relaxed)
        if state.depth > 0, deferral.map({ $0.arrivalNumber != arrivals }) ?? true { return .work }
        return isClosed ? .closed : nil
    }
}
