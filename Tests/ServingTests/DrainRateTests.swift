import Serving
import Testing

@Suite("How fast a queue drains")
struct DrainRateTests {
    let bounds = Duration.seconds(1)...Duration.seconds(60)

    @Test("without a take the longest wait is named")
    func unmeasured() {
        #expect(DrainRate().wait(forWork: 1, now: .seconds(9), bounds: bounds) == .seconds(60))
    }

    @Test(
        "the wait is the work over the work taken a second since the oldest take, within bounds",
        arguments: [(Int64(20), 300.0, Int64(6)), (10, 500, 5), (10, 100, 1), (10, 100_000, 60)])
    func measured(now: Int64, work: Double, seconds: Int64) {
        var rate = DrainRate()
        rate.note(isWaiting: true, now: .zero)
        for second in 0..<10 { rate.record(workTokenCount: 100, now: .seconds(second)) }
        #expect(rate.wait(forWork: work, now: .seconds(now), bounds: bounds) == .seconds(seconds))
    }

    @Test("long sequences count for more than short ones")
    func tokens() {
        var rate = DrainRate()
        rate.note(isWaiting: true, now: .zero)
        rate.record(workTokenCount: 900, now: .zero)
        rate.record(workTokenCount: 100, now: .seconds(10))
        #expect(rate.wait(forWork: 100, now: .seconds(20), bounds: bounds) == .seconds(2))
        #expect(rate.wait(forWork: 2000, now: .seconds(20), bounds: bounds) == .seconds(40))
    }

    @Test("only the last 64 takes count")
    func window() {
        var rate = DrainRate()
        rate.note(isWaiting: true, now: .zero)
        for _ in 0..<1000 { rate.record(workTokenCount: 1, now: .zero) }
        for _ in 0..<64 { rate.record(workTokenCount: 1, now: .seconds(100)) }
        #expect(rate.wait(forWork: 2, now: .seconds(228), bounds: bounds) == .seconds(4))
    }

    @Test("time in which nothing waits does not count")
    func idle() {
        var rate = DrainRate()
        rate.note(isWaiting: true, now: .zero)
        rate.record(workTokenCount: 10, now: .zero)
        rate.record(workTokenCount: 10, now: .seconds(4))
        rate.note(isWaiting: false, now: .seconds(4))
        rate.note(isWaiting: false, now: .seconds(1000))
        rate.note(isWaiting: true, now: .seconds(3600))
        rate.note(isWaiting: true, now: .seconds(3602))
        // 20 tokens in the 4 s and 6 s in which something waited.
        #expect(rate.wait(forWork: 20, now: .seconds(3606), bounds: bounds) == .seconds(10))
    }
}
