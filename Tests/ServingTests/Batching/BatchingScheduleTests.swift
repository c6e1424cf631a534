import Serving
import Testing

@Suite("Random schedules under every batching policy")
struct BatchingScheduleTests {
    /// Schedules per policy; 2,400 in all.
    static let schedulesPerPolicy: UInt64 = 300

    @Test(
        "every sequence is handed out and ends exactly once, whoever dies, drains or hangs up",
        arguments: 0..<8)
    func schedules(policy: Int) throws {
        var count = 0
        var longestWait = Duration.zero
        for seed in 0..<Self.schedulesPerPolicy {
            var simulation = BatchingSimulation(seed: seed, policy: allPolicies()[policy])
            do {
                try simulation.run()
            } catch {
                Issue.record("schedule \(seed): \(error)")
                continue
            }
            let ends = simulation.ends.values
            #expect(ends.count == simulation.count && ends.allSatisfy { $0 == 1 }, "schedule \(seed)")
            count += simulation.count
            longestWait = max(longestWait, simulation.longestWait)
        }
        // The schedules are worth something only if much happens in them.
        #expect(count > 30_000 && longestWait > .milliseconds(100))
    }
}
