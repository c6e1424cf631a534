import Synchronization
import Testing
import WorkerMessages

@testable import Serving

extension ConsumerGroup {
    /// Submits requests that were prepared for the tests' identity.
    fileprivate nonisolated func submit(_ requests: [GenerationRequest]) throws(ServingError) -> [TokenStream]
    {
        try submit(requests, prepared: ConsumerGroupTests.identity)
    }
}

@Suite("Consumer groups")
struct ConsumerGroupTests {
    static let identity = ReaderIdentity(
        checkpointDigest: "0123456789abcdef", quantType: "f32", kvCacheType: "f32", maxSequenceLength: 64)
    let clock = ManualClock()

    func makeGroup(maxQueue: Int = 4) -> ConsumerGroup {
        let seeds = SeedSource()
        return ConsumerGroup(
            name: "primary", settings: settings(maxQueue: maxQueue), clock: clock.serving,
            drawSeed: { seeds.next() })
    }

    /// 100, 101, 102, …
    final class SeedSource: Sendable {
        private let last = Atomic<UInt64>(99)

        func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
    }

    func makeReadyGroup(maxQueue: Int = 4) async throws -> ConsumerGroup {
        let group = makeGroup(maxQueue: maxQueue)
        try await group.attach("a", identity: Self.identity)
        await group.markReady("a")
        return group
    }

