package import Metrics

/// A consumer group at one moment.
package struct ConsumerGroupSnapshot: Equatable, Sendable {
    /// Its name.
    package let name: String
    /// What its readers have in common; nil before the first one.
    package let identity: ReaderIdentity?
    /// Readers that exist, ready or not.
    package let attachedReaderCount: Int
    /// Readers that take work.
    package let readyReaderCount: Int
    /// Its queue.
    package let queue: QueueSnapshot
}

/// The name requests are addressed to: one queue, and the readers that take from it.
///
/// Refuses requests while no reader is ready, and fails those that wait when none has been for
/// `queueTimeout`; `run()` keeps that time.
package actor ConsumerGroup {
    /// Its name.
    package nonisolated let name: String
    /// Where its readers take from.
    package nonisolated let queue: RequestQueue
    /// What its readers hold in their prefix caches.
    package nonisolated let prefixes = PrefixDirectory()
    /// How it is bounded.
    package nonisolated let settings: ConsumerGroupSettings

    private var state: GroupState
    private var isClosed = false
    /// Since when no reader has been ready, or since when those that waited then have been failed.
    private var absentSince: Duration
    private let clock: ServingClock
    private let drawSeed: @Sendable () -> UInt64
    private let metrics: GroupMetrics
    /// Where `run` waits for a change of readiness.
    private var waiters = WaitList()

    /// Makes a group without readers. `drawSeed` gives the seed of each request that brings none; `factory` is
    /// where it counts, nowhere unless said.
    package init(
        name: String, settings: ConsumerGroupSettings, clock: ServingClock,
        metrics factory: any MetricsFactory = NOOPMetricsHandler.instance,
        drawSeed: @escaping @Sendable () -> UInt64
    ) {
        metrics = GroupMetrics(consumerGroup: name, factory: factory)
        self.name = name
        self.settings = settings
        self.clock = clock
        self.drawSeed = drawSeed
        state = GroupState(name: name)
        absentSince = clock.now()
        queue = RequestQueue(groupName: name, settings: settings, clock: clock)
    }

    // MARK: Requests

    /// Admits all requests or none, and returns their streams in the same order. `prepared` is what the group
    /// served when the prompts were encoded.
    package func submit(
        _ requests: [GenerationRequest], prepared: ReaderIdentity
    ) async throws(ServingError) -> [TokenStream] {
        guard !isClosed else { throw .draining(group: name) }
        guard let identity = state.identity, !state.readyReaders.isEmpty else {
            throw .noReader(group: name, retryAfter: settings.retryAfter.lowerBound)
        }
        guard identity == prepared else {
            throw .modelReplaced(group: name, retryAfter: settings.retryAfter.lowerBound)
        }
        guard requests.count <= settings.maxQueue else {
            throw .listTooLong(count: requests.count, limit: settings.maxQueue)
        }
        for request in requests { try request.validate(maxSequenceLength: identity.maxSequenceLength) }
        var sequences: [QueuedSequence] = []
        var streams: [TokenStream] = []
        for request in requests {
            var (sequence, stream) = QueuedSequence.make(
                request: request, seed: drawSeed(), maxSequenceLength: identity.maxSequenceLength,
                timeline: SequenceTimeline(clock: clock, metrics: metrics))
            sequence.preferredReaders = prefixes.readers(holding: request.promptIDs)
            sequences.append(sequence)
            streams.append(stream)
        }
        // The last reader may go while the queue is asked; then `run` sees to what was queued.
        try await queue.enqueue(sequences)
        metrics.admitted(requests)
        return streams
    }

    // MARK: Readers

    /// Adds a reader, or refuses it if the group serves something else. The first reader decides what that
    /// is.
    package func attach(_ reader: String, identity: ReaderIdentity) async throws(ServingError) {
        // Asked first, so that nothing can change between the answer's use and the attachment. A request that
        // comes in between finds no ready reader.
        let queueIsEmpty = await queue.snapshot().depth == 0
        try state.attach(reader, identity: identity, queueIsEmpty: queueIsEmpty)
    }

    /// Removes a reader that will not come back. It has requeued its sequences before.
    package func detach(_ reader: String) async {
        change { $0.detach(reader) }
        await queue.forget(reader)
    }

    /// An attached reader takes work.
    package func markReady(_ reader: String) {
        change { $0.setReady(reader, true) }
    }

    /// A reader takes no work for now: it died, drains, or has not moved.
    package func markUnavailable(_ reader: String) {
        change { $0.setReady(reader, false) }
    }

    private func change(_ change: (inout GroupState) -> Void) {
        let wasAbsent = state.readyReaders.isEmpty
        change(&state)
        if state.readyReaders.isEmpty, !wasAbsent { absentSince = clock.now() }
        waiters.wakeAll()
    }

    /// The group as it is now.
    package func snapshot() async -> ConsumerGroupSnapshot {
        let queueSnapshot = await queue.snapshot()
        return ConsumerGroupSnapshot(
            name: name, identity: state.identity, attachedReaderCount: state.attachedReaders.count,
            readyReaderCount: state.readyReaders.count, queue: queueSnapshot)
    }

    // MARK: Life

    /// Keeps the queue timeout until the task is cancelled. Call it once.
    package func run() async {
        while !Task.isCancelled {
            guard state.readyReaders.isEmpty else {
                await waitForChange()
                continue
            }
            // Other readers come and go meanwhile; that gives nobody more time.
            let deadline = absentSince + settings.queueTimeout
            let hasTimedOut = await waitForChange(atMost: deadline - clock.now())
            // A reader may have become ready since, and may have gone again.
            if hasTimedOut, state.readyReaders.isEmpty, absentSince + settings.queueTimeout <= clock.now() {
                absentSince = clock.now()
                await queue.failAll(.queueTimeout(group: name, limit: settings.queueTimeout))
            }
        }
    }

    /// Refuses new requests from now on; what waits is still served.
    package func close() async {
        isClosed = true
        await queue.close()
    }

    /// Closes the group, fails what waits and whatever its readers still give back.
    package func terminate() async {
        isClosed = true
        await queue.terminate(.draining(group: name))
        // A group that comes under this name later begins at zero.
        metrics.destroy()
    }

    /// Waits until a reader's readiness changes.
    private func waitForChange() async {
        let place = waiters.enter()
        await place.wait()
        waiters.leave(place)
    }

    /// The same for `limit` at most; returns whether the time was up first.
    private func waitForChange(atMost limit: Duration) async -> Bool {
        let clock = clock
        let place = waiters.enter()
        let hasTimedOut = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await place.wait()
                return false
            }
            group.addTask {
                // A sleep that is cut short means that a change was first, or that all are cancelled.
                do { try await clock.sleep(limit) } catch { return false }
                return true
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        waiters.leave(place)
        return hasTimedOut
    }
}
