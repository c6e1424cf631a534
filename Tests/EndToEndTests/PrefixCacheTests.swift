import Foundation
import Testing

@Suite("Shared beginnings and scarce blocks", .serialized, .timeLimit(.minutes(5)))
struct PrefixCacheTests {
    /// Prompts with a long common beginning, then with one of their own; greedy and sampled ones.
    private static let orders: [[String: any Sendable]] = (0..<24).map { index in
        let common = String(repeating: "You are a helpful assistant, and brief. ", count: 4)
        let own = String(repeating: "word \(index) ", count: 1 + index % 7)
        var order: [String: any Sendable] = [
            "text": index % 3 == 2 ? own + common : common + own, "max_new_tokens": 30 + index,
            "ignore_eos": true,
        ]
        if index % 2 == 1 {
            order["sampling_topk"] = 0
            order["sampling_topp"] = 0.9
            order["repetition_penalty"] = 1.1
            order["seed"] = index
        }
        return order
    }

    private static func layout(_ more: [String]) -> [String] {
        ["--model", Fixture.llama.directory, "--quant-type", "int8", "--max-sequence-length", "256"] + more
    }

    @Test("answers are those of a server without a prefix cache, one at a time and all at once")
    func sameAnswers() async throws {
        let expected = try await ServerProcess.use(Self.layout(["--prefix-cache", "off"])) { server in
            var texts: [String] = []
            for order in Self.orders { texts.append(try await server.text(order)) }
            #expect(try await server.scheduling("prefix_hit_tokens") == 0)
            return texts
        }
        #expect(Set(expected).count == expected.count)
        // Far fewer blocks than eight sequences need: some have to give way.
        let scarce = ["--tensor-parallel", "2", "--max-batch-size", "8", "--kv-blocks", "10"]
        try await ServerProcess.use(Self.layout(scarce)) { server in
            for (order, text) in zip(Self.orders, expected) { #expect(try await server.text(order) == text) }
            #expect(try await server.scheduling("prefix_hit_tokens") > 24 * 32)
            let together = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for (index, order) in Self.orders.enumerated() {
                    group.addTask { (index, try await ManyStreams.text(server, order)) }
                }
                var texts = [String](repeating: "", count: Self.orders.count)
                for try await (index, text) in group { texts[index] = text }
                return texts
            }
            for index in expected.indices {
                // A carriage return ends a line of an event stream, and reads as a line feed.
                let text = expected[index].replacing("\r", with: "\n")
                #expect(together[index].replacing("\r", with: "\n") == text, "stream \(index)")
            }
            #expect(try await server.scheduling("preemptions") > 0)
            try await Polling.until { try await server.scheduling("kv_blocks_used") == 0 }
        }
    }

    @Test(
        "equal short prompts at once begin as copies of one, and each answer is what it is without a cache",
        arguments: ["f32", "f16", "int8"])
    func equalShortPrompts(keyValueType: String) async throws {
        let flags = ["--kv-cache-type", keyValueType, "--max-batch-size", "8"]
        func orders(_ prompt: String) -> [[String: any Sendable]] {
            (0..<16).map { seed in
                [
                    "text": prompt, "max_new_tokens": 40, "ignore_eos": true, "sampling_topk": 0,
                    "sampling_temperature": 1, "seed": seed,
                ]
            }
        }
        let all = orders("one two three four five") + orders("one two three four six")
        let expected = try await ServerProcess.use(Self.layout(flags + ["--prefix-cache", "off"])) { server in
            var texts: [String] = []
            for order in all { texts.append(try await server.text(order)) }
            return texts
        }
        #expect(Set(expected).count == expected.count)
        try await ServerProcess.use(Self.layout(flags + ["--tensor-parallel", "2"])) { server in
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for (index, order) in all.enumerated() {
                    group.addTask { (index, try await server.text(order)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for index in expected.indices { #expect(answers[index] == expected[index], "answer \(index)") }
            // All but the first few of 32 prompts begin with most of another one.
            let hitCount = try await server.scheduling("prefix_hit_tokens")
            #expect(2 * hitCount > (try await server.scheduling("prefix_lookup_tokens")))
        }
    }

    @Test("metadata says how much of the prompt was not computed again: all but the last token at most")
    func cachedTokens() async throws {
        try await ServerProcess.use(Self.layout([])) { server in
            var order = Self.orders[0]
            order["return_metadata"] = true
            let first = try await server.metadata(order)
            let prompt = try #require(first["prompt_tokens"])
            #expect(first["cached_tokens"] == 0)
            #expect(try await server.metadata(order)["cached_tokens"] == prompt - 1)
            order["text"] = "Something else. \(order["text"] ?? "")"
            #expect(try await server.metadata(order)["cached_tokens"] == 0)
        }
    }

    @Test("too few blocks for one sequence are refused with the number that is needed")
    func tooFewBlocks() async throws {
        let result = try await SkeinCommandLine.run(["plan"] + Self.layout(["--kv-blocks", "7"]))
        #expect(result.exitCode == 2)
        #expect(
            result.standardError.contains("kv_blocks is 7; allowed: 8 or more"), "\(result.standardError)")
    }
}

extension ServerProcess {
    /// The numbers in an answer's metadata.
    fileprivate func metadata(_ order: [String: any Sendable]) async throws -> [String: Int] {
        let answer = try await HTTPCalls.post(inference + "/generate", order).json()
        let metadata = try #require(answer["metadata"] as? [String: Any])
        return metadata.compactMapValues { $0 as? Int }
    }

    /// A number of the readers' scheduling in `/status`, summed.
    fileprivate func scheduling(_ field: String) async throws -> Int {
        try await readers().values.reduce(0) { sum, reader in
            sum + ((reader["scheduling"] as? [String: Any])?[field] as? Int ?? 0)
        }
    }
}
