import Serving
import Testing

@Suite("A queue with a batching policy")
struct QueueBatchingTests {
    let clock = ManualClock()
    static let window = WindowBatching(window: .milliseconds(100), minBatch: 3, maxBatch: nil)

    func makeQueue(_ policy: any BatchingPolicy = window) -> RequestQueue {
        RequestQueue(
            groupName: "primary", settings: settings(maxQueue: 100, batching: policy), clock: clock.serving)
    }

    func ids(_ offer: QueueOffer) -> [UInt64] { offer.sequences.map(\.request.id.rawValue) }

    @Test("what is held back is no work until more comes, until it is time, or until the reader holds fewer")
    func deferral() async throws {
        let queue = makeQueue()
        let (first, second, third) = (sequence(1), sequence(2), sequence(3))
        #expect(!queue.mayHaveWork(after: nil, heldCount: 0))
        try queue.enqueue([first.sequence])
        #expect(queue.mayHaveWork(after: nil, heldCount: 0))
        let offer = queue.offer(to: room(held: 2))
        let deferral = try #require(offer.deferral)
        #expect(offer.sequences.isEmpty && deferral.askAgain == .milliseconds(100))
        #expect(!queue.mayHaveWork(after: deferral, heldCount: 2))
        #expect(queue.mayHaveWork(after: deferral, heldCount: 1))
        try queue.enqueue([second.sequence])
        #expect(queue.mayHaveWork(after: deferral, heldCount: 2))
        let later = try #require(queue.offer(to: room(held: 2)).deferral)
        clock.advance(by: .milliseconds(100))
        #expect(queue.mayHaveWork(after: later, heldCount: 2))
        #expect(ids(queue.offer(to: room(held: 2))) == [1, 2])
        #expect(queue.offer(to: room()).deferral == nil)
        withExtendedLifetime([first.stream, second.stream, third.stream]) {}
    }

    @Test(
        "an idle reader waits for the named time, or for the arrival that fills the batch",
        .timeLimit(.minutes(5)))
    func waiting() async throws {
        let queue = makeQueue()
        let (first, second, third) = (sequence(1), sequence(2), sequence(3))
        try queue.enqueue([first.sequence])
        let deferral = queue.offer(to: room()).deferral
        let (seat, serving) = (ReaderSeat(readerID: "a"), clock.serving)
        queue.enter(seat)
        let waiter = Task { await seat.waitForWake(until: deferral?.askAgain, clock: serving) }
        await clock.waitForSleeper(until: .milliseconds(100))
        clock.advance(by: .milliseconds(100))
        await waiter.value
        #expect(ids(queue.offer(to: room())) == [1])
        try queue.enqueue([second.sequence])
        let other = queue.offer(to: room()).deferral
        #expect(other?.askAgain == .milliseconds(200))
        try queue.enqueue([third.sequence])
        await seat.waitForWake(until: other?.askAgain, clock: serving)
        #expect(clock.now.offset == .milliseconds(100) && queue.mayHaveWork(after: other, heldCount: 0))
        withExtendedLifetime([first.stream, second.stream, third.stream]) {}
    }

    @Test(
        "a reader that drains, and every reader of a closed queue, is given what there is, under every policy"
    )
    func drain() async throws {
        for policy in allPolicies(window: .seconds(50)) {
            let queue = makeQueue(policy)
            let (first, second) = (sequence(1, priority: 9), sequence(2, priority: 9))
            try queue.enqueue([first.sequence])
            #expect(ids(queue.offer(to: room(pressure: 1, mayWait: false))) == [1])
            try queue.enqueue([second.sequence])
            let deferral = queue.offer(to: room(held: 15, free: 1, pressure: 1)).deferral
            queue.close()
            #expect(deferral.map { queue.mayHaveWork(after: $0, heldCount: 15) } ?? true)
            if deferral != nil {
                #expect(ids(queue.offer(to: room(held: 15, free: 1, pressure: 1))) == [2])
            }
            #expect(queue.snapshot().depth == 0)
            withExtendedLifetime([first.stream, second.stream]) {}
        }
    }

    @Test("a requeued sequence is not held back again: it is older than any window")
    func requeued() async throws {
        let queue = makeQueue()
        let (first, stream) = sequence(1)
        try queue.enqueue([first])
        clock.advance(by: .milliseconds(100))
        let held = queue.offer(to: room()).sequences
        queue.requeue(held)
        #expect(ids(queue.offer(to: room())) == [1])
        withExtendedLifetime(stream) {}
    }

    @Test("clients that hang up while a batch fills are dropped, and the rest goes")
    func cancelled() async throws {
        let queue = makeQueue()
        let (first, second) = (sequence(1), sequence(2))
        try queue.enqueue([first.sequence, second.sequence])
        first.sequence.handle.cancel()
        clock.advance(by: .milliseconds(100))
        #expect(ids(queue.offer(to: room())) == [2])
        #expect(await events(of: first.stream) == [])
        withExtendedLifetime(second.stream) {}
    }
}