    @Test("a list is admitted in order, each request with its own seed or a drawn one")
    func submit() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1), request(2, parameters(seed: 5)), request(3)])
        #expect(streams.map(\.requestID.rawValue) == [1, 2, 3])
        let taken = group.queue.take(upTo: 9)
        #expect(taken.map(\.request.parameters.sampling.seed) == [100, 5, 102])
        taken[1].handle.deliver(.token(8))
        taken[1].handle.deliver(.finished(.length))
        #expect(await events(of: streams[1]) == [.token(8), .finished(.length)])
    }

    @Test("what begins like something in a reader's cache is left to that reader for a moment")
    func prefixAffinity() async throws {
        let group = try await makeReadyGroup()
        let prompt = request(1, promptCount: 40)
        var changes = PrefixChanges()
        changes.added = [BlockKey.root.next(prompt.promptIDs[..<SchedulerLimits.blockSize])]
        group.prefixes.update("a", changes)
        let (holder, other) = (room("a"), room("b"))
        holder.seat.freeCount = 1
        _ = group.queue.offer(to: holder)
        let streams = try group.submit([prompt, request(2, promptCount: 20)])
        #expect(group.queue.offer(to: other).sequences.map(\.request.id.rawValue) == [2])
        let deferral = group.queue.offer(to: other).deferral
        #expect(deferral?.askAgain == .milliseconds(50))
        #expect(group.queue.offer(to: holder).sequences.map(\.preferredReaders) == [["a"]])
        let more = try group.submit([prompt])
        await group.detach("a")
        #expect(group.queue.offer(to: other).sequences.count == 1)
        withExtendedLifetime([streams, more]) {}
    }

    @Test("a prompt one token short of max_sequence_length is served, one of that length is not")
    func promptLength() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1, promptCount: 63)])
        #expect(group.queue.take(upTo: 1).map(\.newTokenCountMax) == [1])
        #expect(throws: ServingError.promptTooLong(count: 64, limit: 64)) {
            try group.submit([request(2, promptCount: 64)])
        }
        #expect(throws: ServingError.emptyPrompt) {
            try group.submit([request(3, promptCount: 0)])
        }
        withExtendedLifetime(streams) {}
    }

    @Test("one wrong request refuses its whole list")
    func wholeList() async throws {
        let group = try await makeReadyGroup()
        #expect(
            throws: ServingError.invalidParameter(name: "priority", value: "10", allowed: "0 to 9")
        ) { try group.submit([request(1), request(2, priority: 10)]) }
        #expect(throws: ServingError.listTooLong(count: 5, limit: 4)) {
            try group.submit((1...5).map { request($0) })
        }
        #expect(await group.snapshot().queue.depth == 0)
        let streams = try group.submit((1...4).map { request($0, priority: $0 < 3 ? 0 : 9) })
        #expect(streams.count == 4)
        let full = ServingError.full(limit: 4, depth: 4, requested: 1, retryAfter: .seconds(60))
        #expect(throws: full) { try group.submit([request(9)]) }
        withExtendedLifetime(streams) {}
    }

    @Test("without a ready reader requests are refused at once")
    func noReader() async throws {
        let group = makeGroup()
        let refusal = ServingError.noReader(group: "primary", retryAfter: .seconds(1))
        #expect(throws: refusal) { try group.submit([request(1)]) }
        try await group.attach("a", identity: Self.identity)
        #expect(throws: refusal) { try group.submit([request(1)]) }
        await group.markReady("a")
        #expect(try group.submit([request(1)]).count == 1)
        await group.markUnavailable("a")
        #expect(throws: refusal) { try group.submit([request(1)]) }
        await group.markReady("unknown")
        #expect(throws: refusal) { try group.submit([request(1)]) }
    }

    @Test("the first reader sets the identity, and another one is refused naming both")
    func identity() async throws {
        let group = makeGroup()
        try await group.attach("a", identity: Self.identity)
        try await group.attach("b", identity: Self.identity)
        var other = Self.identity
        other.maxSequenceLength = 128
        let refusal = ServingError.identityMismatch(group: "primary", current: Self.identity, offered: other)
        await #expect(throws: refusal) { try await group.attach("c", identity: other) }
        #expect("\(refusal)".contains("max_sequence_length 64; a reader with"))
        #expect("\(refusal)".contains("max_sequence_length 128 cannot join it"))
        await group.detach("a")
        await #expect(throws: refusal) { try await group.attach("c", identity: other) }
        await group.detach("b")
        try await group.attach("c", identity: other)
        let snapshot = await group.snapshot()
        #expect(snapshot.identity == other && snapshot.attachedReaderCount == 1)
        #expect(snapshot.readyReaderCount == 0)
    }

    @Test("waiting requests keep the identity of the readers they were meant for")
    func identityWithQueue() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1)])
        await group.detach("a")
        var other = Self.identity
        other.checkpointDigest = "fedcba"
        await #expect(throws: ServingError.self) { try await group.attach("b", identity: other) }
        try await group.attach("b", identity: Self.identity)
        withExtendedLifetime(streams) {}
    }

    @Test("a request that was prepared for another model than the group serves now is refused")
    func replacedModel() async throws {
        let group = makeGroup()
        var other = Self.identity
        other.checkpointDigest = "fedcba"
        try await group.attach("b", identity: other)
        await group.markReady("b")
        let refusal = ServingError.modelReplaced(group: "primary", retryAfter: .seconds(1))
        #expect(throws: refusal) { try group.submit([request(1)], prepared: Self.identity) }
        #expect(try group.submit([request(1)], prepared: other).count == 1)
    }

    @Test("queued requests outlive the last ready reader by queue_timeout, then fail")
    func queueTimeout() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1)])
        let running = Task { await group.run() }
        clock.advance(by: .seconds(5))
        await group.markUnavailable("a")
        await clock.waitForSleeper(until: .seconds(65))
        clock.advance(by: .seconds(59))
        #expect(await group.snapshot().queue.depth == 1)
        clock.advance(by: .seconds(1))
        #expect(
            await events(of: streams[0])
                == [.failed(.queueTimeout(group: "primary", limit: .seconds(60)))])
        running.cancel()
        await running.value
    }

    @Test("a reader that becomes ready in time saves them, and the next absence counts anew")
    func queueTimeoutAverted() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1)])
        let running = Task { await group.run() }
        await group.markUnavailable("a")
        await clock.waitForSleeper(until: .seconds(60))
        clock.advance(by: .seconds(30))
        await group.markReady("a")
        await group.markUnavailable("a")
        await clock.waitForSleeper(until: .seconds(90))
        clock.advance(by: .seconds(30))
        #expect(await group.snapshot().queue.depth == 1)
        clock.advance(by: .seconds(30))
        let events = await events(of: streams[0])
        #expect(events == [.failed(.queueTimeout(group: "primary", limit: .seconds(60)))])
        running.cancel()
        await running.value
    }

    @Test("readers that come and go without becoming ready give nobody more time", .timeLimit(.minutes(5)))
    func queueTimeoutCountsFromTheLastReadyReader() async throws {
        let group = try await makeReadyGroup()
        try await group.attach("b", identity: Self.identity)
        let streams = try group.submit([request(1)])
        let running = Task { await group.run() }
        await group.markUnavailable("a")
        await clock.waitForSleeper(until: .seconds(60))
        clock.advance(by: .seconds(30))
        await group.detach("b")
        try await group.attach("c", identity: Self.identity)
        await group.markUnavailable("c")
        #expect(await group.snapshot().queue.depth == 1)
        // Whether `run` has looked at these changes or not: the time is up at 60.
        for _ in 0..<100 { await Task.yield() }
        clock.advance(by: .seconds(30))
        let events = await events(of: streams[0])
        #expect(events == [.failed(.queueTimeout(group: "primary", limit: .seconds(60)))])
        running.cancel()
        await running.value
    }

    @Test("a closed group serves what waits, a terminated one fails it")
    func closing() async throws {
        let group = try await makeReadyGroup()
        let streams = try group.submit([request(1), request(2)])
        group.close()
        #expect(throws: ServingError.draining(group: "primary")) {
            try group.submit([request(3)])
        }
        let taken = group.queue.take(upTo: 1)
        #expect(taken.count == 1)
        group.terminate()
        #expect(await events(of: streams[1]) == [.failed(.draining(group: "primary"))])
        group.queue.requeue(taken)
        #expect(await events(of: streams[0]) == [.failed(.draining(group: "primary"))])
    }
}
