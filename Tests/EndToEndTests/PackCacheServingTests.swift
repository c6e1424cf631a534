import Foundation
import Platform
import TestSupport
import Testing

@Suite("Packs that outlive the process", .serialized, .timeLimit(.minutes(5)))
struct PackCacheServingTests {
    private let cache: TemporaryFolder
    private let prompt: [String: any Sendable] = [
        "text": "one two three", "max_new_tokens": 40, "ignore_eos": true,
    ]

    init() throws { cache = try TemporaryFolder() }

    private func generate(_ more: [String]) async throws -> (ids: [Int], log: String) {
        let finished = try await SkeinCommandLine.run(
            [
                "generate", "--json", "--log-level", "info", "--model", Fixture.llama.directory,
                "--quant-type",
                "int8", "--prompt", "one two three", "--ignore-eos", "--max-new-tokens", "40",
            ] + more)
        guard finished.exitCode == 0 else {
            throw HTTPCalls.UnexpectedAnswer(description: finished.standardError)
        }
        let object = try JSONSerialization.jsonObject(with: Data(finished.standardOutput.utf8))
        return ((object as? [String: Any])?["token_ids"] as? [Int] ?? [], finished.standardError)
    }

    private func packFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: cache.url, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent != "lock" }
    }

    private func plannedEntry(_ more: [String]) async throws -> [String: Any] {
        let plan = try await SkeinCommandLine.run(
            ["plan", "--json", "--model", Fixture.llama.directory, "--quant-type", "int8"] + more)
        let object = try JSONSerialization.jsonObject(with: Data(plan.standardOutput.utf8))
        let readers = (object as? [String: Any])?["readers"] as? [[String: Any]]
        return readers?.first?["pack_cache"] as? [String: Any] ?? [:]
    }

    @Test("a server that is told to stop ends when the pack that waits to be written is written")
    func endsAfterWriting() async throws {
        // Whoever has the lock writes; meanwhile the server waits.
        let lock = cache.url.appending(path: "lock")
        #expect(FileManager.default.createFile(atPath: lock.path, contents: nil))
        let handle = try FileHandle(forUpdating: lock)
        #expect(flock(handle.fileDescriptor, LOCK_EX) == 0)
        let server = try await ServerProcess.start([
            "--model", Fixture.llama.directory, "--quant-type", "int8", "--pack-cache", cache.url.path,
        ])
        let pids = try await server.readers().values.flatMap { $0["pids"] as? [Int] ?? [] }
        #expect(pids.count == 1)
        async let exitCode = server.end()
        try await Polling.until { pids.allSatisfy { kill(pid_t($0), 0) != 0 } }
        #expect(try packFiles().isEmpty)
        try handle.close()
        #expect(await exitCode == 0)
        #expect(try packFiles().count == 1)
    }

    @Test("a pack built by one split is mapped by every other, with the same answer, and plan knows")
    func splits() async throws {
        let flags = ["--pack-cache", cache.url.path]
        let plain = try await generate([])
        #expect(try await plannedEntry(flags)["is_present"] as? Bool == false)
        let first = try await generate(flags + ["--tensor-parallel", "2"])
        #expect(first.log.contains("pack is not in the pack cache"))
        #expect(first.log.contains("pack written to the pack cache"))
        #expect(try packFiles().count == 1)
        let entry = try await plannedEntry(flags + ["--tensor-parallel", "3"])
        #expect(entry["is_present"] as? Bool == true)
        #expect(entry["path"] as? String == (try packFiles().first?.path))
        for rankCount in ["1", "2", "3"] {
            let next = try await generate(flags + ["--tensor-parallel", rankCount])
            #expect(next.log.contains("pack found in the pack cache"))
            #expect(next.ids == plain.ids && next.ids.count == 40)
        }
        // Another format is another pack.
        _ = try await generate(flags + ["--quant-type", "int4"])
        #expect(try packFiles().count == 2)
        #expect(try await plannedEntry([])["path"] as? String == nil)
    }

    @Test("two that start at once write one file, and both answer")
    func twoAtOnce() async throws {
        let flags = ["--pack-cache", cache.url.path]
        async let one = generate(flags)
        async let other = generate(flags)
        #expect(try await one.ids == other.ids)
        #expect(try packFiles().count == 1)
        #expect(try await generate(flags).log.contains("pack found in the pack cache"))
    }

    @Test("a file that somebody cuts off under a running server costs its workers, and no answer")
    func truncation() async throws {
        _ = try await generate(["--pack-cache", cache.url.path])
        let file = try #require(try packFiles().first)
        try await ServerProcess.use([
            "--model", Fixture.llama.directory, "--quant-type", "int8", "--pack-cache", cache.url.path,
        ]) { server in
            let expected = try await server.text(prompt)
            let before = try #require(try await server.readers().values.first)
            #expect(before["pack_cached"] as? Bool == true)
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: 4096)
            try handle.close()
            #expect(try await server.text(prompt) == expected)
            let after = try #require(try await server.readers().values.first)
            #expect(after["pack_cached"] as? Bool == false && after["restarts"] as? Int == 1)
            #expect((after["last_error"] as? String)?.contains("signal 7") == true)
            // The new pack takes the file's place.
            try await Polling.until {
                try await plannedEntry(["--pack-cache", cache.url.path])["is_present"] as? Bool == true
            }
        }
    }

    @Test(
        "a directory that cannot be written is said, and served without", arguments: ["/proc/skein", "/sys"])
    func forbidden(path: String) async throws {
        let answer = try await generate(["--pack-cache", path])
        #expect(answer.ids.count == 40)
        #expect(answer.log.contains("warning pack is not kept"))
    }

    @Test("on a machine with two NUMA nodes each rank's memory has a node, and the answers are the same")
    func twoNodes() async throws {
        // hwloc's own way of describing other machines; node 1 does not exist here, and workers say so and go on.
        let environment = ["HWLOC_SYNTHETIC": "node:2 core:1 pu:1"]
        let arguments = ["--model", Fixture.llama.directory, "--tensor-parallel", "2", "--threads", "1"]
        let plan = try await SkeinCommandLine.run(["plan", "--json"] + arguments, environment: environment)
        let object = try JSONSerialization.jsonObject(with: Data(plan.standardOutput.utf8)) as? [String: Any]
        let reader = try #require((object?["readers"] as? [[String: Any]])?.first)
        guard try Machine.current().cores.count > 1 else { return }
        #expect((object?["machine"] as? [String: Any])?["nodes"] as? [Int] == [0, 1])
        #expect(reader["place"] as? [Int] == [0, 1])
        let ranks = reader["ranks"] as? [[String: Any]] ?? []
        #expect(ranks.map { $0["memory_nodes"] as? [Int] } == [[0], [1]])
        #expect(ranks.map { $0["cores"] as? [Int] } == [[0], [1]])
        let text = ["generate", "--prompt", "one two", "--ignore-eos", "--max-new-tokens", "20"] + arguments
        let there = try await SkeinCommandLine.run(text, environment: environment)
        let here = try await SkeinCommandLine.run(text)
        #expect(there.exitCode == 0 && there.standardOutput == here.standardOutput)
        if try Machine.current().nodes == [0] {
            #expect(there.standardError.contains("memory cannot be placed"))
        }
    }
}
