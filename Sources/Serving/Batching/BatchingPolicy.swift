/// Decides when a reader takes how many of its consumer group's waiting sequences (docs/BATCHING.md).
///
/// A value without clock or I/O. The queue owns it and asks it each time a reader with room asks the queue; which
/// sequences are taken is the queue's to say (best first). While sequences wait and the reader holds none, a policy
/// gives at least one or names a time: nothing starves.
package protocol BatchingPolicy: Sendable {
    /// Whether `decide` looks at `ReaderRoom.pressure`, which costs the reader a look at the machine.
    var usesPressure: Bool { get }

    /// Takes note of sequences that arrived at `now`. What a reader gives back does not arrive again.
    mutating func noteArrivals(_ count: Int, at now: Duration)

    /// What a reader with this room may take of what waits, at least one sequence.
    func decide(_ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration) -> BatchingDecision
}

extension BatchingPolicy {
    /// Most policies do not look at the machine.
    package var usesPressure: Bool { false }

    /// Most policies have no history.
    package mutating func noteArrivals(_ count: Int, at now: Duration) {}
}

/// A policy's answer.
package enum BatchingDecision: Equatable, Sendable {
    /// Take up to this many now, at least one.
    case take(Int)
    /// Take none; ask again at this time, at the next arrival, or when the reader holds fewer sequences. nil: there is
    /// no such time, and the reader holds sequences whose end is waited for.
    case wait(until: Duration?)
}

/// What waits in a queue at one moment.
package struct WaitingWork: Equatable, Sendable {
    /// Sequences.
    package internal(set) var count = 0
    /// Tokens of their prompts.
    package internal(set) var promptTokenCount = 0
    /// Sequences by priority, `0 ... GenerationRequest.priorityMax`.
    package internal(set) var counts = [Int](repeating: 0, count: GenerationRequest.priorityMax + 1)
    /// When the first in line of all priorities arrived; zero if nothing waits.
    package internal(set) var oldestArrival: Duration = .zero

    /// Nothing waits.
    package init() {}

    /// Sequences of this priority and more urgent ones.
    package func count(upTo priority: Int) -> Int {
        counts[...priority].reduce(0, +)
    }

    /// Takes note of a sequence that came (1) or went (-1).
    mutating func change(by sign: Int, _ request: GenerationRequest) {
        count += sign
        promptTokenCount += sign * request.promptIDs.count
        counts[request.priority] += sign
    }
}

/// A reader that asks for sequences.
package struct ReaderRoom: Sendable {
    /// Whose room it is.
    package var seat: ReaderSeat
    /// Sequences it holds.
    package var heldCount: Int
    /// Sequences it may still take, at least one.
    package var freeCount: Int
    /// Prompt tokens that one of its steps takes in: what waits beyond that gains nothing by waiting for more.
    package var stepTokenCount: Int
    /// How pressed its machine is, 0 to 1; 0 if the policy does not ask.
    package var pressure: Double
    /// Whether it takes part in batching; a reader that drains takes what there is.
    package var mayWait: Bool

    /// Makes the room of a reader.
    package init(
        seat: ReaderSeat, heldCount: Int, freeCount: Int, stepTokenCount: Int, pressure: Double, mayWait: Bool
    ) {
        self.seat = seat
        self.heldCount = heldCount
        self.freeCount = freeCount
        self.stepTokenCount = stepTokenCount
        self.pressure = pressure
        self.mayWait = mayWait
    }

    /// Sequences it can hold.
    package var capacity: Int { heldCount + freeCount }

    /// The same room with at most `limit` sequences in it, those it holds included; nil is no limit.
    func limited(to limit: Int?) -> ReaderRoom {
        guard let limit else { return self }
        var room = self
        room.freeCount = max(0, min(freeCount, limit - heldCount))
        return room
    }
}
