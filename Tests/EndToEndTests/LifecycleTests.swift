import Foundation
import Testing

private let postOrder: [String: any Sendable] = [
    "text": "one two three", "max_new_tokens": 12, "ignore_eos": true,
]

/// Whether a reader is listed as ready.
private func isReady(_ id: String, _ server: ServerProcess) async throws -> Bool {
    try await server.readers()[id]?["ready"] as? Bool == true
}

@Suite("Readers come and go", .serialized, .timeLimit(.minutes(5)))
struct LifecycleTests {
    @Test("POST /reader, ready, served in its own consumer group, GET /config, DELETE, gone")
    func postAndDelete() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let expected = try await server.text(postOrder)
            let created = try await HTTPCalls.post(
                server.management + "/reader",
                [
                    "model_name": Fixture.gpt2.directory, "device": "cpu", "consumer_group": "second",
                    "tensor_parallel": 2,
                ])
            #expect(created.status == 201, "\(created.text)")
            let id = try #require(try created.json()["reader_id"] as? String)
            #expect(try id.wholeMatch(of: Regex("tiny-gpt2-[0-9a-f]{8}")) != nil, "\(id)")
            try await Polling.until { try await isReady(id, server) }

            let groups = try await HTTPCalls.get(server.management + "/reader_groups").json()
            let second = try #require(groups["second"] as? [[String: Any]])
            #expect(second.map { $0["reader_id"] as? String } == [id])
            #expect(second[0]["model_type"] as? String == "gpt2")
            #expect(second[0]["model_name"] as? String == Fixture.gpt2.directory)
            let pids = try #require(second[0]["pids"] as? [Int])
            #expect(pids.count == 2 && Set(pids.map(Int32.init)).isSubset(of: server.workers()))

            var order = postOrder
            order["consumer_group"] = "second"
            let other = try await server.text(order)
            let generated = try await SkeinCommandLine.run([
                "generate", "--model", Fixture.gpt2.directory, "--prompt", "one two three",
                "--max-new-tokens", "12", "--ignore-eos", "--json",
            ])
            let alone = try JSONSerialization.jsonObject(with: Data(generated.standardOutput.utf8))
            #expect(other == (alone as? [String: Any])?["text"] as? String)
            #expect(other != expected)

            let configuration = try await HTTPCalls.get(server.management + "/config/\(id)")
            #expect(configuration.status == 200)
            let file = URL(filePath: Fixture.gpt2.directory).appending(path: "config.json")
            #expect(configuration.body == (try Data(contentsOf: file)))

