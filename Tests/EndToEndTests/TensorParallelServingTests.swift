import Foundation
import Testing

/// A model whose greedy answer to `prompt` ends by itself after `count` tokens.
private struct EndingModel: Sendable {
    static let prompt = "a"
    let copy: ModelCopy
    let count: Int

    /// Makes one of a fixture: the first token of its answer that comes late enough and not before is declared
    /// to be the end of text.
    static func make(of fixture: Fixture) async throws -> EndingModel {
        let generated = try await SkeinCommandLine.run([
            "generate", "--model", fixture.directory, "--prompt", prompt, "--max-new-tokens", "30",
            "--ignore-eos", "--json",
        ])
        let object = try JSONSerialization.jsonObject(with: Data(generated.standardOutput.utf8))
        let ids = (object as? [String: Any])?["token_ids"] as? [Int] ?? []
        let index = try #require(
            ids.indices.first { $0 >= 3 && ids.firstIndex(of: ids[$0]) == $0 }, "\(generated.standardError)")
        let copy = try ModelCopy(of: fixture, name: "ending-\(fixture.rawValue)")
        for file in ["config.json", "generation_config.json"] {
            try copy.edit(file) { $0["eos_token_id"] = ids[index] }
        }
        return EndingModel(copy: copy, count: index)
    }
}

/// Every layout that must answer alike; the fixtures have three query heads, so that of four ranks one has none.
private let layouts: [[String]] = [
    ["--tensor-parallel", "2"],
    ["--tensor-parallel", "3", "--transport", "unix"],
    ["--tensor-parallel", "4", "--transport", "shm"],
    ["--tensor-parallel", "4", "--transport", "unix", "--prefill-chunk", "3"],
    ["--threads", "2", "--replicas", "2"],
    ["--tensor-parallel", "2", "--replicas", "2", "--max-batch-size", "1"],
]

/// What is asked of every layout: greedy, sampled, with penalties, ending by itself and not, long prompts.
private let orders: [[String: any Sendable]] = [
    ["text": EndingModel.prompt, "return_metadata": true],
    ["text": EndingModel.prompt, "return_metadata": true, "min_new_tokens": 20, "max_new_tokens": 40],
    ["text": EndingModel.prompt, "return_metadata": true, "ignore_eos": true, "max_new_tokens": 40],
    ["text": EndingModel.prompt, "max_new_tokens": 40, "sampling_topk": 0, "seed": 7, "ignore_eos": true],
    [
        "text": String(repeating: "words ", count: 40), "max_new_tokens": 30, "sampling_topk": 30, "seed": 8,
        "sampling_temperature": 0.7, "sampling_topp": 0.9, "repetition_penalty": 1.3,
        "no_repeat_ngram_size": 2,
        "ignore_eos": true,
    ],
    [
        "text": ["a", "one two", "the red ball is big"], "max_new_tokens": 25, "sampling_topk": 0, "seed": 9,
        "ignore_eos": true, "return_metadata": true,
    ],
]

/// The bodies that a server answers to all orders.
private func answers(_ server: ServerProcess) async throws -> [String] {
    var bodies: [String] = []
    for order in orders {
        let answer = try await HTTPCalls.post(server.inference + "/generate", order)
        guard answer.status == 200 else { throw HTTPCalls.UnexpectedAnswer(description: answer.text) }
        bodies.append(answer.text)
    }
    return bodies
}

@Suite("Serving with tensor parallelism", .serialized, .timeLimit(.minutes(5)))
struct TensorParallelServingTests {
    @Test("every layout gives the same answers", arguments: Fixture.allCases)
    func layoutsAgree(fixture: Fixture) async throws {
        let model = try await EndingModel.make(of: fixture)
        let single = ["--model", model.copy.directory]
        let expected = try await ServerProcess.use(single) { try await answers($0) }
        #expect(Set(expected).count == orders.count)
        for layout in layouts {
            let found = try await ServerProcess.use(single + layout) { try await answers($0) }
            for index in orders.indices {
                #expect(found[index] == expected[index], "\(layout), order \(index)")
            }
        }
    }

    @Test("four ranks for three heads: all are there, and one holds no head")
    func fourRanks() async throws {
        try await ServerProcess.use(["--model", Fixture.llama.directory, "--tensor-parallel", "4"]) {
            server in
            _ = try await server.text(["text": "one", "max_new_tokens": 3])
            let reader = try #require(try await server.readers()["tiny-llama"])
            #expect((reader["pids"] as? [Int])?.map(Int32.init).sorted() == server.workers().sorted())
            let ranks = try #require(reader["ranks"] as? [[String: Any]])
            #expect(ranks.map { $0["rank"] as? Int } == [0, 1, 2, 3])
            // Each reads its own rows only: together little more than the weights' 397296 bytes.
            let read = ranks.map { $0["bytes_read"] as? Int ?? -1 }
            #expect(read.allSatisfy { $0 > 0 })
            #expect((397_296..<420_000).contains(read.reduce(0, +)), "\(read)")
        }
        let plan = try await SkeinCommandLine.run([
            "plan", "--model", Fixture.llama.directory, "--tensor-parallel", "4", "--json",
        ])
        let object = try JSONSerialization.jsonObject(with: Data(plan.standardOutput.utf8))
        let reader = ((object as? [String: Any])?["readers"] as? [[String: Any]])?.first
        let ranks = reader?["ranks"] as? [[String: Any]] ?? []
        #expect(ranks.map { $0["query_heads"] as? Int } == [1, 1, 1, 0])
        #expect(ranks.map { $0["key_value_heads"] as? Int } == [1, 1, 1, 0])
    }

