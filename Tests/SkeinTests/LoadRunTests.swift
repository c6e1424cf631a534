import Foundation
import Hummingbird
import Logging
import NIOCore
import Testing

@testable import skein

/// A server whose answers take a known time at least.
private struct SlowServer {
    /// Runs it for the length of `body`, which gets its URL.
    static func use<Value: Sendable>(
        pause: Duration, _ body: @escaping @Sendable (String) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        router.post("slow") { _, _ in
            try await Task.sleep(for: pause)
            return "done"
        }
        router.post("refused") { _, _ -> HTTPResponse.Status in .tooManyRequests }
        router.post("stream") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/event-stream"],
                body: ResponseBody { writer in
                    for index in 0..<3 {
                        try await writer.write(ByteBuffer(string: "data: {\"made_tokens\": \(index)}\n\n"))
                    }
                    try await writer.write(ByteBuffer(string: "data: [DONE]\n\n"))
                    try await writer.finish(nil)
                })
        }
        var logger = Logger(label: "slow server")
        logger.logLevel = .error
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            var port = 0
            for await found in ports {
                port = found
                break
            }
            let url = "http://127.0.0.1:\(port)"
            group.addTask { try await body(url) }
            while let value = try await group.next() {
                guard let value else { continue }
                group.cancelAll()
                return value
            }
            throw CancellationError()
        }
    }
}

/// Open and closed loops against a server with known behaviour.
@Suite("Load runs", .timeLimit(.minutes(5)))
struct LoadRunTests {
    private static func calls() throws -> LoadCalls {
        LoadCalls([("a", 5)], template: try BodyTemplate("[{{prompt}}]"))
    }

    private static func reading(
        path: String, pause: Duration = .zero, connections: Int, counting: TokenCounting = .requested,
        _ body: @escaping @Sendable (LoadRun) async throws -> Void
    ) async throws -> LoadMeter.Reading {
        try await SlowServer.use(pause: pause) { url in
            let target = LoadTarget(url: url + path, counting: counting, timeoutSeconds: 280)
            let meter = LoadMeter(
                server: ProcessTree(roots: [ProcessInfo.processInfo.processIdentifier]))
            try await LoadClient.with(target, connectionCountMax: connections) { client in
                let run = LoadRun(client: client, calls: try calls(), meter: meter, samplesMemory: true)
                try await body(run)
            }
            return meter.reading
        }
    }

    @Test("a closed loop of so many requests counts exactly those")
    func requests() async throws {
        let reading = try await Self.reading(path: "/slow", connections: 3) { run in
            try await run.closedLoop(connectionCount: 3, warmUpSeconds: 0.05, length: .requests(50))
        }
        #expect(reading.tally.answerCount == 50)
        #expect(reading.tally.tokenCount == 250)
        #expect(reading.tally.failures.isEmpty)
        #expect(reading.serverProcessorSeconds ?? 0 > 0)
        #expect(reading.serverByteCounts.count >= 3)
    }

    @Test("no more requests are on their way than there are connections")
    func closedLoop() async throws {
        let reading = try await Self.reading(path: "/slow", pause: .milliseconds(50), connections: 4) { run in
            try await run.closedLoop(connectionCount: 4, warmUpSeconds: 0.1, length: .seconds(1))
        }
        // Each connection has at most one answer in 50 ms, and one that began before.
        #expect(reading.tally.answerCount > 0)
        #expect(Double(reading.tally.answerCount) <= 4 * (reading.seconds / 0.05 + 1))
    }

    @Test("in an open loop the time of a request runs from when it was due, not from when it could be sent")
    func openLoop() async throws {
        let schedule = ArrivalSchedule(.fixed, ratePerSecond: 100, seconds: 0.3, seed: 1)
        #expect(schedule.offsets.count == 30)
        let reading = try await Self.reading(path: "/slow", pause: .milliseconds(30), connections: 1) { run in
            try await run.openLoop(schedule, warmUpSeconds: 0)
        }
        // One connection, 30 ms an answer: request k is due at 10 k ms and answered after 30 (k + 1) ms at the
        // earliest. A generator that waited for answers would see 30 ms each time.
        #expect(reading.tally.failures.isEmpty)
        #expect(reading.tally.answerCount == 30)
        let latency = try #require(reading.tally.latency.summary)
        #expect(latency.maximum >= 610 * 0.999)
        #expect(latency.p50 >= 310 * 0.999)
    }

    @Test("statuses and refused connections are failures by name")
    func failures() async throws {
        let reading = try await Self.reading(path: "/refused", connections: 2) { run in
            try await run.closedLoop(connectionCount: 2, warmUpSeconds: 0, length: .requests(10))
        }
        #expect(reading.tally.answerCount == 0)
        #expect(reading.tally.failures == ["status 429": 10])
    }

    @Test("tokens of a stream are its events, or the last one's number; [DONE] is neither")
    func streams() async throws {
        for (counting, expected) in [(TokenCounting.events, 30), (.field(["made_tokens"]), 20)] {
            let reading = try await Self.reading(path: "/stream", connections: 1, counting: counting) { run in
                try await run.closedLoop(connectionCount: 1, warmUpSeconds: 0, length: .requests(10))
            }
            #expect(reading.tally.tokenCount == expected)
            #expect(reading.tally.timeToFirstToken.summary?.count == 10)
            #expect(reading.tally.interTokenTime.summary?.count == 20)
        }
    }
}
