import Testing

@testable import Serving

/// `count` sequences of 10 prompt tokens, the oldest of which arrived at `oldest`.
func waiting(_ count: Int, oldest: Duration = .zero, priority: Int = 5, tokens: Int = 10) -> WaitingWork {
    var work = WaitingWork()
    for id in 0..<count { work.change(by: 1, request(UInt64(id), promptCount: tokens, priority: priority)) }
    work.oldestArrival = oldest
    return work
}

/// Every policy, with small numbers.
func allPolicies(window: Duration = .milliseconds(100)) -> [any BatchingPolicy] {
    let load = LoadBatching(minBatch: 1, maxBatch: 12, pressures: 0.25...0.75)
    return [
        ContinuousBatching(), StaticBatching(window: window, maxBatch: 4),
        WindowBatching(window: window, minBatch: 5, maxBatch: 8),
        AdaptiveBatching(window: window, maxBatch: nil), load,
        PredictiveBatching(window: window, maxBatch: nil),
        PriorityBatching(urgentPriority: 2, reservedSlots: 2),
        HybridBatching(window: window, load: load, urgentPriority: 2),
    ]
}

@Suite("Batching policies whose answer depends on the moment alone")
struct BatchingPolicyTests {
    @Test("continuous gives what there is room for", arguments: [(1, 16, 1), (9, 4, 4), (4, 4, 4)])
    func continuous(count: Int, free: Int, taken: Int) {
        let policy = ContinuousBatching()
        #expect(policy.decide(waiting(count), room(held: 3, free: free), at: .zero) == .take(taken))
        #expect(!policy.usesPressure)
    }

    @Test("static fills a batch or waits out its window, and gives nothing beside a batch that runs")
    func fixed() {
        var policy = StaticBatching(window: .milliseconds(100), maxBatch: 4)
        let oldest = Duration.milliseconds(20)
        let early = Duration.milliseconds(119)
        #expect(
            policy.decide(waiting(3, oldest: oldest), room(), at: early) == .wait(until: .milliseconds(120)))
        #expect(policy.decide(waiting(3, oldest: oldest), room(), at: .milliseconds(120)) == .take(3))
        #expect(policy.decide(waiting(9, oldest: oldest), room(), at: early) == .take(4))
        #expect(policy.decide(waiting(9), room(held: 1, free: 15), at: .seconds(9)) == .wait(until: nil))
        // A reader that holds two at most has a full batch with two.
        #expect(policy.decide(waiting(2), room(free: 2), at: .zero) == .take(2))
        policy = StaticBatching(window: .milliseconds(100), maxBatch: nil)
        #expect(policy.decide(waiting(15), room(), at: .zero) == .wait(until: .milliseconds(100)))
        #expect(policy.decide(waiting(16), room(), at: .zero) == .take(16))
    }

    @Test("a window of 100 ms and 5 gives five at once, fewer after 100 ms, and holds the maximum at most")
    func window() {
        let policy = WindowBatching(window: .milliseconds(100), minBatch: 5, maxBatch: 8)
        #expect(policy.decide(waiting(4), room(), at: .milliseconds(99)) == .wait(until: .milliseconds(100)))
        #expect(policy.decide(waiting(4), room(), at: .milliseconds(100)) == .take(4))
        #expect(policy.decide(waiting(1), room(), at: .milliseconds(100)) == .take(1))
        #expect(policy.decide(waiting(5), room(), at: .zero) == .take(5))
        #expect(policy.decide(waiting(20), room(), at: .zero) == .take(8))
        #expect(policy.decide(waiting(20), room(held: 6, free: 10), at: .zero) == .take(2))
        #expect(policy.decide(waiting(20), room(held: 8, free: 8), at: .seconds(9)) == .wait(until: nil))
        // A reader of two sequences never sees five: two are its minimum.
        #expect(policy.decide(waiting(2), room(free: 2), at: .zero) == .take(2))
    }

    @Test(
        "the load's limit falls from the maximum to the minimum between the two pressures",
        arguments: [(0.0, 12), (0.25, 12), (0.5, 7), (0.7499, 2), (0.75, 2), (1.0, 2)])
    func load(pressure: Double, limit: Int) {
        let policy = LoadBatching(minBatch: 2, maxBatch: 12, pressures: 0.25...0.75)
        #expect(policy.usesPressure)
        #expect(policy.decide(waiting(99), room(pressure: pressure), at: .zero) == .take(limit))
        let full = room(held: limit, free: 16 - limit, pressure: pressure)
        #expect(policy.decide(waiting(99), full, at: .seconds(4)) == .wait(until: .seconds(5)))
    }

    @Test("a load policy with one pressure switches there, and never holds more than the reader can")
    func loadSwitch() {
        let policy = LoadBatching(minBatch: 4, maxBatch: 40, pressures: 0.5...0.5)
        #expect(policy.decide(waiting(99), room(pressure: 0.49), at: .zero) == .take(16))
        #expect(policy.decide(waiting(99), room(pressure: 0.5), at: .zero) == .take(4))
        #expect(policy.decide(waiting(99), room(free: 2, pressure: 1), at: .zero) == .take(2))
    }

    @Test("urgent sequences take all places, others leave the reserve free")
    func priority() {
        let policy = PriorityBatching(urgentPriority: 2, reservedSlots: 2)
        #expect(policy.decide(waiting(20), room(), at: .zero) == .take(14))
        #expect(policy.decide(waiting(20), room(held: 14, free: 2), at: .zero) == .wait(until: nil))
        #expect(policy.decide(waiting(20, priority: 2), room(held: 14, free: 2), at: .zero) == .take(2))
        #expect(policy.decide(waiting(1, priority: 0), room(held: 15, free: 1), at: .zero) == .take(1))
        var mixed = waiting(3, priority: 0)
        for id in 0..<20 { mixed.change(by: 1, request(UInt64(id), priority: 3)) }
        #expect(policy.decide(mixed, room(), at: .zero) == .take(14))
        #expect(policy.decide(mixed, room(held: 12, free: 4), at: .zero) == .take(3))
        // One place is nobody's reserve.
        #expect(policy.decide(waiting(1), room(free: 1), at: .zero) == .take(1))
    }

    @Test("while something waits and the reader holds nothing, every policy gives some or names a time")
    func nothingStarves() {
        for index in allPolicies().indices {
            for count in 1...40 {
                for free in [1, 2, 3, 16] {
                    for pressure in [0, 0.5, 1] {
                        var policy = allPolicies()[index]
                        for arrival in 0..<count { policy.noteArrivals(1, at: .milliseconds(arrival)) }
                        let room = room(free: free, pressure: pressure)
                        expectProgress(policy, waiting(count), room, from: .milliseconds(count))
                    }
                }
            }
        }
    }

    /// Asks at each named time; what waits must be given after some answers, within the longest wait.
    private func expectProgress(
        _ policy: any BatchingPolicy, _ work: WaitingWork, _ room: ReaderRoom, from start: Duration
    ) {
        var now = start
        for _ in 0..<4 {
            switch policy.decide(work, room, at: now) {
            case .take(let count):
                #expect(count >= 1 && count <= work.count && count <= room.freeCount, "\(policy)")
                #expect(now <= start + .milliseconds(100), "\(policy)")
                return
            case .wait(let end):
                guard let end, end > now else {
                    Issue.record("\(policy) names \(String(describing: end)) at \(now)")
                    return
                }
                now = end
            }
        }
        Issue.record("\(policy) gives nothing")
    }
}
