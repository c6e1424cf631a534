import Serving
import Testing
import WorkerMessages

@Suite("A consumer group's queue")
struct RequestQueueTests {
    let clock = ManualClock()

    func makeQueue(maxQueue: Int = 4) -> RequestQueue {
        RequestQueue(groupName: "primary", settings: settings(maxQueue: maxQueue), clock: clock.serving)
    }

    /// Sequences and the streams that keep them wanted.
    func sequences(_ ids: ClosedRange<UInt64>) -> (sequences: [QueuedSequence], streams: [TokenStream]) {
        let pairs = ids.map { sequence($0) }
        return (pairs.map(\.sequence), pairs.map(\.stream))
    }

    @Test("a list that fits exactly is admitted whole, one past the limit is refused whole")
    func wholeLists() async throws {
        let queue = makeQueue()
        let first = sequences(1...2)
        let second = sequences(3...5)
        let third = sequences(6...7)
        try await queue.enqueue(first.sequences)
        let full = ServingError.full(limit: 4, depth: 2, requested: 3, retryAfter: .seconds(60))
        await #expect(throws: full) { try await queue.enqueue(second.sequences) }
        #expect(await queue.snapshot().depth == 2)
        try await queue.enqueue(third.sequences)
        clock.advance(by: .seconds(2))
        let snapshot = await queue.snapshot()
        #expect(snapshot.depth == 4 && snapshot.limit == 4 && snapshot.oldestAge == .seconds(2))
        #expect(snapshot.promptTokenCount == 12 && snapshot.promptTokenLimit == 1000)
        let line = QueueSnapshot.Line(depth: 4, oldestAge: .seconds(2))
        #expect(snapshot.lines.count == 10 && snapshot.lines[5] == line)
        #expect(snapshot.lines[4] == QueueSnapshot.Line(depth: 0, oldestAge: nil))
        #expect(await queue.take(upTo: 9).map(\.request.id.rawValue) == [1, 2, 6, 7])
        withExtendedLifetime([first.streams, second.streams, third.streams]) {}
    }

