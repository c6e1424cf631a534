import Serving
import Testing
import WorkerMessages

@Suite("The order of waiting sequences")
struct QueueStateTests {
    var queue = QueueState(settings: settings(maxQueue: 100))
    var streams: [TokenStream] = []

    mutating func enqueue(_ id: UInt64, priority: Int, at seconds: Int64) {
        let (queued, stream) = sequence(id, priority: priority)
        streams.append(stream)
        queue.enqueue([queued], now: .seconds(seconds))
    }

    mutating func expectTaken(
        _ expected: [UInt64], upTo count: Int = 100, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let ids = queue.take(upTo: count).sequences.map(\.request.id.rawValue)
        #expect(ids == expected, sourceLocation: sourceLocation)
    }

    @Test("equal priorities are first come, first served")
    mutating func arrival() {
        for id in UInt64(1)...5 { enqueue(id, priority: 5, at: 0) }
        expectTaken([1, 2], upTo: 2)
        expectTaken([], upTo: 0)
        expectTaken([3, 4, 5])
        expectTaken([])
    }

    @Test("more urgent ones go first, whatever the order of arrival")
    mutating func priority() {
        for (id, priority) in [(UInt64(1), 9), (2, 0), (3, 5), (4, 0)] {
            enqueue(id, priority: priority, at: 0)
        }
        expectTaken([2, 4, 3, 1])
    }

    @Test(
        "one that waited an interval longer per step of priority goes first",
        arguments: [(44, [2, 1]), (45, [2, 1]), (46, [1, 2])] as [(Int64, [UInt64])])
    mutating func aging(secondArrival: Int64, order: [UInt64]) {
        enqueue(1, priority: 9, at: 0)
        enqueue(2, priority: 0, at: secondArrival)
        expectTaken(order)
    }

    @Test("a sequence knows how many are to be taken before it when it arrives")
    mutating func positions() {
        for (id, priority, seconds) in [
            (UInt64(1), 9, Int64(0)), (2, 5, 10), (3, 5, 10), (4, 0, 10), (5, 5, 10), (6, 0, 46), (7, 9, 46),
        ] { enqueue(id, priority: priority, at: seconds) }
        // When the sixth comes, the first has waited for more than the nine intervals of 5 s between their priorities.
        #expect(streams.map(\.timeline.queuePosition) == [0, 0, 1, 0, 3, 5, 6])
        expectTaken([4, 2, 3, 5, 1, 6, 7])
    }

    @Test("the limit itself is room, one past it is not")
    mutating func limit() {
        queue = QueueState(settings: settings(maxQueue: 3))
        enqueue(1, priority: 5, at: 0)
        #expect(queue.missingPlaceCount(for: 2) == 0)
        #expect(queue.missingPlaceCount(for: 3) == 1)
        #expect(queue.depth == 1 && queue.oldestArrival == .zero)
    }

    @Test("requeued sequences go to the front of their priority in their order, past the limit if need be")
    mutating func requeue() {
        queue = QueueState(settings: settings(maxQueue: 2))
        enqueue(1, priority: 5, at: 0)
        enqueue(2, priority: 5, at: 0)
        let held = queue.take(upTo: 2).sequences
        enqueue(3, priority: 5, at: 1)
        enqueue(4, priority: 0, at: 1)
        let poison = queue.requeue(held)
        #expect(poison.isEmpty)
        #expect(queue.depth == 4 && queue.missingPlaceCount(for: 1) == 3)
        expectTaken([4, 1, 2, 3])
    }

    @Test("cancelled sequences are passed over and named, or removed at once")
    mutating func cancelled() {
        for id in UInt64(1)...4 { enqueue(id, priority: 5, at: 0) }
        let all = queue.take(upTo: 4).sequences
        _ = queue.requeue(all)
        all[0].handle.cancel()
        let taken = queue.take(upTo: 1)
        #expect(taken.sequences.map(\.request.id.rawValue) == [2])
        #expect(taken.cancelled.map(\.requestID.rawValue) == [1])
        all[2].handle.cancel()
        let removed = queue.removeCancelled()
        #expect(removed.map(\.requestID.rawValue) == [3])
        #expect(queue.depth == 1)
    }

    @Test("a sequence that runs alone is taken first and by itself, or left; one death more and it fails")
    mutating func suspects() {
        enqueue(1, priority: 5, at: 0)
        enqueue(2, priority: 5, at: 0)
        enqueue(3, priority: 5, at: 0)
        let limits = SchedulerLimits(maxBatchSize: 1, maxSequenceLength: 64, prefillChunk: 8)
        var all = queue.take(upTo: 3).sequences
        func dieWith(_ queued: QueuedSequence) -> QueuedSequence {
            var frame = StepFrame()
            var reader = Scheduler(limits: limits)
            reader.admit(queued)
            _ = reader.planStep(into: &frame)
            return reader.evacuate(.death)[0]
        }
        all[1] = dieWith(dieWith(all[1]))
        let innocent = queue.requeue(all)
        #expect(innocent.isEmpty)
        expectTaken([1])
        let alone = queue.take(upTo: 5).sequences
        #expect(alone.map(\.request.id.rawValue) == [2])
        expectTaken([3])
        let poison = queue.requeue([dieWith(alone[0])])
        #expect(poison.map(\.barrenDeathCount) == [3])
        #expect(queue.depth == 0)
    }

    @Test("removing all empties every priority")
    mutating func removeAll() {
        for id in UInt64(0)...9 { enqueue(id, priority: Int(id), at: 0) }
        let all = queue.removeAll()
        #expect(all.count == 10)
        #expect(queue.depth == 0 && queue.oldestArrival == nil)
    }
}
