import Foundation
import Testing

private let endless: [String: any Sendable] = [
    "text": "never ending", "max_new_tokens": ModelCopy.endlessTokenCount, "ignore_eos": true,
]

@Suite("Slots and the queue", .serialized, .timeLimit(.minutes(5)))
struct SlotTests {
    @Test(
        "a client that hangs up frees its slot long before its answer is done",
        arguments: [
            "/generate", "/generate_stream",
        ])
    func hangUp(path: String) async throws {
        let model = try ModelCopy.withoutEnd()
        let layout = [
            "--model", model.directory, "--tensor-parallel", "2", "--max-batch-size", "2",
            "--max-sequence-length", "\(ModelCopy.endlessTokenCount)",
        ]
        try await ServerProcess.use(layout) { server in
            let call = Task { try await HTTPCalls.post(server.inference + path, endless) }
            let list = Task {
                try await HTTPCalls.post(
                    server.inference + path, endless.merging(["text": ["a", "b", "c"]]) { _, new in new })
            }
            // Two run, the other two of the four sequences wait.
            try await Polling.until {
                let (active, waiting) = (
                    try await server.total("active_sequences"), try await server.queueDepth()
                )
                return active == 2 && waiting == 2
            }
            let generated = try await server.total("tokens")
            try await Polling.until { try await server.total("tokens") > generated + 5 }
            call.cancel()
            list.cancel()
            try await Polling.until {
                let (active, waiting) = (
                    try await server.total("active_sequences"), try await server.queueDepth()
                )
                return active == 0 && waiting == 0
            }
            #expect(try await server.total("tokens") < ModelCopy.endlessTokenCount / 2)
            let steps = try await server.total("steps")
            #expect(
                try await server.text(["text": "after it", "max_new_tokens": 3, "ignore_eos": true]).isEmpty
                    == false)
            // Nothing of the gone sequences was computed besides.
            // `/status` may show an answer's last step a moment after the answer.
            try await Polling.until { try await server.total("active_sequences") == 0 }
            #expect(try await server.total("steps") == steps + 3)
            _ = await call.result
            _ = await list.result
        }
    }

    @Test("a full queue answers 429 with Retry-After, and admits again when there is room")
    func fullQueue() async throws {
        let model = try ModelCopy.withoutEnd()
        let yaml = """
            consumer_groups: { primary: { max_queue: 2 } }
            reader_groups:
              only: { model_name: \(model.directory), max_batch_size: 1, max_sequence_length: 65536 }
            """
        try await ServerProcess.use(topology: yaml) { server in
            let running = Task { try await HTTPCalls.post(server.inference + "/generate_stream", endless) }
            try await Polling.until { try await server.total("active_sequences") == 1 }
            let first = Task { try await HTTPCalls.post(server.inference + "/generate_stream", endless) }
            try await Polling.until { try await server.queueDepth() == 1 }
            // There is room for one of the two: a list is refused whole, and nothing of it waits.
            let list = try await HTTPCalls.post(server.inference + "/generate", ["text": ["a", "b"]])
            #expect(list.status == 429, "\(list.text)")
            #expect(try await server.queueDepth() == 1)
            let second = Task { try await HTTPCalls.post(server.inference + "/generate", endless) }
            try await Polling.until { try await server.queueDepth() == 2 }
            for path in ["/generate", "/generate_stream"] {
                let answer = try await HTTPCalls.post(server.inference + path, ["text": "one more"])
                #expect(answer.status == 429, "\(answer.text)")
                #expect((1...60).contains(answer.headers["retry-after"].flatMap { Int($0) } ?? 0))
                #expect(answer.text.contains("2 of at most 2"), "\(answer.text)")
            }
            for task in [running, first, second] { task.cancel() }
            try await Polling.until {
                let (active, waiting) = (
                    try await server.total("active_sequences"), try await server.queueDepth()
                )
                return active == 0 && waiting == 0
            }
            let texts = try await server.texts(["text": ["a", "b"], "max_new_tokens": 4, "ignore_eos": true])
            #expect(texts.count == 2)
            for task in [running, first, second] { _ = await task.result }
        }
    }

    @Test("64 streams at once on two readers of two ranks are each what they are alone")
    func manyStreams() async throws {
        let orders = (0..<64).map { index in
            var order: [String: any Sendable] = [
                "text": String(repeating: "word \(index) ", count: 1 + index % 20),
                "max_new_tokens": 20 + index % 30, "ignore_eos": true,
            ]
            if index % 2 == 1 {
                order["sampling_topk"] = 0
                order["sampling_topp"] = 0.9
                order["repetition_penalty"] = 1.1
                order["seed"] = index
            }
            return order
        }
        let alone = try await ServerProcess.use(["--model", Fixture.llama.directory, "--quant-type", "f32"]) {
            server in
            var texts: [String] = []
            for order in orders { texts.append(try await server.text(order)) }
            return texts
        }
        #expect(Set(alone).count > 60)
        let layout = [
            "--model", Fixture.llama.directory, "--quant-type", "f32", "--tensor-parallel", "2", "--replicas",
            "2",
            "--max-batch-size", "8",
        ]
        try await ServerProcess.use(layout) { server in
            let together = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for (index, order) in orders.enumerated() {
                    group.addTask { (index, try await ManyStreams.text(server, order)) }
                }
                var texts = [String](repeating: "", count: orders.count)
                for try await (index, text) in group { texts[index] = text }
                return texts
            }
            for index in orders.indices { #expect(together[index] == alone[index], "stream \(index)") }
            try await Polling.until { try await server.total("active_sequences") == 0 }
            let readers = try await server.readers()
            #expect(readers.values.allSatisfy { ($0["tokens"] as? Int ?? 0) > 0 }, "both readers took some")
            let (steps, tokens) = (try await server.total("steps"), try await server.total("tokens"))
            #expect(tokens == (0..<64).reduce(0) { $0 + 20 + $1 % 30 })
            #expect(steps * 2 < tokens, "\(steps) steps for \(tokens) tokens are no batches")
        }
    }
}
