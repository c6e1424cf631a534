import Foundation
import Testing

@Suite("A thousand clients", .serialized, .timeLimit(.minutes(10)))
struct CrowdTests {
    private static let crowdCount = 1000
    private static let distinctCount = 100
    private static let slotCount = 8

    private static let endless: [String: any Sendable] = [
        "text": "never ending", "max_new_tokens": ModelCopy.endlessTokenCount, "ignore_eos": true,
    ]

    private static func order(_ index: Int) -> [String: any Sendable] {
        let number = index % distinctCount
        var order: [String: any Sendable] = [
            "text": String(repeating: "word \(number) ", count: 1 + number % 40),
            "max_new_tokens": 6 + number % 5,
            "ignore_eos": true,
        ]
        if number % 2 == 1 {
            order["sampling_topk"] = 0
            order["seed"] = number
        }
        return order
    }

    @Test(
        "all stay open and get what they get alone, the one too many gets 429, and those who hang up leave nothing"
    )
    func crowd() async throws {
        let model = try ModelCopy.withoutEnd()
        let yaml = """
            consumer_groups: { primary: { max_queue: \(Self.crowdCount) } }
            reader_groups:
              only:
                model_name: \(model.directory)
                max_batch_size: \(Self.slotCount)
                max_sequence_length: 65536
                kv_blocks: 2048
            """
        try await ServerProcess.use(topology: yaml) { server in
            var alone: [String] = []
            for index in 0..<Self.distinctCount { alone.append(try await server.text(Self.order(index))) }
            let expected = alone
            let occupants = (0..<Self.slotCount).map { _ in
                Task { try await ManyStreams.text(server, Self.endless) }
            }
            try await Polling.until { try await server.total("active_sequences") == Self.slotCount }
            let crowd = (0..<Self.crowdCount).map { index in
                Task { try await ManyStreams.text(server, Self.order(index)) }
            }
            try await Polling.until { try await server.queueDepth() == Self.crowdCount }
            let oneTooMany = try await HTTPCalls.post(server.inference + "/generate_stream", Self.order(0))
            #expect(oneTooMany.status == 429, "\(oneTooMany.text)")
            #expect(oneTooMany.headers["retry-after"] != nil)
            #expect(try await server.queueDepth() == Self.crowdCount)

            // Every seventh hangs up: some in the queue, the others whenever their turn has come.
            let leaving = Array(stride(from: 3, to: Self.crowdCount, by: 7))
            for index in leaving.prefix(leaving.count / 2) { crowd[index].cancel() }
            for occupant in occupants { occupant.cancel() }
            for index in leaving.dropFirst(leaving.count / 2) {
                try await Task.sleep(for: .milliseconds(5))
                crowd[index].cancel()
            }
            let goneIndices = Set(leaving)
            var wrongCount = 0
            for (index, stream) in crowd.enumerated() {
                let text = await stream.result
                guard !goneIndices.contains(index) else { continue }
                if try text.get() != expected[index % Self.distinctCount] { wrongCount += 1 }
            }
            #expect(wrongCount == 0)
            for occupant in occupants { _ = await occupant.result }
            try await Polling.until {
                let (active, waiting) = (
                    try await server.total("active_sequences"), try await server.queueDepth()
                )
                return active == 0 && waiting == 0
            }
            let readers = try await server.readers()
            let used = readers.values.map { ($0["scheduling"] as? [String: Any])?["kv_blocks_used"] as? Int }
            #expect(used == [0])
        }
    }
}