            let deleted = try await HTTPCalls.delete(server.management + "/reader/\(id)")
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            #expect(pids.allSatisfy { !ProcessTable.isAlive(Int32($0)) })
            #expect(try await server.readers()[id] == nil)
            let again = try await HTTPCalls.delete(server.management + "/reader/\(id)")
            #expect(again.status == 404)
            // The group was there for this reader alone.
            let refused = try await HTTPCalls.post(server.inference + "/generate", order)
            #expect(refused.status == 422, "\(refused.text)")
            #expect(try await server.text(postOrder) == expected)
        }
    }

    @Test("what a client leaves empty is primary; cuda runs on cpu with a warning")
    func clientsWithoutGroup() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let created = try await HTTPCalls.post(
                server.management + "/reader",
                [
                    "model_name": Fixture.llama.directory, "device": "cuda", "consumer_group": "",
                    "tensor_parallel": 0, "nonsense": 1,
                ])
            #expect(created.status == 201, "\(created.text)")
            #expect(created.headers["x-skein-warning"] != nil)
            let id = try #require(try created.json()["reader_id"] as? String)
            try await Polling.until { try await isReady(id, server) }
            let reader = try #require(try await server.readers()[id])
            #expect(reader["consumer_group"] as? String == "primary")
            #expect(reader["consumer_groups"] as? [String] == ["primary"])
            #expect(reader["device"] as? String == "cpu")
            #expect((reader["layout"] as? [String: Any])?["tensor_parallel"] as? Int == 1)
        }
    }

    @Test("the last reader's end: 503 with Retry-After, healthz 503, and a new reader serves again")
    func lastReader() async throws {
        let yaml = """
            server: { model_roots: ["\(URL(filePath: Fixture.llama.directory).deletingLastPathComponent().path)"] }
            consumer_groups: { primary: { max_queue: 4 } }
            reader_groups: { only: { model_name: \(Fixture.llama.directory) } }
            """
        try await ServerProcess.use(topology: yaml) { server in
            let health = server.inference + "/healthz"
            let expected = try await server.text(postOrder)
            #expect(try await HTTPCalls.get(health).status == 200)
            #expect(try await HTTPCalls.delete(server.management + "/reader/only").status == 204)
            for path in ["/generate", "/generate_stream"] {
                let answer = try await HTTPCalls.post(server.inference + path, postOrder)
                #expect(answer.status == 503, "\(answer.text)")
                #expect((answer.headers["retry-after"].flatMap { Int($0) } ?? 0) >= 1)
            }
            let unhealthy = try await HTTPCalls.get(health)
            #expect(unhealthy.status == 503)
            #expect(try await HTTPCalls.get(server.inference + "/status").status == 200)
            #expect(server.workers().isEmpty)

            let created = try await HTTPCalls.post(
                server.management + "/reader", ["model_name": Fixture.llama.directory])
            #expect(created.status == 201, "\(created.text)")
            #expect(try await HTTPCalls.get(health + "?wait=60").status == 200)
            #expect(try await server.text(postOrder) == expected)
        }
    }

    @Test(
        "a reader with another identity is refused with 409 that names both",
        arguments: [
            (["model_name": Fixture.gpt2.directory], "group's own length"),
            (["model_name": Fixture.llama.directory, "max_sequence_length": 128], "128"),
        ] as [([String: any Sendable], String)])
    func conflict(body: [String: any Sendable], difference: String) async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            let answer = try await HTTPCalls.post(server.management + "/reader", body)
            #expect(answer.status == 409, "\(difference): \(answer.text)")
            let problem = try #require(try answer.json()["error"] as? [String: Any])
            #expect(problem["code"] as? String == "identity_conflict")
            let message = problem["message"] as? String ?? ""
            // Both identities are written out: two digests.
            let digests = message.matches(of: try Regex("[0-9a-f]{8,64}")).map { String(message[$0.range]) }
            #expect(digests.count == 2, "\(message)")
            if body["max_sequence_length"] == nil {
                #expect(Set(digests).count == 2, "\(message)")
            } else {
                #expect(message.contains("256") && message.contains("128"), "\(message)")
            }
            #expect(try await server.readers().count == 1)
        }
    }

    @Test("two reader groups of different models in two consumer groups")
    func twoModels() async throws {
        let yaml = """
            reader_groups:
              left: { model_name: \(Fixture.llama.directory), tensor_parallel: 2 }
              right: { model_name: \(Fixture.gpt2.directory), consumer_group: other, replicas: 2 }
            """
        try await ServerProcess.use(topology: yaml) { server in
            #expect(try await server.readers().keys.sorted() == ["left", "right-0", "right-1"])
            #expect(server.workers().count == 4)
            for (group, model) in [("primary", Fixture.llama), ("other", Fixture.gpt2)] {
                let generated = try await SkeinCommandLine.run([
                    "generate", "--model", model.directory, "--prompt", "one two three", "--max-new-tokens",
                    "12", "--ignore-eos", "--json",
                ])
                let alone = try JSONSerialization.jsonObject(with: Data(generated.standardOutput.utf8))
                var order = postOrder
                order["consumer_group"] = group
                let text = try await server.text(order)
                #expect(text == (alone as? [String: Any])?["text"] as? String)
                #expect(!text.isEmpty)
            }
        }
    }

    @Test("skein readers list, add and remove speak to the server")
    func readersCommand() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory]) { server in
            func readers(_ arguments: String...) async throws -> FinishedCommand {
                try await SkeinCommandLine.run(["readers"] + arguments + ["--url", server.management])
            }
            let list = try await readers("list")
            #expect(list.exitCode == 0, "\(list.standardError)")
            #expect(list.standardOutput.hasPrefix("primary\ttiny-llama\tready"), "\(list.standardOutput)")
            let add = try await readers(
                "add", "--model", Fixture.gpt2.directory, "--consumer-group", "second", "--tensor-parallel",
                "2")
            #expect(add.exitCode == 0, "\(add.standardError)")
            let id = add.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(id.hasPrefix("tiny-gpt2-"))
            try await Polling.until { try await isReady(id, server) }
            let json = try await readers("list", "--json")
            let groups = try JSONSerialization.jsonObject(with: Data(json.standardOutput.utf8))
            let second = try #require((groups as? [String: [[String: Any]]])?["second"])
            #expect(second.map { $0["reader_id"] as? String } == [id])
            let remove = try await readers("remove", id)
            #expect(remove.exitCode == 0, "\(remove.standardError)")
            #expect(try await server.readers().keys.sorted() == ["tiny-llama"])
            let again = try await readers("remove", id)
            #expect(again.exitCode == 1)
            #expect(try #require(again.sentence, "\(again.standardError)").contains(id))
            let conflict = try await readers("add", "--model", "/nowhere")
            #expect(conflict.exitCode == 1)
            #expect(try #require(conflict.sentence).contains("/nowhere"))
        }
        let nobody = try await SkeinCommandLine.run(["readers", "list", "--url", "http://127.0.0.1:1"])
        #expect(nobody.exitCode == 1)
        #expect(try #require(nobody.sentence, "\(nobody.standardError)").contains("http://127.0.0.1:1"))
    }
}
