import Foundation
import TestSupport
import Testing

/// What `plan --json` must find in each file of Topologies/: ranks of each reader, by reader id.
private let layouts: [String: [String: Int]] = [
    "default": ["demo": 2],
    "single": ["demo": 1],
    "two-way": ["demo": 2],
    "four-way": ["demo": 4],
    "two-replicas": ["demo-0": 1, "demo-1": 1],
    "two-by-two": ["demo-0": 2, "demo-1": 2],
    "two-groups": ["split": 2, "whole": 1],
]

/// The files of Topologies/ beside a model where they look for one.
private final class ExampleFolder: Sendable {
    let names: [String]
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let source = SharedFolder.packageRoot.appending(path: "Topologies")
        let target = folder.url.appending(path: "Topologies")
        let models = folder.url.appending(path: "Models")
        for url in [target, models] {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: source.path)
            .filter { $0.hasSuffix(".yaml") }
        for file in files {
            let data = try Data(contentsOf: source.appending(path: file))
            try data.write(to: target.appending(path: file))
        }
        names = files.map { String($0.dropLast(".yaml".count)) }.sorted()
        try FileManager.default.createSymbolicLink(
            at: models.appending(path: "skein-demo"),
            withDestinationURL: URL(filePath: Fixture.llama.directory))
    }

    func path(_ name: String) -> String { folder.url.appending(path: "Topologies/\(name).yaml").path }
}

@Suite("The example topologies", .serialized, .timeLimit(.minutes(5)))
struct TopologyExamplesTests {
    @Test("every file of Topologies/ is planned with the layout it is named after")
    func plans() async throws {
        let examples = try ExampleFolder()
        #expect(examples.names == layouts.keys.sorted())
        for name in examples.names {
            let finished = try await SkeinCommandLine.run(["plan", examples.path(name), "--json"])
            #expect(finished.exitCode == 0, "\(name): \(finished.standardError)")
            let plan = try JSONSerialization.jsonObject(with: Data(finished.standardOutput.utf8))
            let readers = (plan as? [String: Any])?["readers"] as? [[String: Any]] ?? []
            var found: [String: Int] = [:]
            for reader in readers {
                found[reader["reader_id"] as? String ?? ""] = (reader["ranks"] as? [Any])?.count ?? 0
            }
            #expect(found == layouts[name], "\(name)")
        }
    }

    @Test("the two largest are served, and answer alike")
    func serve() async throws {
        let examples = try ExampleFolder()
        let order: [String: any Sendable] = [
            "text": "one two three", "max_new_tokens": 20, "ignore_eos": true,
        ]
        let single = try await ServerProcess.use(["--topology", examples.path("single")]) { server in
            try await server.text(order)
        }
        #expect(!single.isEmpty)
        for name in ["two-by-two", "two-groups"] {
            let (text, processCount) = try await ServerProcess.use(["--topology", examples.path(name)]) {
                (try await $0.text(order), $0.workers().count)
            }
            #expect(text == single, "\(name)")
            #expect(processCount == (name == "two-by-two" ? 4 : 3))
        }
    }

    @Test("plan prints what a flag decides, and exits 2 with the legal choices")
    func overrides() async throws {
        let examples = try ExampleFolder()
        let plan = try await SkeinCommandLine.run([
            "plan", examples.path("two-way"), "--tensor-parallel", "3", "--max-sequence-length", "64",
        ])
        #expect(plan.exitCode == 0, "\(plan.standardError)")
        #expect(
            plan.standardOutput.contains("reader_groups.demo.tensor_parallel = 3  (flag --tensor-parallel)"))
        #expect(plan.standardOutput.contains("16 sequences of 64 tokens"))
        let wrong = try await SkeinCommandLine.run([
            "plan", examples.path("two-way"), "--max-sequence-length", "257",
        ])
        #expect(wrong.exitCode == 2)
        let sentence = try #require(wrong.sentence, "\(wrong.standardError)")
        for word in ["max_sequence_length", "257", "2 to 256"] {
            #expect(sentence.contains(word), "\(sentence)")
        }
    }
}
