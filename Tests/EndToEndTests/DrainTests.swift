import Foundation
import Synchronization
import Testing

/// Eight streams' bodies, half of them sampled.
private let orders: [[String: any Sendable]] = (0..<8).map { index in
    var order: [String: any Sendable] = [
        "text": "stream number \(index)", "max_new_tokens": 1000, "ignore_eos": true,
    ]
    if index % 2 == 1 {
        order["sampling_topk"] = 40
        order["sampling_temperature"] = 0.8
        order["seed"] = index
    }
    return order
}

/// Counts from concurrent tasks.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func set(_ value: Int) { count.withLock { $0 = value } }

    func increment() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

/// Starts all streams, calls `onceAllRun` after each has had its first events, and returns their texts.
private func streams(
    _ server: ServerProcess, onceAllRun: @escaping @Sendable () async throws -> Void = {}
) async throws -> [String] {
    let running = Counter()
    return try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for (index, order) in orders.enumerated() {
            group.addTask {
                let events = try await HTTPCalls.events(server.inference + "/generate_stream", order) {
                    count in
                    guard count == 3 else { return }
                    if running.increment() == orders.count { try await onceAllRun() }
                }
                return (index, events.joined())
            }
        }
        var texts = [String](repeating: "", count: orders.count)
        for try await (index, text) in group { texts[index] = text }
        return texts
    }
}

@Suite("SIGTERM", .serialized, .timeLimit(.minutes(5)))
struct DrainTests {
    /// As many slots as there are streams.
    private static func layout(_ model: ModelCopy) -> [String] {
        [
            "--model", model.directory, "--tensor-parallel", "2", "--replicas", "2", "--max-batch-size", "4",
            "--max-sequence-length", "\(ModelCopy.endlessTokenCount)",
        ]
    }

    @Test("eight running streams end in full, then the server exits 0 and leaves no worker")
    func drain() async throws {
        let model = try ModelCopy.withoutEnd()
        let expected = try await ServerProcess.use(Self.layout(model)) { try await streams($0) }
        #expect(Set(expected).count == orders.count)
        try await ServerProcess.use(Self.layout(model)) { server in
            let workers = server.workers()
            #expect(workers.count == 4)
            let found = try await streams(server) { kill(server.processID, SIGTERM) }
            #expect(found == expected)
            #expect(await server.waitForEnd() == 0)
            #expect(workers.allSatisfy { !ProcessTable.isAlive($0) })
        }
    }

    @Test("a second SIGTERM ends the server at once, with its workers")
    func second() async throws {
        let model = try ModelCopy.withoutEnd()
        try await ServerProcess.use(Self.layout(model)) { server in
            let workers = server.workers()
            let order: [String: any Sendable] = [
                "text": "never ending", "max_new_tokens": ModelCopy.endlessTokenCount, "ignore_eos": true,
            ]
            let events = Counter()
            let stream = Task {
                try await HTTPCalls.events(server.inference + "/generate_stream", order) { count in
                    events.set(count)
                }
            }
            try await Polling.until { events.value > 2 }
            kill(server.processID, SIGTERM)
            // The first signal has arrived when nothing new is accepted.
            try await Polling.until { await !ManyStreams.isHealthy(server) }
            let before = events.value
            try await Polling.until { events.value > before }
            #expect(await server.end(signal: SIGTERM) == 1)
            // The stream is cut, and the client can tell.
            await #expect(throws: (any Error).self) { try await stream.value }
            try await Polling.until { workers.allSatisfy { !ProcessTable.isAlive($0) } }
        }
    }

    @Test("SIGTERM while a model loads is obeyed")
    func whileLoading() async throws {
        let process = Process()
        process.executableURL = SkeinCommandLine.executable
        process.arguments = ["serve", "--port", "0", "--model", Fixture.llama.directory]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = { finished in
                continuation.yield(finished.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        let processID = process.processIdentifier
        try await Polling.until { !ProcessTable.children(of: processID).isEmpty }
        let workers = ProcessTable.children(of: processID)
        process.terminate()
        var exitCode: Int32 = -1
        for await code in ended { exitCode = code }
        #expect(exitCode == 0)
        try await Polling.until { workers.allSatisfy { !ProcessTable.isAlive($0) } }
    }
}