    @Test("end of text, min_new_tokens and ignore_eos", arguments: Fixture.allCases)
    func endOfText(fixture: Fixture) async throws {
        let model = try await EndingModel.make(of: fixture)
        let layout = ["--model", model.copy.directory, "--tensor-parallel", "2"]
        try await ServerProcess.use(layout) { server in
            func ask(_ more: [String: any Sendable]) async throws -> (
                text: String, reason: String, count: Int
            ) {
                let order: [String: any Sendable] = [
                    "text": EndingModel.prompt, "return_metadata": true, "max_new_tokens": 40,
                ]
                let answer = try await HTTPCalls.post(
                    server.inference + "/generate", order.merging(more) { _, new in new })
                let object = try answer.json()
                let metadata = try #require(object["metadata"] as? [String: Any], "\(answer.text)")
                return (
                    object["text"] as? String ?? "", metadata["finish_reason"] as? String ?? "",
                    metadata["generated_tokens"] as? Int ?? -1
                )
            }
            let plain = try await ask([:])
            #expect(plain.reason == "eos_token")
            #expect(plain.count == model.count)
            let least = model.count + 5
            let longer = try await ask(["min_new_tokens": least])
            #expect(longer.count >= least)
            #expect(longer.text.hasPrefix(plain.text))
            let enough = try await ask(["min_new_tokens": model.count])
            #expect(enough == plain)
            let through = try await ask(["ignore_eos": true])
            #expect(through.count == 40)
            #expect(through.reason == "length")
            #expect(through.text.hasPrefix(plain.text))
            #expect(through.text != longer.text)
            let capped = try await ask(["max_new_tokens": 3])
            #expect(capped.count == 3)
            #expect(capped.reason == "length")
            #expect(plain.text.hasPrefix(capped.text))
        }
    }

    @Test("a seed makes sampling repeat; another seed, or none, does not")
    func seeds() async throws {
        let layout = [
            "--model", Fixture.llama.directory, "--tensor-parallel", "2", "--replicas", "2",
        ]
        try await ServerProcess.use(layout) { server in
            func sample(_ seed: Int?) async throws -> String {
                var order: [String: any Sendable] = [
                    "text": "one two three", "max_new_tokens": 40, "sampling_topk": 0, "ignore_eos": true,
                ]
                if let seed { order["seed"] = seed }
                return try await server.text(order)
            }
            let first = try await sample(1)
            // Whichever of the two readers takes it.
            for _ in 0..<5 { #expect(try await sample(1) == first) }
            let others = [try await sample(2), try await sample(nil), try await sample(nil)]
            #expect(Set(others + [first]).count == 4)
            // Temperature alone stays greedy: sampling_topk is 1 unless said.
            let greedy = try await server.text([
                "text": "one two three", "max_new_tokens": 40, "ignore_eos": true,
            ])
            let warm = try await server.text([
                "text": "one two three", "max_new_tokens": 40, "ignore_eos": true, "sampling_temperature": 3,
            ])
            #expect(warm == greedy)
        }
    }

    @Test("a list is answered as its prompts alone, in order, on both routes")
    func lists() async throws {
        let prompts = ["one", "two three", "", "the red ball", "one"]
        let layout = ["--model", Fixture.llama.directory, "--tensor-parallel", "3", "--max-batch-size", "3"]
        try await ServerProcess.use(layout) { server in
            for sampling: [String: any Sendable] in [[:], ["sampling_topk": 0, "seed": 21]] {
                let common: [String: any Sendable] = ["max_new_tokens": 30, "ignore_eos": true]
                let order = common.merging(sampling) { _, new in new }
                var singles: [String] = []
                for prompt in prompts {
                    singles.append(try await server.text(order.merging(["text": prompt]) { _, new in new }))
                }
                let list = order.merging(["text": prompts]) { _, new in new }
                #expect(try await server.texts(list) == singles)
                #expect(singles[0] == singles[4])
                #expect(Set(singles).count == 4)
                var streamed = [String](repeating: "", count: prompts.count)
                for event in try await HTTPCalls.events(server.inference + "/generate_stream", list) {
                    let object = try JSONSerialization.jsonObject(with: Data(event.utf8)) as? [String: Any]
                    let index = try #require(object?["batch_id"] as? Int)
                    streamed[index] += object?["text"] as? String ?? ""
                }
                #expect(streamed == singles)
                let one = try await server.texts(order.merging(["text": ["one"]]) { _, new in new })
                #expect(one == [singles[0]])
            }
        }
    }
}
