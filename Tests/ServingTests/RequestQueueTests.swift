import Serving
import Synchronization
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
    func wholeLists() throws {
        let queue = makeQueue()
        let first = sequences(1...2)
        let second = sequences(3...5)
        let third = sequences(6...7)
        try queue.enqueue(first.sequences)
        let full = ServingError.full(limit: 4, depth: 2, requested: 3, retryAfter: .seconds(60))
        #expect(throws: full) { try queue.enqueue(second.sequences) }
        #expect(queue.snapshot().depth == 2)
        try queue.enqueue(third.sequences)
        clock.advance(by: .seconds(2))
        let snapshot = queue.snapshot()
        #expect(snapshot.depth == 4 && snapshot.limit == 4 && snapshot.oldestAge == .seconds(2))
        #expect(snapshot.promptTokenCount == 12 && snapshot.promptTokenLimit == 1000)
        let line = QueueSnapshot.Line(depth: 4, oldestAge: .seconds(2))
        #expect(snapshot.lines.count == 10 && snapshot.lines[5] == line)
        #expect(snapshot.lines[4] == QueueSnapshot.Line(depth: 0, oldestAge: nil))
        #expect(queue.take(upTo: 9).map(\.request.id.rawValue) == [1, 2, 6, 7])
        withExtendedLifetime([first.streams, second.streams, third.streams]) {}
    }

    @Test("a list longer than the queue is refused as such, though the queue is empty")
    func listTooLong() throws {
        let queue = makeQueue()
        let list = sequences(1...5)
        #expect(throws: ServingError.listTooLong(count: 5, limit: 4)) {
            try queue.enqueue(list.sequences)
        }
        withExtendedLifetime(list.streams) {}
    }

    @Test("prompts are counted in tokens, up to the bound and no further, each refusal with its numbers")
    func tokenBound() throws {
        let queue = RequestQueue(
            groupName: "primary", settings: settings(maxQueue: 9, maxQueueTokens: 10), clock: clock.serving)
        let first = sequences(1...3)
        try queue.enqueue(first.sequences)
        let second = sequence(4, promptCount: 2)
        let full = ServingError.fullOfTokens(limit: 10, waiting: 9, requested: 2, retryAfter: .seconds(60))
        #expect(throws: full) { try queue.enqueue([second.sequence]) }
        #expect("\(full)".contains("holds 9 of at most 10 prompt tokens (max_queue_tokens)"))
        let third = sequence(5, promptCount: 1)
        try queue.enqueue([third.sequence])
        let list = sequences(6...9)
        #expect(throws: ServingError.listTooManyTokens(count: 12, limit: 10)) {
            try queue.enqueue(list.sequences)
        }
        #expect(queue.take(upTo: 1).count == 1)
        clock.advance(by: .seconds(9))
        try queue.enqueue([second.sequence])
        // Each of three prompt tokens may have four new ones: 7 tokens of work left in 9 s. One token of nine is
        // missing, and with it goes a ninth of the 25 tokens that the waiting ones stand for.
        let fourth = sequence(6, promptCount: 2)
        #expect {
            try queue.enqueue([fourth.sequence])
        } throws: { error in
            guard case .fullOfTokens(10, 9, 2, let wait) = error as? ServingError else { return false }
            return abs((wait - .seconds(9) * (25.0 / 9 / 7)) / .milliseconds(1)) < 1
        }
        withExtendedLifetime([first.streams, [second.stream, third.stream, fourth.stream], list.streams]) {}
    }

    @Test("clients that are gone make room for tokens, too")
    func cancelledTokensMakeRoom() throws {
        let queue = RequestQueue(
            groupName: "primary", settings: settings(maxQueue: 9, maxQueueTokens: 6), clock: clock.serving)
        try queue.enqueue((1...2).map { sequence($0).sequence })
        let list = sequences(5...6)
        try queue.enqueue(list.sequences)
        #expect(queue.take(upTo: 9).map(\.request.id.rawValue) == [5, 6])
        withExtendedLifetime(list.streams) {}
    }

    @Test("Retry-After is the missing places times the measured time per take")
    func retryAfter() throws {
        let queue = makeQueue()
        let first = sequences(1...4)
        try queue.enqueue(first.sequences)
        _ = queue.take(upTo: 2)
        clock.advance(by: .seconds(6))
        let second = sequences(5...6)
        try queue.enqueue(second.sequences)
        let third = sequences(7...9)
        let full = ServingError.full(limit: 4, depth: 4, requested: 3, retryAfter: .seconds(9))
        #expect(throws: full) { try queue.enqueue(third.sequences) }
        withExtendedLifetime([first.streams, second.streams, third.streams]) {}
    }

    @Test("clients that are gone make room")
    func cancelledMakeRoom() throws {
        let queue = makeQueue()
        try queue.enqueue((1...4).map { sequence($0).sequence })
        let list = sequences(5...8)
        try queue.enqueue(list.sequences)
        #expect(queue.take(upTo: 9).map(\.request.id.rawValue) == [5, 6, 7, 8])
        withExtendedLifetime(list.streams) {}
    }

    @Test(
        "all readers are woken by what is queued, comes back or is closed, and find it",
        .timeLimit(.minutes(5)))
    func waking() async throws {
        let queue = makeQueue()
        let seats = ["a", "b"].map { ReaderSeat(readerID: $0) }
        for seat in seats { queue.enter(seat) }
        let list = sequences(1...2)
        let sleepers = seats.map { seat in
            Task {
                await seat.waitForWake()
                return queue.mayHaveWork(after: nil, heldCount: 0)
            }
        }
        try queue.enqueue(list.sequences)
        for sleeper in sleepers { #expect(await sleeper.value) }
        let taken = queue.take(upTo: 2)
        #expect(!queue.mayHaveWork(after: nil, heldCount: 0))
        queue.requeue(taken)
        for seat in seats { await seat.waitForWake() }
        #expect(queue.take(upTo: 2).map(\.request.id.rawValue) == [1, 2])
        queue.close()
        for seat in seats { await seat.waitForWake() }
        withExtendedLifetime(list.streams) {}
    }

    /// Something that was not true and is.
    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    @Test("a wake before the wait ends it, once; whoever has left is not woken", .timeLimit(.minutes(5)))
    func seats() async throws {
        let queue = makeQueue()
        let (stayed, left) = (ReaderSeat(readerID: "a"), ReaderSeat(readerID: "b"))
        queue.enter(stayed)
        queue.enter(left)
        queue.leave(left)
        let (first, second) = (sequence(1), sequence(2))
        try queue.enqueue([first.sequence])
        try queue.enqueue([second.sequence])
        await stayed.waitForWake()
        // Two wakes while nobody slept are one.
        let mayReturn = Flag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for seat in [stayed, left] {
                tasks.addTask {
                    await seat.waitForWake()
                    let isTime = mayReturn.value.load(ordering: .acquiring)
                    #expect(isTime)
                }
            }
            for _ in 0..<100 { await Task.yield() }
            mayReturn.value.store(true, ordering: .releasing)
            queue.close()
            left.wake()
            try await tasks.waitForAll()
        }
        withExtendedLifetime([first.stream, second.stream]) {}
    }

    @Test("a closed queue refuses new sequences and still gives out and takes back old ones")
    func closing() throws {
        let queue = makeQueue()
        let list = sequences(1...2)
        try queue.enqueue(list.sequences)
        queue.close()
        #expect(throws: ServingError.draining(group: "primary")) { try queue.enqueue([]) }
        let taken = queue.take(upTo: 1)
        queue.requeue(taken)
        #expect(queue.take(upTo: 2).count == 2)
        withExtendedLifetime(list.streams) {}
    }

    @Test("a terminated queue fails what waits, and what is requeued later")
    func terminating() async throws {
        let queue = makeQueue()
        let list = sequences(1...3)
        try queue.enqueue(list.sequences)
        let taken = queue.take(upTo: 1)
        queue.terminate(.draining(group: "primary"))
        queue.requeue(taken)
        for stream in list.streams {
            #expect(await events(of: stream) == [.failed(.draining(group: "primary"))])
        }
        #expect(queue.snapshot().depth == 0)
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
            queue.requeue([queued])
            #expect(queue.take(upTo: 1).count == (deaths < 3 ? 1 : 0))
        }
        #expect(await events(of: stream) == [.failed(.poison(deathCount: 3))])
        queue.requeue([sequence(2).sequence])
        #expect(queue.snapshot().depth == 0)
    }
}
