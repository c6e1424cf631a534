import Controller
import Topology

/// A fleet inside this process, without HTTP: for commands that ask it something and end.
struct FleetSession {
    /// Starts the topology's readers, calls `body` once all serve, and stops them again.
    static func run<Value: Sendable>(
        _ topology: Topology, logLevel: LogLevel, body: @escaping @Sendable (Fleet) async throws -> Value
    ) async throws -> Value {
        let assembly = Assembly(topology: topology, logger: ConsoleLog.logger(level: logLevel, format: .text))
        let fleet = try assembly.makeFleet()
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            try await fleet.start()
            group.addTask {
                await fleet.run()
                return nil
            }
            group.addTask {
                try await Assembly.waitUntilReady(fleet)
                let value = try await body(fleet)
                await fleet.drain()
                return value
            }
            var result: Value?
            for try await value in group where value != nil { result = value }
            guard let result else {
                throw CommandFailure("the readers ended before they answered", exitCode: 1)
            }
            return result
        }
    }
}
