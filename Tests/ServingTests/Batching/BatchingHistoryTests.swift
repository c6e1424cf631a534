import Testing

@testable import Serving

@Suite("Batching policies that look at past arrivals")
struct BatchingHistoryTests {
    @Test("adaptive: arrivals slower than one a window wait for nobody")
    func slow() {
        var policy = AdaptiveBatching(window: .milliseconds(50), maxBatch: nil)
        for number in 0..<20 {
            let now = Duration.milliseconds(number * 60)
            policy.noteArrivals(1, at: now)
            #expect(policy.decide(waiting(1, oldest: now), room(), at: now) == .take(1))
        }
    }

    @Test("adaptive: as many are waited for as a window brings, at most for the window")
    func fast() {
        var policy = AdaptiveBatching(window: .milliseconds(50), maxBatch: nil)
        for number in 0..<100 { policy.noteArrivals(1, at: .milliseconds(number * 10)) }
        let now = Duration.milliseconds(990)
        // Five arrive in a window: four wait for the fifth, until gaps are so long that four are all.
        #expect(policy.decide(waiting(5, oldest: now), room(), at: now) == .take(5))
        #expect(policy.decide(waiting(4, oldest: now), room(), at: now) == .wait(until: .milliseconds(1000)))
        #expect(policy.decide(waiting(1, oldest: now), room(), at: now) == .wait(until: .milliseconds(1015)))
        #expect(policy.decide(waiting(4, oldest: now), room(), at: .milliseconds(1000)) == .take(4))
        #expect(
            policy.decide(waiting(1, oldest: .milliseconds(960)), room(), at: now)
                == .wait(until: .milliseconds(1010)))
        #expect(policy.decide(waiting(1, oldest: .milliseconds(940)), room(), at: now) == .take(1))
    }

    @Test("adaptive: a full reader and a full step are waited for by nobody")
    func full() {
        var policy = AdaptiveBatching(window: .seconds(1), maxBatch: 6)
        for number in 0..<100 { policy.noteArrivals(1, at: .milliseconds(number)) }
        let now = Duration.milliseconds(99)
        #expect(policy.decide(waiting(3, oldest: now), room(held: 3, free: 13), at: now) == .take(3))
        #expect(policy.decide(waiting(2, oldest: now, tokens: 64), room(), at: now) == .take(2))
        #expect(policy.decide(waiting(2, oldest: now), room(held: 6, free: 10), at: now) == .wait(until: nil))
    }

    @Test("adaptive: after a silence the size follows the new rate within some arrivals")
    func change() {
        var policy = AdaptiveBatching(window: .milliseconds(50), maxBatch: nil)
        for number in 0..<10 { policy.noteArrivals(1, at: .seconds(number)) }
        let flood = Duration.seconds(20)
        var answers: [BatchingDecision] = []
        for number in 0..<64 {
            let now = flood + .milliseconds(number)
            policy.noteArrivals(1, at: now)
            answers.append(policy.decide(waiting(1, oldest: now), room(), at: now))
        }
        #expect(answers.first == .take(1))
        #expect(answers.last != .take(1))
    }

    @Test("hybrid: waits as adaptive does, but not for urgent ones, and holds what the load allows")
    func hybrid() {
        let load = LoadBatching(minBatch: 1, maxBatch: 12, pressures: 0.25...0.75)
        var policy = HybridBatching(window: .milliseconds(50), load: load, urgentPriority: 2)
        for number in 0..<100 { policy.noteArrivals(1, at: .milliseconds(number * 10)) }
        let now = Duration.milliseconds(990)
        #expect(policy.decide(waiting(4, oldest: now), room(), at: now) == .wait(until: .milliseconds(1000)))
        #expect(policy.decide(waiting(4, oldest: now, priority: 2), room(), at: now) == .take(4))
        #expect(policy.decide(waiting(99, oldest: now), room(pressure: 0.5), at: now) == .take(6))
        let full = room(held: 6, free: 10, pressure: 0.5)
        #expect(policy.decide(waiting(99, oldest: now), full, at: now) == .wait(until: now + .seconds(1)))
    }

    /// Lets surges of `count` arrivals, 5 ms apart, come every second from `start` on.
    private func surge(_ policy: inout PredictiveBatching, _ count: Int, seconds: Range<Int>) {
        for second in seconds {
            for number in 0..<count {
                policy.noteArrivals(1, at: .seconds(second) + .milliseconds(number * 5))
            }
        }
    }

    @Test("predictive: without history nobody waits")
    func noHistory() {
        var policy = PredictiveBatching(window: .milliseconds(100), maxBatch: nil)
        surge(&policy, 8, seconds: 0..<2)
        let now = Duration.seconds(1) + .milliseconds(35)
        #expect(policy.decide(waiting(8, oldest: .seconds(1)), room(), at: now) == .take(8))
        var other = PredictiveBatching(window: .milliseconds(100), maxBatch: nil)
        surge(&other, 8, seconds: 0..<1)
        other.noteArrivals(1, at: .seconds(7))
        #expect(other.decide(waiting(1, oldest: .seconds(7)), room(), at: .seconds(7)) == .take(1))
    }

    @Test(
        "predictive: the first of a surge wait until it has brought what surges bring, or the window is over")
    func inSurge() {
        var policy = PredictiveBatching(window: .milliseconds(100), maxBatch: nil)
        surge(&policy, 8, seconds: 0..<5)
        // A surge that begins out of rhythm.
        let start = Duration.seconds(9) + .milliseconds(300)
        policy.noteArrivals(1, at: start)
        let end = start + .milliseconds(35)
        #expect(policy.decide(waiting(1, oldest: start), room(), at: start) == .wait(until: end))
        #expect(policy.decide(waiting(1, oldest: start), room(), at: end) == .take(1))
        for number in 1..<8 { policy.noteArrivals(1, at: start + .milliseconds(number * 5)) }
        #expect(policy.decide(waiting(8, oldest: start), room(), at: end) == .take(8))
        var short = PredictiveBatching(window: .milliseconds(20), maxBatch: nil)
        surge(&short, 8, seconds: 0..<5)
        short.noteArrivals(1, at: start)
        #expect(
            short.decide(waiting(1, oldest: start), room(), at: start)
                == .wait(until: start + .milliseconds(20)))
        #expect(policy.decide(waiting(4, oldest: start, tokens: 40), room(), at: start) == .take(4))
    }

    @Test("predictive: what comes shortly before the next surge goes with it; stragglers hide no surge")
    func beforeSurge() {
        var policy = PredictiveBatching(window: .milliseconds(100), maxBatch: nil)
        surge(&policy, 8, seconds: 0..<6)
        // The sixth surge is remembered as soon as another row of arrivals has begun.
        let early = Duration.seconds(5) + .milliseconds(500)
        policy.noteArrivals(1, at: early)
        let late = Duration.seconds(5) + .milliseconds(950)
        policy.noteArrivals(1, at: late)
        var history = SurgeHistory(gapMax: .milliseconds(100))
        for second in 0..<6 {
            for number in 0..<8 { history.note(1, at: .seconds(second) + .milliseconds(number * 5)) }
        }
        history.note(1, at: early)
        #expect(history.expectedStart(after: early) == .seconds(6))
        history.note(1, at: late)
        #expect(history.expectedStart(after: late) == .seconds(6))
        #expect(history.expectedStart(after: .seconds(6)) == nil)
        #expect(
            policy.decide(waiting(1, oldest: late), room(), at: late + .milliseconds(36))
                == .wait(until: late + .milliseconds(100)))
        #expect(
            policy.decide(waiting(1, oldest: early), room(), at: late + .milliseconds(36)) == .take(1))
    }

    @Test("surges without a rhythm foretell no start")
    func noRhythm() {
        var history = SurgeHistory(gapMax: .milliseconds(100))
        for start in [0, 1, 3, 4, 9, 11] {
            for number in 0..<8 { history.note(1, at: .seconds(start) + .milliseconds(number)) }
        }
        history.note(1, at: .seconds(12))
        #expect(history.expectedStart(after: .seconds(12)) == nil)
    }
}
