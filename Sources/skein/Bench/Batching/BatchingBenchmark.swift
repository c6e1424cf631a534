import Controller
import Foundation
import Serving
import Topology

/// Runs every scenario at every load under every policy.
struct BatchingBenchmark {
    /// What a step takes.
    let cost: StepCost
    /// Who asks when.
    let scenarios: [ArrivalScenario]
    /// Percent of what continuous batching can do.
    let loadPercents: [Int]
    /// Policies with the defaults of their keys.
    let modes: [Batching]
    /// One reader's bounds.
    let limits: SchedulerLimits
    /// Readers before the queue.
    let readerCount: Int

    /// Simulates everything; says on stderr what it is doing.
    func run(requestCount: Int) throws -> BatchingReport {
        var report = BatchingReport(
            cost: cost, readers: readerCount, maxBatchSize: limits.maxBatchSize,
            prefillChunk: limits.prefillChunk,
            requests: requestCount,
            scenarios: Dictionary(scenarios.map { ($0.name, $0.summary) }) { first, _ in first })
        for scenario in scenarios {
            StandardError.write("\(scenario.name)\n")
            guard scenario.userCount == 0 else {
                for mode in modes {
                    report.entries.append(try entry(scenario, timeScale: 0, loadPercent: 0, mode))
                }
                continue
            }
            let capacity = try capacitySeconds(scenario)
            for percent in loadPercents {
                let span = capacity * 100 / Double(percent)
                for mode in modes {
                    report.entries.append(
                        try entry(scenario, timeScale: span / scenario.span, loadPercent: percent, mode))
                }
            }
        }
        return report
    }

    private func entry(
        _ scenario: ArrivalScenario, timeScale: Double, loadPercent: Int, _ mode: Batching
    ) throws -> BatchingReport.Entry {
        let outcome = try simulate(scenario, timeScale: timeScale, mode, isBounded: true)
        return BatchingReport.Entry(
            outcome, scenario: scenario.name, loadPercent: loadPercent,
            speed: timeScale > 0 ? 1 / timeScale : 0,
            policy: mode.rawValue)
    }

    /// How long all requests take if they are there from the start and nobody presses the machine.
    private func capacitySeconds(_ scenario: ArrivalScenario) throws -> Double {
        var undisturbed = scenario
        undisturbed.pressurePeriod = nil
        let seconds = try simulate(undisturbed, timeScale: 0, .continuous, isBounded: false).seconds
        // A machine that is pressed half the time at half its speed does three quarters of the work.
        return scenario.pressurePeriod == nil ? seconds : seconds * 4 / 3
    }

    private func simulate(
        _ scenario: ArrivalScenario, timeScale: Double, _ mode: Batching, isBounded: Bool
    ) throws -> BatchingOutcome {
        let settings = ConsumerGroupSettings(
            maxQueue: isBounded ? Defaults.maxQueue : .max,
            maxQueueTokens: isBounded ? Defaults.maxQueueTokens : .max,
            batching: BatchingDeclaration(Setting(mode, .default)).policy, defaultPriority: Defaults.priority,
            queueTimeout: Defaults.queueTimeout, agingInterval: Defaults.agingInterval,
            affinityWait: Defaults.affinityWait, retryAfter: Defaults.retryAfter)
        var simulator = BatchingSimulator(
            scenario, timeScale: timeScale, settings: settings, cost: cost, limits: limits,
            readerCount: readerCount)
        return try simulator.run()
    }
}
