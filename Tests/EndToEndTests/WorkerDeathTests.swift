import Foundation
import Testing

/// What a client asks for in these tests.
private struct Call: Sendable {
    let path: String
    let body: [String: any Sendable]
}

/// Eight calls: greedy and sampled streams, a list, and one without streaming.
private let calls: [Call] = {
    let prompts = [
        "one two three", "a small house", "the red ball", "words and more words", "x", "numbers 1 2 3",
    ]
    var calls: [Call] = []
    for (index, prompt) in prompts.enumerated() {
        var body: [String: any Sendable] = ["text": prompt, "max_new_tokens": 90, "ignore_eos": true]
        if index % 2 == 1 {
            body["sampling_temperature"] = 0.9
            body["sampling_topk"] = 50
            body["sampling_topp"] = 0.95
            body["repetition_penalty"] = 1.2
            body["no_repeat_ngram_size"] = 4
            body["seed"] = 1000 + index
        }
        calls.append(Call(path: "/generate_stream", body: body))
    }
    let list: [String: any Sendable] = [
        "text": ["first", "second one", "third"], "max_new_tokens": 60, "ignore_eos": true,
        "sampling_temperature": 0.7, "sampling_topk": 20, "seed": 5,
    ]
    calls.append(Call(path: "/generate_stream", body: list))
    let plain: [String: any Sendable] = [
        "text": "without streaming", "max_new_tokens": 90, "ignore_eos": true,
    ]
    calls.append(Call(path: "/generate", body: plain))
    return calls
}()

/// The text of one call's answer; a list's answers by index.
private func answer(
    to call: Call, from server: ServerProcess, each: (Int) async throws -> Void = { _ in }
) async throws -> [String] {
    if call.path == "/generate" {
        let answer = try await HTTPCalls.post(server.inference + call.path, call.body)
        guard answer.status == 200 else { throw HTTPCalls.UnexpectedAnswer(description: answer.text) }
        return [try answer.json()["text"] as? String ?? "no text"]
    }
    let events = try await HTTPCalls.events(server.inference + call.path, call.body, each: each)
    guard call.body["text"] is [String] else { return [events.joined()] }
    var texts = ["", "", ""]
    for event in events {
        let object = try JSONSerialization.jsonObject(with: Data(event.utf8)) as? [String: Any] ?? [:]
        guard let index = object["batch_id"] as? Int, let text = object["text"] as? String else { continue }
        texts[index] += text
    }
    return texts
}

private func descriptors(of processID: Int32) throws -> [String] {
    let folder = "/proc/\(processID)/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
    }
}

/// Waits, without a clock of its own, until `isTrue`; the test's time limit ends what never becomes true.
private func wait(until isTrue: () async throws -> Bool) async throws {
    while try await !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
}

private func allReady(_ server: ServerProcess, count: Int) async throws -> Bool {
    let groups = try await HTTPCalls.get(server.management + "/reader_groups").json()
    let readers = groups.values.compactMap { $0 as? [[String: Any]] }.flatMap { $0 }
    return readers.count == count && readers.allSatisfy { $0["ready"] as? Bool == true }
}

/// How often readers were started again, all together.
private func restarts(of server: ServerProcess) async throws -> Int {
    let status = try await HTTPCalls.get(server.management + "/status").json()
    let readers = status["live_readers"] as? [String: [String: Any]] ?? [:]
    return readers.values.reduce(0) { $0 + ($1["restarts"] as? Int ?? 0) }
}

@Suite("A worker's death", .serialized, .timeLimit(.minutes(5)))
struct WorkerDeathTests {
    private static let layout = [
        "--model", Fixture.llama.directory, "--tensor-parallel", "2", "--replicas", "2", "--max-batch-size",
        "8",
    ]

    @Test(
        "kill -9 under eight calls changes no answer and leaves nothing behind",
        arguments: [(cache: "auto", kills: 20), (cache: "int8", kills: 6)])
    func kills(cache: String, count: Int) async throws {
        let server = try await ServerProcess.start(Self.layout + ["--kv-cache-type", cache])
        try await wait { try await allReady(server, count: 2) }
        var expected: [[String]] = []
        for call in calls { expected.append(try await answer(to: call, from: server)) }
        #expect(expected.allSatisfy { $0.allSatisfy { !$0.isEmpty } })
        let memoryFiles = try descriptors(of: server.processID).filter { $0.contains("memfd:") }.count

        var generator = SystemRandomNumberGenerator()
        for round in 0..<count {
            let victimEvent = Int.random(in: 1...60, using: &generator)
            let answers = try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
                for (index, call) in calls.enumerated() {
                    group.addTask {
                        let texts = try await answer(to: call, from: server) { event in
                            guard index == 0, event == victimEvent else { return }
                            let victim = try #require(server.workers().randomElement())
                            #expect(kill(victim, SIGKILL) == 0)
                        }
                        return (index, texts)
                    }
                }
                var answers = [[String]](repeating: [], count: calls.count)
                for try await (index, texts) in group { answers[index] = texts }
                return answers
            }
            for index in calls.indices {
                #expect(answers[index] == expected[index], "round \(round), call \(index)")
            }
            // A reader that had nothing to do may be seen to be dead only after all calls have ended.
            try await wait {
                let restartCount = try await restarts(of: server)
                let isReady = try await allReady(server, count: 2)
                return restartCount > round && isReady && server.workers().count == 4
            }
        }
        #expect(try await restarts(of: server) >= count)
        try await wait {
            try descriptors(of: server.processID).filter { $0.contains("memfd:") }.count <= memoryFiles
        }
        let workers = server.workers()
        #expect(await server.end() == 0)
        for worker in workers { #expect(!ProcessTable.isAlive(worker)) }
    }

    @Test("workers never outlive a controller that is killed")
    func controllerDies() async throws {
        let server = try await ServerProcess.start(Self.layout)
        try await wait { server.workers().count == 4 }
        let workers = server.workers()
        await server.end(signal: SIGKILL)
        try await wait { workers.allSatisfy { !ProcessTable.isAlive($0) } }
    }

    @Test("a second replica maps the pack and reads no weights")
    func secondReplicaReadsNothing() async throws {
        let server = try await ServerProcess.start(Self.layout)
        try await wait { try await allReady(server, count: 2) }
        let status = try await HTTPCalls.get(server.management + "/status").json()
        let readers = try #require(status["live_readers"] as? [String: [String: Any]])
        let bytesRead = readers.values.map { reader -> Int in
            let ranks = reader["ranks"] as? [[String: Any]] ?? []
            return ranks.reduce(0) { $0 + ($1["bytes_read"] as? Int ?? -1) }
        }
        #expect(bytesRead.count == 2)
        #expect(bytesRead.min() == 0)
        #expect((bytesRead.max() ?? 0) > 100_000)
        await server.end()
    }
}
