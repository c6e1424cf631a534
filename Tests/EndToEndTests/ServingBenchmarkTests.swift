import Foundation
import TestSupport
import Testing

/// `skein bench serving-floor` and `skein bench serving`, together as an operator would use them.
@Suite("The serving benchmark", .timeLimit(.minutes(3)))
struct ServingBenchmarkTests {
    private static let floor = ["bench", "serving-floor"]

    private static func load(_ server: ServerProcess, _ arguments: [String]) async throws -> [String: Any] {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "load.json")
        let finished = try await SkeinCommandLine.run(
            ["bench", "serving", "--url", server.inference, "--json", file.path] + arguments)
        #expect(finished.exitCode == 0, "\(finished.standardError)")
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
        return try #require(json as? [String: Any])
    }

    @Test("workers that compute nothing answer every prompt with as many tokens as were asked for")
    func floor() async throws {
        let model = Fixture.llama.directory
        try await ServerProcess.use(["--model", model, "--replicas", "2"], command: Self.floor) { server in
            #expect(server.workers().count == 2)
            let texts = try await server.texts(["text": ["a", "b", "a b c"], "max_new_tokens": 6])
            #expect(texts.count == 3)
            #expect(Set(texts).count == 1)
            #expect(try await server.text(["text": "a", "max_new_tokens": 6]) == texts[0])
            let answer = try await HTTPCalls.post(
                server.inference + "/generate",
                ["text": "a", "max_new_tokens": 40, "return_metadata": true])
            let metadata = try #require(try answer.json()["metadata"] as? [String: Any])
            #expect(metadata["generated_tokens"] as? Int == 40)
            // Nothing of the checkpoint's weights was read.
            for reader in try await server.readers().values {
                let ranks = try #require(reader["ranks"] as? [[String: Any]])
                #expect(ranks.allSatisfy { $0["bytes_read"] as? Int == 0 })
            }
        }
    }

    @Test("the floors of HTTP answer with what they are sent", arguments: ["nio", "hummingbird"])
    func httpFloor(stack: String) async throws {
        try await ServerProcess.use(["--stack", stack], command: ["bench", "http-floor"]) { server in
            let text = try await server.text(["text": "a b"])
            #expect(text == "a b")
        }
    }

    @Test(
        "a load counts every answer and every token, whole or streamed",
        arguments: ["generate", "generate-stream"])
    func load(api: String) async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory], command: Self.floor) { server in
            let report = try await Self.load(
                server,
                [
                    "--api", api, "--requests", "40", "--connections", "4", "--warm-up", "0.1",
                    "--new-tokens", "5", "--pid", "\(server.processID)",
                ])
            #expect(report["answers"] as? Int == 40)
            #expect((report["failures"] as? [String: Int])?.isEmpty ?? false)
            let seconds = try #require(report["seconds"] as? Double)
            let rate = try #require(report["tokens_per_second"] as? Double)
            #expect((seconds * rate).rounded() == 200)
            let latency = try #require(report["latency"] as? [String: Any])
            #expect(latency["count"] as? Int == 40)
            let first = report["time_to_first_token"] as? [String: Any]
            #expect(first?["count"] as? Int == (api == "generate" ? nil : 40))
            let counts = try #require(report["server_byte_counts"] as? [Int])
            #expect(counts.count == 2 && counts.allSatisfy { $0 > 1 << 20 })
        }
    }

    @Test("a trace plays its own lengths, an open loop as many requests as are due")
    func openLoops() async throws {
        let folder = try TemporaryFolder()
        let trace = folder.url.appending(path: "trace.csv")
        try Data(
            """
            TIMESTAMP,ContextTokens,GeneratedTokens
            2023-11-16 18:17:03.00,3,2
            2023-11-16 18:17:04.00,900,1
            2023-11-16 18:17:04.00,5,300
            """.utf8
        ).write(to: trace)
        try await ServerProcess.use(["--model", Fixture.llama.directory], command: Self.floor) { server in
            let played = try await Self.load(
                server,
                [
                    "--trace", trace.path, "--trace-speed", "10", "--warm-up", "0", "--new-tokens", "4",
                    "--prompt-words-max", "8",
                ])
            #expect(played["answers"] as? Int == 3)
            let tokens = try #require(played["tokens_per_second"] as? Double)
            #expect((tokens * (played["seconds"] as? Double ?? 0)).rounded() == 2 + 1 + 4)
            let steady = try await Self.load(
                server,
                ["--rate", "50", "--arrivals", "fixed", "--warm-up", "0.1", "--duration", "0.5"])
            // Due from 0.1 s on and before 0.6 s: 50 a second from 0 on are 0.1, 0.12, ... 0.58, unless the machine is
            // too busy to send them all in time.
            #expect((10...25).contains(steady["answers"] as? Int ?? 0), "\(steady)")
        }
    }

    @Test("bad flags are refused by name and value")
    func flags() async throws {
        for (arguments, word) in [
            (["--rate", "0"], "--rate is 0.0"), (["--requests", "5", "--rate", "1"], "--requests"),
            (["--api", "post"], "--template"), (["--template", "{"], "--template {"),
            (["--connections", "0"], "--connections is 0"), (["--sample-memory"], "--pid"),
            (["--count-tokens", "word"], "word"),
        ] {
            let finished = try await SkeinCommandLine.run(
                ["bench", "serving", "--url", "http://127.0.0.1:9"] + arguments)
            #expect(finished.exitCode == 64, "\(arguments)")
            #expect(finished.standardError.contains(word), "\(finished.standardError)")
        }
        let nobody = try await SkeinCommandLine.run(
            [
                "bench", "serving", "--url", "http://127.0.0.1:9", "--warm-up", "0", "--duration", "0.2",
            ])
        #expect(nobody.exitCode == 1)
        #expect(nobody.standardOutput.contains("connection refused"))
    }
}
