import Testing

@testable import Controller

@Suite struct RestartPolicyTests {
    @Test func failedStartsWaitTwiceAsLongEachTimeUpToThirtySeconds() {
        var policy = RestartPolicy()
        let waits = (0..<9).map { _ in policy.died(in: .loading).inSeconds }
        #expect(waits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30])
    }

    @Test func aReaderThatServedRestartsAtOnce() {
        var policy = RestartPolicy()
        _ = policy.died(in: .loading)
        #expect(policy.died(in: .serving(stepCount: 1, age: .zero)) == .zero)
        // The success has been forgotten about: the next failed start waits the shortest time.
        #expect(policy.died(in: .loading) == .milliseconds(250))
    }

    @Test(arguments: [(Duration.milliseconds(4999), 0.25), (.seconds(5), 0)])
    func aDeathWithoutAStepCountsAsAFailedStartForFiveSeconds(_ age: Duration, _ wait: Double) {
        var policy = RestartPolicy()
        #expect(policy.died(in: .serving(stepCount: 0, age: age)).inSeconds == wait)
    }
}
