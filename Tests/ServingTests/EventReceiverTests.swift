import Serving
import Synchronization
import Testing
import WorkerMessages

/// Sequences whose events somebody takes as they come.
struct EventReceiverTests {
    private final class Record: EventReceiver {
        let events = Mutex<[TokenEvent]>([])
        let wakeCount = Mutex(0)

        func take(_ event: TokenEvent) { events.withLock { $0.append(event) } }
        func wake() { wakeCount.withLock { $0 += 1 } }
    }

    private static let identity = ReaderIdentity(
        checkpointDigest: "d", quantType: "f32", kvCacheType: "f32", maxSequenceLength: 64)

    private func group() async throws -> ConsumerGroup {
        let group = ConsumerGroup(
            name: "g", settings: settings(), clock: ManualClock().serving, drawSeed: { 42 })
        try await group.attach("r", identity: Self.identity)
        await group.markReady("r")
        return group
    }

    @Test(
        "events come in order, a closing one is the last, and a wake comes with each that is delivered by itself"
    )
    func order() async throws {
        let group = try await group()
        let records = [Record(), Record()]
        let handles = try group.submit([request(1), request(2)], prepared: Self.identity) {
            records[$0]
        }
        let sequences = group.queue.take(upTo: 2)
        #expect(sequences.map(\.request.id.rawValue) == [1, 2])
        #expect(handles.map(\.requestID.rawValue) == [1, 2])
        sequences[1].handle.deliver(.token(7))
        sequences[1].handle.deliver(.finished(.length))
        sequences[1].handle.deliver(.token(8))
        #expect(records[1].events.withLock { $0 } == [.token(7), .finished(.length)])
        #expect(records[1].wakeCount.withLock { $0 } == 3)
        #expect(records[0].events.withLock { $0 }.isEmpty && handles[1].timeline.tokenCount == 2)
    }

    @Test("actions of a step hand over first and wake afterwards")
    func wake() async throws {
        let group = try await group()
        let record = Record()
        let wanted = request(1, parameters(maxNewTokens: 1))
        _ = try group.submit([wanted], prepared: Self.identity) { _ in record }
        var scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 1, maxSequenceLength: 64, prefillChunk: 8))
        scheduler.admit(group.queue.take(upTo: 1)[0])
        var frame = StepFrame()
        expectStep(&scheduler, &frame)
        let actions = try scheduler.apply(answer(frame, token: 5))
        for action in actions { action.perform() }
        #expect(record.events.withLock { $0 } == [.token(5), .finished(.length)])
        #expect(record.wakeCount.withLock { $0 } == 0)
        for action in actions { action.wake() }
        #expect(record.wakeCount.withLock { $0 } == 2)
    }

    @Test("whoever takes the events ends the sequence by its handle, in the queue as in a reader")
    func cancel() async throws {
        let group = try await group()
        let record = Record()
        let handles = try group.submit([request(1), request(2)], prepared: Self.identity) { _ in record }
        handles[0].cancel()
        #expect(group.queue.take(upTo: 2).map(\.request.id.rawValue) == [2])
        handles[1].stop()
        #expect(handles[1].isStopped && handles[1].timeline.end == .stopped)
        handles[0].deliver(.token(1))
        #expect(record.events.withLock { $0 }.isEmpty, "closed when it was passed over")
    }

    @Test("a group without a ready reader refuses them like all others")
    func refusal() async throws {
        let group = try await group()
        await group.markUnavailable("r")
        #expect(throws: ServingError.noReader(group: "g", retryAfter: .seconds(1))) {
            _ = try group.submit([request(1)], prepared: Self.identity) { _ in Record() }
        }
    }
}
