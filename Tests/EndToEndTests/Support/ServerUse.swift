import Foundation

extension ServerProcess {
    /// Starts a server for `body` and ends it afterwards, however `body` ends, unless `body` did.
    static func use<Value: Sendable>(
        _ arguments: [String], command: [String] = ["serve"], environment: [String: String] = [:],
        _ body: (ServerProcess) async throws -> Value
    ) async throws -> Value {
        let server = try await start(arguments, command: command, environment: environment)
        do {
            let value = try await body(server)
            if ProcessTable.isAlive(server.processID) { await server.end() }
            return value
        } catch {
            if ProcessTable.isAlive(server.processID) { kill(server.processID, SIGKILL) }
            throw error
        }
    }

    /// Writes `yaml` into a file and starts a server for it.
    static func use<Value: Sendable>(
        topology yaml: String, _ body: (ServerProcess) async throws -> Value
    ) async throws -> Value {
        let file = try TopologyText(yaml)
        return try await use(["--topology", file.path], body)
    }

    /// Waits for the end of a server that was told to end; its exit code.
    func waitForEnd() async -> Int32 { await end(signal: 0) }

    /// The readers of `/status`, live and dead.
    func readers() async throws -> [String: [String: Any]] {
        let status = try await HTTPCalls.get(management + "/status").json()
        let live = status["live_readers"] as? [String: [String: Any]] ?? [:]
        let dead = status["dead_readers"] as? [String: [String: Any]] ?? [:]
        return live.merging(dead) { first, _ in first }
    }

    /// A number of `/status`, summed over all readers.
    func total(_ field: String) async throws -> Int {
        try await readers().values.reduce(0) { $0 + ($1[field] as? Int ?? 0) }
    }

    /// Sequences that wait in a consumer group.
    func queueDepth(of group: String = "primary") async throws -> Int {
        let status = try await HTTPCalls.get(management + "/status").json()
        let groups = status["consumer_groups"] as? [String: [String: Any]] ?? [:]
        return groups[group]?["queue_depth"] as? Int ?? -1
    }

    /// The text that `/generate` answers.
    func text(_ body: [String: any Sendable]) async throws -> String {
        let answer = try await HTTPCalls.post(inference + "/generate", body)
        guard answer.status == 200, let text = try answer.json()["text"] as? String else {
            throw HTTPCalls.UnexpectedAnswer(description: "\(answer.status): \(answer.text)")
        }
        return text
    }

    /// The texts that `/generate` answers to a list.
    func texts(_ body: [String: any Sendable]) async throws -> [String] {
        let answer = try await HTTPCalls.post(inference + "/generate", body)
        guard answer.status == 200, let texts = try answer.json()["text"] as? [String] else {
            throw HTTPCalls.UnexpectedAnswer(description: "\(answer.status): \(answer.text)")
        }
        return texts
    }
}

/// Asks again until something is so; the suite's time limit ends what never becomes so.
enum Polling {
    /// Returns once `isTrue`.
    static func until(_ isTrue: () async throws -> Bool) async throws {
        while try await !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
    }
}
