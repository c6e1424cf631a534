import Synchronization

/// Why `RequestQueue.waitForWork` returned.
package enum QueueSignal: Equatable, Sendable {
    /// Something is queued, unless another reader was faster.
    case work
    /// Somebody called `wakeAll`, or the time was up.
    case woken
    /// The queue is closed and empty; more comes only by `requeue`.
    case closed
    /// The waiting task is cancelled.
    case cancelled
}

/// A queue at one moment.
package struct QueueSnapshot: Equatable, Sendable {
    /// Sequences waiting.
    package let depth: Int
    /// The bound.
    package let limit: Int
    /// How long the oldest has waited; nil if none does.
    package let oldestAge: Duration?

    /// Makes a snapshot.
    package init(depth: Int, limit: Int, oldestAge: Duration?) {
        self.depth = depth
        self.limit = limit
        self.oldestAge = oldestAge
    }
}

/// A consumer group's one queue: readers pull from it whenever they have room.
///
/// Bound: `max_queue`; a list that does not fit is refused whole. See `QueueState` for the order.
package actor RequestQueue {
    private var state: QueueState {
        didSet { hasSequences.store(state.depth > 0, ordering: .releasing) }
    }
    /// What `mayHaveWork` says.
    private nonisolated let hasSequences = Atomic(false)
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
        state = QueueState(limit: settings.maxQueue, agingInterval: settings.agingInterval)
    }

    // MARK: Clients' side

    /// Admits all of `sequences` or none.
    package func enqueue(_ sequences: [QueuedSequence]) throws(ServingError) {
        guard !isClosed else { throw .draining(group: groupName) }
        guard sequences.count <= state.limit else {
            throw .listTooLong(count: sequences.count, limit: state.limit)
        }
        if state.missingPlaceCount(for: sequences.count) > 0 {
            for handle in state.removeCancelled() { handle.close() }
        }
        let missing = state.missingPlaceCount(for: sequences.count)
        let now = clock.now()
        guard missing == 0 else {
            throw .full(
                limit: state.limit, depth: state.depth, requested: sequences.count,
                retryAfter: drainRate.wait(forPlaces: missing, now: now, bounds: settings.retryAfter))
        }
        state.enqueue(sequences, now: now)
        wakeAll()
    }

    /// The queue as it is now, without those whose clients are gone.
    package func snapshot() -> QueueSnapshot {
        for handle in state.removeCancelled() { handle.close() }
        let now = clock.now()
        return QueueSnapshot(
            depth: state.depth, limit: state.limit, oldestAge: state.oldestArrival.map { now - $0 })
    }

    // MARK: Readers' side

    /// Whether a `take` could give anything: a look without waiting for the actor.
    package nonisolated var mayHaveWork: Bool { hasSequences.load(ordering: .acquiring) }

    /// Takes up to `count` of the best sequences, at once; none if there are none. A sequence that must run
    /// alone comes by itself.
    package func take(upTo count: Int) -> [QueuedSequence] {
        let taken = state.take(upTo: count)
        for handle in taken.cancelled { handle.close() }
        drainRate.record(takenCount: taken.sequences.count + taken.cancelled.count, now: clock.now())
        return taken.sequences
    }

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
        wakeAll()
    }

    /// Waits until there may be work. Returns at once if there is, or if the queue is closed; the caller
    /// takes, and waits again if another reader was faster.
    @discardableResult
    package func waitForWork() async -> QueueSignal {
        if let signal = currentSignal { return signal }
        let place = waiters.enter()
        await place.wait()
        waiters.leave(place)
        // The state may have changed since the wake; this is what holds now.
        return currentSignal ?? (Task.isCancelled ? .cancelled : .woken)
    }

    /// The same, but returns `woken` after `limit` at the latest.
    @discardableResult
    package func waitForWork(atMost limit: Duration) async -> QueueSignal {
        let clock = clock
        return await withTaskGroup(of: QueueSignal.self) { group in
            group.addTask { await self.waitForWork() }
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

    // MARK: The end

    /// Fails everything that waits.
    package func failAll(_ error: ServingError) {
        for sequence in state.removeAll() { sequence.handle.deliver(.failed(error)) }
    }

    /// Refuses new sequences from now on; what waits is still served.
    package func close() {
        isClosed = true
        wakeAll()
    }

    /// Closes the queue, fails what waits and whatever is requeued later.
    package func terminate(_ error: ServingError) {
        close()
        terminalError = error
        failAll(error)
    }

    private var currentSignal: QueueSignal? {
        if state.depth > 0 { return .work }
        return isClosed ? .closed : nil
    }
}
