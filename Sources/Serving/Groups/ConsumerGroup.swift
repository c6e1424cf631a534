package import Metrics
import Synchronization

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
/// `queueTimeout`; `run()` keeps that time. Which readers it has is the actor's; requests go past it, through its door
/// and into its queue, so that whoever submits stays on its thread.
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
    /// Where requests come in. Taken before the queue's lock, never after it.
    private let door: Mutex<GroupDoor>
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
        door = Mutex(GroupDoor(groupName: name, retryAfter: settings.retryAfter.lowerBound))
        absentSince = clock.now()
        queue = RequestQueue(groupName: name, settings: settings, clock: clock)
    }

    // MARK: Requests

    /// Admits all requests or none, and returns their streams in the same order. `prepared` is what the group
    /// served when the prompts were encoded.
    package nonisolated func submit(
        _ requests: [GenerationRequest], prepared: ReaderIdentity
    ) throws(ServingError) -> [TokenStream] {
        try check(requests, prepared: prepared)
        var sequences: [QueuedSequence] = []
        var streams: [TokenStream] = []
        for request in requests {
            let (sequence, stream) = QueuedSequence.make(
                request: request, seed: drawSeed(), maxSequenceLength: prepared.maxSequenceLength,
                timeline: SequenceTimeline(clock: clock, metrics: metrics))
            sequences.append(sequence)
            streams.append(stream)
        }
        try enqueue(sequences, prepared: prepared)
        return streams
    }

    /// The same for one who takes events as they come: `receiver` makes each sequence's. Their handles, by which
    /// the sequences are ended, come back in the order of the requests.
    package nonisolated func submit(
        _ requests: [GenerationRequest], prepared: ReaderIdentity, to receiver: (Int) -> any EventReceiver
    ) throws(ServingError) -> [SequenceHandle] {
        try check(requests, prepared: prepared)
        let sequences = requests.enumerated().map { index, request in
            QueuedSequence.make(
                request: request, seed: drawSeed(), maxSequenceLength: prepared.maxSequenceLength,
                timeline: SequenceTimeline(clock: clock, metrics: metrics), receiver: receiver(index))
        }
        try enqueue(sequences, prepared: prepared)
        return sequences.map(\.handle)
    }

    private nonisolated func check(
        _ requests: [GenerationRequest], prepared: ReaderIdentity
    ) throws(ServingError) {
        try door.withLock { door throws(ServingError) in try door.check(prepared) }
        guard requests.count <= settings.maxQueue else {
            throw .listTooLong(count: requests.count, limit: settings.maxQueue)
        }
        for request in requests { try request.validate(maxSequenceLength: prepared.maxSequenceLength) }
    }

    private nonisolated func enqueue(
        _ sequences: [QueuedSequence], prepared: ReaderIdentity
    ) throws(ServingError) {
        var sequences = sequences
        for index in sequences.indices {
            sequences[index].preferredReaders = prefixes.readers(holding: sequences[index].request.promptIDs)
        }
        // Within the door: a reader of another model cannot attach between the look and the queue. The last reader may
        // go right after; then `run` sees to what was queued.
        try door.withLock { door throws(ServingError) in
            try door.check(prepared)
            try queue.enqueue(sequences)
        }
        metrics.admitted(sequences.map(\.request))
    }

    // MARK: Readers

    /// Adds a reader, or refuses it if the group serves something else. The first reader decides what that
    /// is.
    package func attach(_ reader: String, identity: ReaderIdentity) throws(ServingError) {
        // Within the door, so that nothing is queued between the look and the attachment.
        try door.withLock { door throws(ServingError) in
            let queueIsEmpty = queue.snapshot().depth == 0
            try state.attach(reader, identity: identity, queueIsEmpty: queueIsEmpty)
            door.identity = state.servedIdentity
        }
    }

    /// Removes a reader that will not come back. It has requeued its sequences before.
    package func detach(_ reader: String) {
        change { $0.detach(reader) }
        queue.forget(reader)
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
        door.withLock { $0.identity = state.servedIdentity }
        if state.readyReaders.isEmpty, !wasAbsent { absentSince = clock.now() }
        waiters.wakeAll()
    }

    /// The group as it is now.
    package func snapshot() -> ConsumerGroupSnapshot {
        ConsumerGroupSnapshot(
            name: name, identity: state.identity, attachedReaderCount: state.attachedReaders.count,
            readyReaderCount: state.readyReaders.count, queue: queue.snapshot())
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
                queue.failAll(.queueTimeout(group: name, limit: settings.queueTimeout))
            }
        }
    }

    /// Refuses new requests from now on; what waits is still served.
    package nonisolated func close() {
        door.withLock { $0.isClosed = true }
        queue.close()
    }

    /// Closes the group, fails what waits and whatever its readers still give back.
    package nonisolated func terminate() {
        door.withLock { $0.isClosed = true }
        queue.terminate(.draining(group: name))
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
