import ArgumentParser
import Foundation

/// One request of a scenario.
struct SimulatedArrival: Sendable {
    /// Seconds since the first one, at the scenario's own speed.
    var time: Double
    /// Prompt tokens.
    var promptTokenCount: Int
    /// New tokens.
    var newTokenCount: Int
    /// 0 is urgent.
    var priority: Int
}

/// Who asks when, for how much.
struct ArrivalScenario: Sendable {
    /// Its name in tables.
    let name: String
    /// What it is.
    let summary: String
    /// In order of time.
    var arrivals: [SimulatedArrival]
    /// Clients of which each sends its next request when it has its answer; then the arrivals' times do not count. 0:
    /// the requests come when they come.
    var userCount = 0
    /// Seconds for which other processes press the machine, and as many for which they do not; nil: never.
    var pressurePeriod: Double?

    /// The pressure of other processes, and what it makes of a step's time: half the processors' time is theirs.
    static let pressure = (value: 0.7, slowdown: 2.0)

    /// Scenarios of `count` requests; the traces' come from `traces`.
    static func all(count: Int, traces: URL?) throws -> [ArrivalScenario] {
        var scenarios = [
            steady(count), poisson(count), bursty(count), floods(count), labels(count), pressed(count),
            users(count),
        ]
        if let traces {
            for (name, file) in [("conversation", "conv"), ("code", "code")] {
                let url = traces.appending(path: "AzureLLMInferenceTrace_\(file).csv")
                scenarios.append(
                    ArrivalScenario(
                        name: name, summary: "Azure's trace of 2023, lengths cut to fit the model",
                        arrivals: try recorded(url, count: count)))
            }
        }
        for index in scenarios.indices { scenarios[index].drawPriorities() }
        return scenarios
    }

    /// The last arrival.
    var span: Double { arrivals.last?.time ?? 0 }

    // MARK: Patterns

    private static func steady(_ count: Int) -> ArrivalScenario {
        var random = SeededNumbers(seed: 1)
        return ArrivalScenario(
            name: "steady", summary: "one after another in equal pauses",
            arrivals: (0..<count).map { chat(Double($0), &random) })
    }

    private static func poisson(_ count: Int) -> ArrivalScenario {
        ArrivalScenario(name: "random", summary: "independent clients", arrivals: independent(count, seed: 2))
    }

    /// Clumps of 5 to 20 within a tenth of the mean pause between clumps, at random times.
    private static func bursty(_ count: Int) -> ArrivalScenario {
        var random = SeededNumbers(seed: 3)
        var arrivals: [SimulatedArrival] = []
        var time = 0.0
        while arrivals.count < count {
            for _ in 0..<(5 + Int(random.unit() * 16)) where arrivals.count < count {
                arrivals.append(chat(time + random.unit(), &random))
            }
            time += 1 - 20 * log(1 - random.unit())
        }
        return ArrivalScenario(
            name: "bursty", summary: "clumps of 5 to 20 at random times",
            arrivals: arrivals.sorted { $0.time < $1.time })
    }

    /// Silence, then 48 within a fiftieth of the period, in a rhythm.
    private static func floods(_ count: Int) -> ArrivalScenario {
        var random = SeededNumbers(seed: 4)
        let arrivals = (0..<count).map { chat(Double($0 / 48) * 50 + random.unit(), &random) }
        return ArrivalScenario(
            name: "floods", summary: "silence, then 48 at once, in a rhythm",
            arrivals: arrivals.sorted { $0.time < $1.time })
    }

    /// Classifications: short prompts and a single token, by independent clients.
    private static func labels(_ count: Int) -> ArrivalScenario {
        var arrivals = independent(count, seed: 5)
        for index in arrivals.indices {
            arrivals[index].promptTokenCount = 8 + arrivals[index].promptTokenCount / 8
            arrivals[index].newTokenCount = 1
        }
        return ArrivalScenario(
            name: "labels", summary: "short prompts, one new token each", arrivals: arrivals)
    }

    private static func pressed(_ count: Int) -> ArrivalScenario {
        var scenario = ArrivalScenario(
            name: "pressed",
            summary: "independent clients; every other 10 s other processes take half the machine",
            arrivals: independent(count, seed: 6))
        scenario.pressurePeriod = 10
        return scenario
    }

    private static func users(_ count: Int) -> ArrivalScenario {
        let arrivals = (0..<count).map { _ in
            SimulatedArrival(time: 0, promptTokenCount: 10, newTokenCount: 10, priority: 0)
        }
        return ArrivalScenario(
            name: "users", summary: "40 clients that wait for their answers; 10 prompt and 10 new tokens",
            arrivals: arrivals, userCount: 40)
    }

    /// The first `count` requests of a trace, at the trace's own times.
    private static func recorded(_ url: URL, count: Int) throws -> [SimulatedArrival] {
        let trace: RequestTrace
        do {
            trace = try RequestTrace(contentsOf: url.path)
        } catch let error as ValidationError {
            throw CommandFailure("\(url.path): \(error.message)", exitCode: 2)
        }
        return try trace.entries.prefix(count).map { entry in
            guard entry.promptTokenCount > 0, entry.newTokenCount > 0 else {
                throw CommandFailure("\(url.path): a request has no prompt or no new token", exitCode: 2)
            }
            return SimulatedArrival(
                time: entry.seconds, promptTokenCount: entry.promptTokenCount,
                newTokenCount: entry.newTokenCount, priority: 0)
        }
    }

    private static func independent(_ count: Int, seed: UInt64) -> [SimulatedArrival] {
        var random = SeededNumbers(seed: seed)
        var time = 0.0
        return (0..<count).map { _ in
            time -= log(1 - random.unit())
            return chat(time, &random)
        }
    }

    /// 16 to 256 prompt tokens and 8 to 96 new ones, small ones more often.
    private static func chat(_ time: Double, _ random: inout SeededNumbers) -> SimulatedArrival {
        let prompt = 16 * pow(16, random.unit())
        let new = 8 * pow(12, random.unit())
        return SimulatedArrival(
            time: time, promptTokenCount: Int(prompt), newTokenCount: Int(new), priority: 0)
    }

    /// One in ten is urgent, 0; the others are 5.
    private mutating func drawPriorities() {
        var random = SeededNumbers(seed: 7)
        for index in arrivals.indices { arrivals[index].priority = random.unit() < 0.1 ? 0 : 5 }
    }
}
