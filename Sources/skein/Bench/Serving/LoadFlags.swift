import ArgumentParser
import Foundation

/// When requests are sent.
struct LoadFlags: ParsableArguments {
    /// Connections of an open loop that names none.
    private static let openConnectionCount = 1024

    @Option(help: "Requests at once (closed loop), or connections at most (open loop).")
    var connections: Int?

    @Option(help: "Requests a second: an open loop.")
    var rate: Double?

    @Option(help: "Gaps between them: poisson or fixed.")
    var arrivals = ArrivalProcess.poisson

    @Option(help: "Arrivals and lengths from this CSV file (Azure LLM inference traces): an open loop.")
    var trace: String?

    @Option(help: "How many times as fast as recorded the trace is played.")
    var traceSpeed = 1.0

    @Option(help: "Seconds before anything counts.")
    var warmUp = 1.0

    @Option(help: "Seconds that count.")
    var duration = 10.0

    @Option(help: "Requests that count, instead of --duration (closed loop).")
    var requests: Int?

    @Option(help: "Seed of arrivals and synthetic prompts.")
    var seed: UInt64 = 1

    mutating func validate() throws {
        if let connections, !(1...ServingCommand.connectionCountMax).contains(connections) {
            throw ValidationError(
                "--connections is \(connections); allowed: 1 to \(ServingCommand.connectionCountMax)")
        }
        guard rate == nil || trace == nil else {
            throw ValidationError("--rate and --trace exclude each other")
        }
        for (name, value, lowest) in [
            ("rate", rate ?? 1, 1e-3), ("trace-speed", traceSpeed, 1e-3), ("duration", duration, 0.1),
            ("warm-up", warmUp, 0),
        ] where !(value >= lowest && value.isFinite) {
            throw ValidationError("--\(name) is \(value); at least \(lowest) is needed")
        }
        if let requests {
            guard requests >= 1 else {
                throw ValidationError("--requests is \(requests); at least 1 is needed")
            }
            guard !isOpen else { throw ValidationError("--requests is for a closed loop; use --duration") }
        }
    }

    private var isOpen: Bool { rate != nil || trace != nil }

    /// Connections at most.
    var connectionCount: Int { connections ?? (isOpen ? Self.openConnectionCount : 1) }

    /// How long a closed loop goes on.
    var length: LoadLength { requests.map { .requests($0) } ?? .seconds(duration) }

    /// The trace's requests, if there is one.
    func requestTrace() throws -> RequestTrace? {
        try trace.map { try RequestTrace(contentsOf: $0) }
    }

    /// When the requests of an open loop are due; nil for a closed one.
    func schedule(_ trace: RequestTrace?) -> ArrivalSchedule? {
        let seconds = warmUp + duration
        if let trace { return ArrivalSchedule(trace, speed: traceSpeed, seconds: seconds) }
        return rate.map { ArrivalSchedule(arrivals, ratePerSecond: $0, seconds: seconds, seed: seed) }
    }

    /// For the report.
    var description: String {
        if let trace {
            return "open loop, \(URL(filePath: trace).lastPathComponent) at speed \(traceSpeed)"
        }
        if let rate { return "open loop, \(rate) requests/s (\(arrivals.rawValue))" }
        return "closed loop, \(connectionCount) connection\(connectionCount == 1 ? "" : "s")"
    }
}
