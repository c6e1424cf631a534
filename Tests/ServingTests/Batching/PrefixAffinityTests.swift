import Serving
import Testing

@Suite("Sequences whose prefix a reader holds")
struct PrefixAffinityTests {
    var queue = QueueState(settings: settings(maxQueue: 100))
    var streams: [TokenStream] = []
    let a = ReaderSeat(readerID: "a")
    let b = ReaderSeat(readerID: "b")

    init() {
        // Both have asked before, and have room.
        for seat in [a, b] {
            seat.freeCount = 4
            _ = queue.offer(to: room(of: seat), at: .zero)
        }
    }

    func room(of seat: ReaderSeat, free: Int = 4, mayWait: Bool = true) -> ReaderRoom {
        var room = ServingTests.room(free: free, mayWait: mayWait)
        room.seat = seat
        return room
    }

    mutating func enqueue(_ id: UInt64, for readers: [String], at milliseconds: Int = 0) {
        var (queued, stream) = sequence(id)
        streams.append(stream)
        queued.preferredReaders = readers
        queue.enqueue([queued], now: .milliseconds(milliseconds))
    }

    mutating func expectTaken(
        _ expected: [UInt64], by seat: ReaderSeat, at milliseconds: Int, free: Int = 4, mayWait: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let room = room(of: seat, free: free, mayWait: mayWait)
        let offer = queue.offer(to: room, at: .milliseconds(milliseconds))
        #expect(offer.sequences.map(\.request.id.rawValue) == expected, sourceLocation: sourceLocation)
    }

    @Test("others pass one over for 50 ms and take those behind it; its reader takes it at once")
    mutating func passing() {
        enqueue(1, for: ["a"])
        enqueue(2, for: [])
        enqueue(3, for: ["a", "b"])
        enqueue(4, for: ["a"], at: 10)
        expectTaken([2, 3], by: b, at: 10)
        let offer = queue.offer(to: room(of: b), at: .milliseconds(20))
        #expect(offer.sequences.isEmpty && offer.askAgain == .milliseconds(50))
        expectTaken([1], by: b, at: 50)
        #expect(queue.depth == 1)
        expectTaken([4], by: a, at: 50)
    }

    @Test("a reader that is full, that takes nothing, that is unknown or gone keeps nobody waiting")
    mutating func unavailable() {
        a.freeCount = 0
        enqueue(1, for: ["a"])
        expectTaken([1], by: b, at: 1)
        enqueue(2, for: ["stranger"], at: 1)
        expectTaken([2], by: b, at: 1)
        a.freeCount = 4
        enqueue(3, for: ["a"], at: 1)
        expectTaken([], by: b, at: 2)
        queue.forget("a")
        expectTaken([3], by: b, at: 2)
    }

    @Test("a reader is left no more than it has room for, and of several any one with room counts")
    mutating func claims() {
        a.freeCount = 2
        let c = ReaderSeat(readerID: "c")
        c.freeCount = 1
        _ = queue.offer(to: room(of: c, free: 1), at: .zero)
        for id in UInt64(1)...4 { enqueue(id, for: ["a"]) }
        enqueue(5, for: ["stranger", "c", "a"])
        expectTaken([3, 4], by: b, at: 1)
        expectTaken([1, 2], by: a, at: 1, free: 2)
        expectTaken([5], by: c, at: 1)
    }

    @Test("a sequence that came back belongs to anyone, and so does everything once readers drain")
    mutating func cameBack() {
        enqueue(1, for: ["a"])
        let held = queue.offer(to: room(of: a), at: .zero).sequences
        #expect(held.count == 1)
        let poison = queue.requeue(held)
        #expect(poison.isEmpty)
        expectTaken([1], by: b, at: 1)
        enqueue(2, for: ["a"], at: 1)
        expectTaken([2], by: b, at: 1, mayWait: false)
    }

    @Test("no more than 64 are passed over in one take")
    mutating func limit() {
        a.freeCount = 1000
        for id in UInt64(1)...70 { enqueue(id, for: ["a"]) }
        expectTaken([65, 66, 67, 68, 69, 70], by: b, at: 1, free: 9)
    }

    @Test("urgency counts before affinity: what is passed over keeps its place")
    mutating func order() {
        var (urgent, stream) = sequence(9, priority: 0)
        urgent.preferredReaders = ["a"]
        enqueue(1, for: [])
        queue.enqueue([urgent], now: .milliseconds(1))
        expectTaken([1], by: b, at: 2)
        enqueue(2, for: [], at: 3)
        expectTaken([9, 2], by: a, at: 3)
        withExtendedLifetime(stream) {}
    }
}