    @Test("a list longer than the queue is refused as such, though the queue is empty")
    func listTooLong() async throws {
        let queue = makeQueue()
        let list = sequences(1...5)
        await #expect(throws: ServingError.listTooLong(count: 5, limit: 4)) {
            try await queue.enqueue(list.sequences)
        }
        withExtendedLifetime(list.streams) {}
    }

    @Test("prompts are counted in tokens, up to the bound and no further, each refusal with its numbers")
    func tokenBound() async throws {
        let queue = RequestQueue(
            groupName: "primary", settings: settings(maxQueue: 9, maxQueueTokens: 10), clock: clock.serving)
        let first = sequences(1...3)
        try await queue.enqueue(first.sequences)
        let second = sequence(4, promptCount: 2)
        let full = ServingError.fullOfTokens(limit: 10, waiting: 9, requested: 2, retryAfter: .seconds(60))
        await #expect(throws: full) { try await queue.enqueue([second.sequence]) }
        #expect("\(full)".contains("holds 9 of at most 10 prompt tokens (max_queue_tokens)"))
        let third = sequence(5, promptCount: 1)
        try await queue.enqueue([third.sequence])
        let list = sequences(6...9)
        await #expect(throws: ServingError.listTooManyTokens(count: 12, limit: 10)) {
            try await queue.enqueue(list.sequences)
        }
        #expect(await queue.take(upTo: 1).count == 1)
        clock.advance(by: .seconds(9))
        try await queue.enqueue([second.sequence])
        // Each of three prompt tokens may have four new ones: 7 tokens of work left in 9 s. One token of nine is
        // missing, and with it goes a ninth of the 25 tokens that the waiting ones stand for.
        let fourth = sequence(6, promptCount: 2)
        await #expect {
            try await queue.enqueue([fourth.sequence])
        } throws: { error in
            guard case .fullOfTokens(10, 9, 2, let wait) = error as? ServingError else { return false }
            return abs((wait - .seconds(9) * (25.0 / 9 / 7)) / .milliseconds(1)) < 1
        }
        withExtendedLifetime([first.streams, [second.stream, third.stream, fourth.stream], list.streams]) {}
    }

    @Test("clients that are gone make room for tokens, too")
    func cancelledTokensMakeRoom() async throws {
        let queue = RequestQueue(
            groupName: "primary", settings: settings(maxQueue: 9, maxQueueTokens: 6), clock: clock.serving)
        try await queue.enqueue((1...2).map { sequence($0).sequence })
        let list = sequences(5...6)
        try await queue.enqueue(list.sequences)
        #expect(await queue.take(upTo: 9).map(\.request.id.rawValue) == [5, 6])
        withExtendedLifetime(list.streams) {}
    }

    @Test("Retry-After is the missing places times the measured time per take")
    func retryAfter() async throws {
        let queue = makeQueue()
        let first = sequences(1...4)
        try await queue.enqueue(first.sequences)
        _ = await queue.take(upTo: 2)
        clock.advance(by: .seconds(6))
        let second = sequences(5...6)
        try await queue.enqueue(second.sequences)
        let third = sequences(7...9)
        let full = ServingError.full(limit: 4, depth: 4, requested: 3, retryAfter: .seconds(9))
        await #expect(throws: full) { try await queue.enqueue(third.sequences) }
        withExtendedLifetime([first.streams, second.streams, third.streams]) {}
    }

    @Test("clients that are gone make room")
    func cancelledMakeRoom() async throws {
        let queue = makeQueue()
        try await queue.enqueue((1...4).map { sequence($0).sequence })
        let list = sequences(5...8)
        try await queue.enqueue(list.sequences)
        #expect(await queue.take(upTo: 9).map(\.request.id.rawValue) == [5, 6, 7, 8])
        withExtendedLifetime(list.streams) {}
    }

    @Test("waiting ends at once where there is work, and when work comes")
    func waiting() async throws {
        let queue = makeQueue()
        let waiters = (0..<3).map { _ in Task { await queue.waitForWork() } }
        let list = sequences(1...1)
        try await queue.enqueue(list.sequences)
        for waiter in waiters { #expect(await waiter.value == .work) }
        #expect(await queue.waitForWork() == .work)
        withExtendedLifetime(list.streams) {}
    }

    @Test("a requeue is work, too")
    func requeueWakes() async throws {
        let queue = makeQueue()
        let list = sequences(1...2)
        let waiter = Task { await queue.waitForWork() }
        await queue.requeue(list.sequences)
        #expect(await waiter.value == .work)
        #expect(await queue.take(upTo: 2).map(\.request.id.rawValue) == [1, 2])
        withExtendedLifetime(list.streams) {}
    }

    @Test("waiting ends when the task is cancelled, and when the queue is closed")
    func waitingEnds() async {
        let queue = makeQueue()
        let waiter = Task { await queue.waitForWork() }
        waiter.cancel()
        #expect(await waiter.value == .cancelled)
        let other = Task { await queue.waitForWork() }
        await queue.close()
        #expect(await other.value == .closed)
        #expect(await queue.waitForWork() == .closed)
    }

    @Test("waiting with a limit ends when the time is up, and no sooner")
    func waitingWithLimit() async {
        let queue = makeQueue()
        let waiter = Task { await queue.waitForWork(atMost: .seconds(10)) }
        await clock.waitForSleeper(until: .seconds(10))
        clock.advance(by: .seconds(10))
        #expect(await waiter.value == .woken)
        let other = Task { await queue.waitForWork(atMost: .seconds(10)) }
        await clock.waitForSleeper(until: .seconds(20))
        other.cancel()
        #expect(await other.value == .cancelled)
    }

    @Test("wakeAll ends a wait without work")
    func wakeAll() async {
        let queue = makeQueue()
        let waiter = Task { await queue.waitForWork(atMost: .seconds(10)) }
        await clock.waitForSleeper(until: .seconds(10))
        // The wait for work may begin after the sleep, so it is woken until it has noticed.
        let waker = Task {
            while !Task.isCancelled {
                await queue.wakeAll()
                await Task.yield()
            }
        }
        #expect(await waiter.value == .woken)
        waker.cancel()
        #expect(clock.now.offset == .zero)
    }

    @Test("a closed queue refuses new sequences and still gives out and takes back old ones")
    func closing() async throws {
        let queue = makeQueue()
        let list = sequences(1...2)
        try await queue.enqueue(list.sequences)
        await queue.close()
        await #expect(throws: ServingError.draining(group: "primary")) { try await queue.enqueue([]) }
        let taken = await queue.take(upTo: 1)
        await queue.requeue(taken)
        #expect(await queue.take(upTo: 2).count == 2)
        withExtendedLifetime(list.streams) {}
    }

    @Test("a terminated queue fails what waits, and what is requeued later")
    func terminating() async throws {
        let queue = makeQueue()
        let list = sequences(1...3)
        try await queue.enqueue(list.sequences)
        let taken = await queue.take(upTo: 1)
        await queue.terminate(.draining(group: "primary"))
        await queue.requeue(taken)
        for stream in list.streams {
            #expect(await events(of: stream) == [.failed(.draining(group: "primary"))])
        }
        #expect(await queue.snapshot().depth == 0)
    }

    @Test("poison fails when it is requeued, and clients that are gone are dropped")
    func poison() async throws {
        let queue = makeQueue()
        let (fresh, stream) = sequence(1)
        var queued = fresh
        var frame = StepFrame()
        for deaths in 1...3 {
            var reader = Scheduler(
                limits: SchedulerLimits(maxBatchSize: 1, maxSequenceLength: 64, prefillChunk: 8))
            reader.admit(queued)
            expectStep(&reader, &frame)
            queued = reader.evacuate(.death)[0]
            await queue.requeue([queued])
            #expect(await queue.take(upTo: 1).count == (deaths < 3 ? 1 : 0))
        }
        #expect(await events(of: stream) == [.failed(.poison(deathCount: 3))])
        await queue.requeue([sequence(2).sequence])
        #expect(await queue.snapshot().depth == 0)
    }
}
