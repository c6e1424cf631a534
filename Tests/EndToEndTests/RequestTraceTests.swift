import Foundation
import TestSupport
import Testing

@Suite("A request's trace", .serialized, .timeLimit(.minutes(2)))
struct RequestTraceTests {
    /// The log's lines that name a request, as objects.
    private static func lines(of request: String, in path: String) throws -> [[String: String]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        }.filter { $0["request.id"] == request }
    }

    @Test("the client's id stands in every line from HTTP through a reader's death to the answer")
    func deathUnderARequest() async throws {
        let folder = try TemporaryFolder()
        let topology = folder.url.appending(path: "topology.yaml")
        try Data(
            """
            server: { port: 0, log_format: json }
            reader_groups:
              chat: { model_name: \(Fixture.llama.directory), tensor_parallel: 2 }

            """.utf8
        ).write(to: topology)
        let log = folder.url.appending(path: "log").path
        try Data().write(to: URL(filePath: log))
        let server = try await ServerProcess.start(["--topology", topology.path], logPath: log)
        let body: [String: any Sendable] = ["text": "one two", "max_new_tokens": 60, "ignore_eos": true]
        // A worker that stands still is ended with the request in its reader's hands.
        let worker = try #require(server.workers().first)
        #expect(kill(worker, SIGSTOP) == 0)
        _ = try await HTTPCalls.events(
            server.inference + "/generate_stream", body, headers: ["x-request-id": "trace-1"])
        let refusal = try await HTTPCalls.post(
            server.inference + "/generate", ["text": 7], headers: ["x-request-id": "trace-2"])
        #expect(refusal.status == 422 && refusal.headers["x-request-id"] == "trace-2")
        let page = try await HTTPCalls.get(server.management + "/metrics").text
        for line in [
            "skein_reader_deaths_total{consumer_group=\"primary\",reader=\"chat\"} 1",
            "skein_reader_restarts_total{consumer_group=\"primary\",reader=\"chat\"} 1",
            "skein_requeued_sequences_total{consumer_group=\"primary\",reader=\"chat\"} 1",
            "skein_generated_tokens_total{consumer_group=\"primary\"} 60",
            "skein_inter_token_seconds_count{consumer_group=\"primary\"} 59",
            "skein_time_to_first_token_seconds_count{consumer_group=\"primary\"} 1",
        ] { #expect(page.contains(line + "\n"), "\(line)") }
        for family in ["cpu_seconds_total", "resident_memory_bytes", "open_fds"] {
            for rank in 0...1 {
                let series =
                    "skein_worker_\(family){consumer_group=\"primary\",rank=\"\(rank)\",reader=\"chat\"} "
                #expect(page.contains(series), "\(series)")
            }
        }
        #expect(await server.end() == 0)
        let lines = try Self.lines(of: "trace-1", in: log)
        #expect(lines.map { $0["message"] } == ["request goes back to the queue", "request answered"])
        let expected = [
            "http.route": "/generate_stream", "http.status": "200", "tokens.new": "60", "requeues": "1",
            "finish_reason": "length", "level": "info", "http.method": "POST", "group.id": "primary",
        ]
        for (key, value) in expected { #expect(lines.last?[key] == value, "\(key)") }
        for key in ["queue.seconds", "first_token.seconds", "duration.seconds"] {
            #expect(Double(lines.last?[key] ?? "") ?? -1 > 0, "\(key)")
        }
        #expect(lines.first?["reader.id"] == "chat" && lines.first?["level"] == "warning")
        #expect(try Self.lines(of: "trace-2", in: log).map { $0["error.code"] } == ["invalid_field"])
    }
}
