import Serving
import Testing

@Suite("Random schedules of two readers on one queue")
struct ScheduleTests {
    /// Schedules per test case; with 32 cases there are 3,200.
    static let schedulesPerCase: UInt64 = 100

    @Test(
        "every frame is consistent, and every request ends once with the tokens of its solo run",
        arguments: 0..<UInt64(32))
    func schedules(batch: UInt64) async throws {
        var stepCount = 0
        var deathCount = 0
        var tokenCount = 0
        var preemptionCount = 0
        var cachedTokenCount = 0
        var copiedBlockCount = 0
        for seed in batch * Self.schedulesPerCase..<(batch + 1) * Self.schedulesPerCase {
            var simulation = ScheduleSimulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                Issue.record("schedule \(seed): \(error)")
                continue
            }
            for request in simulation.requests.values {
                // A request that never ended has an open stream, which would be waited for for ever.
                guard request.closingCount > 0 else {
                    Issue.record("schedule \(seed): \(request.request.id) never ended")
                    continue
                }
                let events = await events(of: request.stream)
                if let fault = request.fault(in: events) { Issue.record("schedule \(seed): \(fault)") }
                tokenCount += request.tokenCount
            }
            stepCount += simulation.stepCount
            deathCount += simulation.deathCount
            preemptionCount += simulation.preemptionCount
            cachedTokenCount += simulation.cachedTokenCount
            copiedBlockCount += simulation.copiedBlockCount
        }
        // The schedules are worth something only if much happens in them.
        #expect(stepCount > 5_000 && deathCount > 150 && tokenCount > 5_000)
        #expect(preemptionCount > 20)
        #expect(cachedTokenCount > 1_000)
        #expect(copiedBlockCount > 100)
    }
}
