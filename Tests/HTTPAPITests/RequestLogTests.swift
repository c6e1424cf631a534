import HTTPTypes
import HummingbirdTesting
import Serving
import Testing

@testable import HTTPAPI

/// The access log and the request's id.
struct RequestLogTests {
    private static let header = HTTPField.Name("x-request-id")!

    private static func post(
        _ client: any TestClientProtocol, _ path: String, _ json: String, id: String = "my-id.7"
    ) async throws -> TestResponse {
        try await client.post(path, json, headers: [header: id])
    }

    @Test(arguments: ["/generate", "/generate_stream"])
    func aRequestHasOneLineWithItsNumbers(_ path: String) async throws {
        let clock = SteppingClock()
        let server = try await ScrapeTests.server(clock)
        let answer = try await server.run(script: ScrapeTests.script(clock)) {
            try await Self.post($0, path, #"{"text": ["ab", "c"]}"#)
        }
        #expect(answer.headers[Self.header] == "my-id.7")
        let lines = server.log.lines.filter { $0.contains("request.id=my-id.7") }
        #expect(lines.first?.hasPrefix("debug Request admitted group.id=primary ") == true)
        #expect(
            lines.dropFirst() == [
                "info request answered duration.seconds=0.16 finish_reason=length first_token.seconds=0.1 "
                    + "group.id=primary http.method=POST http.route=\(path) http.status=200 "
                    + "queue.position=1 queue.seconds=0.03 request.id=my-id.7 tokens.new=6 tokens.prompt=5"
            ])
    }

    @Test func refusalsAndUnknownPathsHaveTheirLinesAndIDsToo() async throws {
        let server = try await ScrapeTests.server(SteppingClock())
        let answers = try await server.run { client in
            [
                try await Self.post(client, "/generate", #"{"text": 7}"#, id: "one"),
                try await Self.post(client, "/nowhere", "{}", id: "two"),
                try await Self.post(client, "/status", "{}", id: "three"),
            ]
        }
        #expect(answers.map(\.status.code) == [422, 404, 405])
        #expect(answers.map { $0.headers[Self.header] } == ["one", "two", "three"])
        #expect(
            server.log.lines.filter { $0.hasPrefix("info request") } == [
                "info request answered duration.seconds=0.0 error.code=invalid_field http.method=POST "
                    + "http.route=/generate http.status=422 request.id=one",
                "info request answered duration.seconds=0.0 error.code=unknown_path http.method=POST "
                    + "http.route=NotFound http.status=404 request.id=two",
                "info request answered duration.seconds=0.0 error.code=method_not_allowed http.method=POST "
                    + "http.route=NotFound http.status=405 request.id=three",
            ])
    }

    @Test(arguments: ["/generate", "/generate_stream"])
    func warningsHaveTheirRequestsID(_ path: String) async throws {
        let server = try await TestServer()
        _ = try await server.run(script: { $0[0].answer([97]) }) {
            try await Self.post($0, path, #"{"text": "x", "colour": 1}"#, id: "one")
        }
        #expect(
            server.log.lines.filter { $0.hasPrefix("warning") } == [
                "warning Request with fields that have no effect http.warnings=[\"unknown field colour ignored\"] "
                    + "request.id=one"
            ])
    }

    @Test func aStreamThatFailsHasItsIDAndSaysSo() async throws {
        let server = try await ScrapeTests.server(SteppingClock())
        await #expect(throws: (any Error).self) {
            _ = try await server.run(script: { sequences in
                for sequence in sequences {
                    sequence.handle.deliver(.token(id: 97, logProbability: nil))
                    sequence.handle.deliver(.failed(.poison(deathCount: 3)))
                }
            }) { try await Self.post($0, "/generate_stream", #"{"text": "ab"}"#) }
        }
        let line = try #require(server.log.lines.first { $0.hasPrefix("info request answered") })
        for part in [
            "finish_reason=failed", "http.cut=true", "http.status=200", "request.id=my-id.7", "tokens.new=1",
        ] { #expect(line.contains(part), "\(line)") }
    }

    @Test func theReadersSideKnowsTheRequestByTheClientsName() async throws {
        let server = try await ScrapeTests.server(SteppingClock())
        _ = try await server.run(script: { sequences in
            for sequence in sequences {
                #expect("\(sequence.request.id)" == "my-id.7")
                sequence.answer([97])
            }
            #expect(Set(sequences.map(\.request.id.rawValue)).count == sequences.count)
        }) { try await Self.post($0, "/generate", #"{"text": ["ab", "c"]}"#) }
    }

    @Test(arguments: ["", "a b", "zwölf", "tab\tbed", String(repeating: "x", count: 129)])
    func anIDThatCannotStandInALogIsReplaced(_ id: String) async throws {
        let server = try await TestServer()
        let answer = try await server.run { client in
            try await client.execute(uri: "/status", method: .get, headers: [Self.header: id])
        }
        let made = try #require(answer.headers[Self.header])
        #expect(made.count == 36 && made != id)
        #expect(server.log.lines.contains { $0.contains("request.id=\(made)") })
        #expect(id.isEmpty || !server.log.lines.contains { $0.contains(id) })
    }

    @Test func anIDOfTheLongestLengthIsKept() async throws {
        let server = try await TestServer()
        let id = String(repeating: "x", count: 128)
        let answer = try await server.run { client in
            try await client.execute(uri: "/status", method: .get, headers: [Self.header: id])
        }
        #expect(answer.headers[Self.header] == id)
    }
}
