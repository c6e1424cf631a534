import Foundation
import Testing

/// A body that is refused with 422, the field it is refused for and words of the message.
private struct BadBody: Sendable {
    let json: String
    let field: String?
    let words: [String]

    init(_ json: String, _ field: String?, _ words: String...) {
        self.json = json
        self.field = field
        self.words = words
    }

    static let all: [BadBody] = [
        BadBody(#"{"text": "a", "max_new_tokens": -1}"#, "max_new_tokens", "-1", "1 to"),
        BadBody(#"{"text": "a", "max_new_tokens": 0}"#, "max_new_tokens", "0", "1 to"),
        BadBody(#"{"text": "a", "max_new_tokens": "5"}"#, "max_new_tokens", "integer"),
        BadBody(#"{"text": "a", "max_new_tokens": 1.5}"#, "max_new_tokens", "1.5"),
        BadBody(#"{"text": "a", "max_new_tokens": 1e30}"#, "max_new_tokens", "2147483647"),
        BadBody(#"{"text": "a", "max_new_tokens": true}"#, "max_new_tokens", "integer"),
        BadBody(#"{"text": "a", "min_new_tokens": 9, "max_new_tokens": 8}"#, "min_new_tokens", "9", "8"),
        BadBody(#"{"text": "a", "sampling_temperature": -0.5}"#, "sampling_temperature", "-0.5", "0 to 100"),
        BadBody(#"{"text": "a", "sampling_temperature": "hot"}"#, "sampling_temperature", "hot"),
        BadBody(#"{"text": "a", "sampling_topp": 0}"#, "sampling_topp", "0", "at most 1"),
        BadBody(#"{"text": "a", "sampling_topp": 1.01}"#, "sampling_topp", "1.01"),
        BadBody(#"{"text": "a", "sampling_topk": -1}"#, "sampling_topk", "-1"),
        BadBody(#"{"text": "a", "repetition_penalty": 0}"#, "repetition_penalty", "0"),
        BadBody(#"{"text": "a", "no_repeat_ngram_size": [2]}"#, "no_repeat_ngram_size"),
        BadBody(#"{"text": "a", "seed": -1}"#, "seed", "-1"),
        BadBody(#"{"text": "a", "ignore_eos": "yes"}"#, "ignore_eos", "true or false"),
        BadBody(#"{"text": "a", "consumer_group": 5}"#, "consumer_group", "string"),
        BadBody(#"{"text": "a", "consumer_group": "nobody"}"#, "consumer_group", "nobody", "primary"),
        BadBody(#"{"text": "a", "regex_string": "[0-9]+"}"#, "regex_string"),
        BadBody(#"{"text": 5}"#, "text", "5"),
        BadBody(#"{"text": []}"#, "text", "empty"),
        BadBody(#"{"text": ["a", 5]}"#, "text", "text[1]", "5"),
        BadBody(#"{"text": null}"#, "text", "missing"),
        BadBody(#"{"max_new_tokens": 5}"#, "text", "missing"),
        BadBody(#"["text"]"#, nil, "object"),
        BadBody(#""text""#, nil, "object"),
    ]
}

/// The status and the `error` object of a refusal.
private func problem(_ answer: Answer) throws -> [String: Any] {
    try #require(try answer.json()["error"] as? [String: Any], "\(answer.status): \(answer.text)")
}

@Suite("Requests that are refused", .serialized, .timeLimit(.minutes(5)))
struct BadRequestTests {
    @Test("422 names field, value and what is allowed, on both routes")
    func fields() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            for bad in BadBody.all {
                for path in ["/generate", "/generate_stream"] {
                    let answer = try await HTTPCalls.post(server.inference + path, raw: Data(bad.json.utf8))
                    #expect(answer.status == 422, "\(bad.json): \(answer.status) \(answer.text)")
                    let problem = try problem(answer)
                    #expect(problem["field"] as? String == bad.field, "\(bad.json): \(answer.text)")
                    let message = problem["message"] as? String ?? ""
                    for word in bad.words { #expect(message.contains(word), "\(bad.json): \(message)") }
                }
            }
            #expect(try await server.total("steps") == 0)
        }
    }

    @Test("what is no JSON, no UTF-8 or of another media type")
    func bodies() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let cases: [(body: Data, contentType: String, status: UInt, word: String)] = [
                (Data(#"{"text": "a""#.utf8), "application/json", 400, "JSON"),
                (Data("text=a".utf8), "application/json", 400, "JSON"),
                (Data(), "application/json", 400, "JSON"),
                (Data(#"{"text": "a"#.utf8) + [0xFF] + Data(#""}"#.utf8), "application/json", 400, "byte 11"),
                (Data(#"{"text": "a"#.utf8) + [0xC3] + Data(#""}"#.utf8), "application/json", 400, "UTF-8"),
                (Data(#"{"text": "a"}"#.utf8), "text/plain", 415, "text/plain"),
                (Data(#"{"text": "a"}"#.utf8), "application/x-www-form-urlencoded", 415, "application/json"),
                (Data(#"{"text": "a"}"#.utf8), "application/json; charset=latin1", 415, "latin1"),
            ]
            for value in cases {
                for url in [server.inference + "/generate", server.management + "/reader"] {
                    let answer = try await HTTPCalls.post(
                        url, raw: value.body, contentType: value.contentType)
                    #expect(answer.status == value.status, "\(value.word): \(answer.text)")
                    #expect(answer.text.contains(value.word), "\(value.word): \(answer.text)")
                }
            }
            let path = try await HTTPCalls.get(server.inference + "/nowhere")
            #expect(path.status == 404)
            let method = try await HTTPCalls.get(server.inference + "/generate")
            #expect(method.status == 405)
            #expect(method.headers["allow"] == "POST")
            for answer in [
                try await HTTPCalls.delete(server.management + "/reader/nobody"),
                try await HTTPCalls.get(server.management + "/config/nobody"),
            ] {
                #expect(answer.status == 404)
                #expect(answer.text.contains("nobody"))
            }
        }
    }

    /// A prompt of `count` tokens: the special token that begins every text, and others of one token each.
    private static func prompt(tokenCount: Int) -> String {
        String(repeating: "<|stop|>", count: tokenCount - 1)
    }

    @Test("a prompt that leaves no room for a token names both numbers")
    func longPrompt() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let fits = try await HTTPCalls.post(
                server.inference + "/generate",
                ["text": Self.prompt(tokenCount: 255), "return_metadata": true])
            #expect(fits.status == 200, "\(fits.text)")
            let metadata = try fits.json()["metadata"] as? [String: Any]
            #expect(metadata?["prompt_tokens"] as? Int == 255)
            #expect(metadata?["generated_tokens"] as? Int == 1)
            for tokenCount in [256, 300] {
                let long = Self.prompt(tokenCount: tokenCount)
                let answer = try await HTTPCalls.post(server.inference + "/generate", ["text": long])
                #expect(answer.status == 422)
                let message = try problem(answer)["message"] as? String ?? ""
                #expect(message.contains("\(tokenCount)") && message.contains("256"), "\(message)")
                let list = try await HTTPCalls.post(server.inference + "/generate", ["text": ["a", long]])
                #expect(list.status == 422)
                #expect(try problem(list)["field"] as? String == "text[1]")
            }
        }
    }

    @Test("a prompt of 10 MB: 413 by default, 422 with both numbers where body_limit allows it")
    func hugePrompt() async throws {
        let tokenCount = 1_250_001
        let huge = Self.prompt(tokenCount: tokenCount)
        #expect(huge.utf8.count == 10_000_000)
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let answer = try await HTTPCalls.post(server.inference + "/generate", ["text": huge])
            #expect(answer.status == 413, "\(answer.text)")
            #expect(answer.text.contains("2097152"), "\(answer.text)")
        }
        let yaml = """
            server: { body_limit: 16MiB }
            reader_groups: { a: { model_name: \(Fixture.llama.directory) } }
            """
        try await ServerProcess.use(topology: yaml) { server in
            let answer = try await HTTPCalls.post(server.inference + "/generate", ["text": huge])
            #expect(answer.status == 422, "\(answer.text)")
            let message = try problem(answer)["message"] as? String ?? ""
            #expect(message.contains("\(tokenCount)") && message.contains("256"), "\(message)")
            // Words instead of special tokens go through the merges.
            let words = String(repeating: "one two three ", count: 720_000)
            let merged = try await HTTPCalls.post(server.inference + "/generate", ["text": words])
            #expect(merged.status == 422, "\(merged.text)")
            #expect(merged.text.contains("256"), "\(merged.text)")
            #expect(!(try await server.text(["text": "one two"]).isEmpty))
        }
    }

    @Test("a list longer than the queue is refused whole with both numbers")
    func longList() async throws {
        let yaml = """
            consumer_groups: { primary: { max_queue: 3 } }
            reader_groups: { a: { model_name: \(Fixture.llama.directory) } }
            """
        try await ServerProcess.use(topology: yaml) { server in
            let answer = try await HTTPCalls.post(
                server.inference + "/generate", ["text": ["a", "b", "c", "d"], "max_new_tokens": 2])
            #expect(answer.status == 422, "\(answer.text)")
            let message = try problem(answer)["message"] as? String ?? ""
            #expect(message.contains("4") && message.contains("3"), "\(message)")
            #expect(try await server.total("steps") == 0)
            let fits = try await server.texts(["text": ["a", "b", "c"], "max_new_tokens": 2])
            #expect(fits.count == 3)
        }
    }

    @Test("a taken port exits 1 and names port and flag, before a model is loaded")
    func takenPort() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let inference = try #require(URL(string: server.inference)?.port)
            let management = try #require(URL(string: server.management)?.port)
            let cases = [
                (
                    ["--port", "\(inference)", "--management-port", "0", "--openai-port", "0"], "--port",
                    inference
                ),
                (["--port", "0", "--management-port", "\(management)"], "--management-port", management),
                (["--port", "0", "--openai-port", "\(inference)"], "--openai-port", inference),
            ]
            for (arguments, flag, port) in cases {
                let finished = try await SkeinCommandLine.run(
                    ["serve", "--model", Fixture.llama.directory] + arguments)
                #expect(finished.exitCode == 1, "\(finished.standardError)")
                let sentence = try #require(finished.sentence, "\(finished.standardError)")
                #expect(sentence.contains("\(port)") && sentence.contains(flag), "\(sentence)")
                #expect(finished.standardOutput.isEmpty)
                #expect(!finished.standardError.contains("pack sealed"), "\(finished.standardError)")
            }
        }
    }
}
