import Foundation
import Testing

/// A wrong topology file and what the sentence about it must hold; MODEL stands for a model's directory.
private struct BadTopology: Sendable, CustomStringConvertible {
    let description: String
    let yaml: String
    let words: [String]

    init(_ description: String, _ yaml: String, _ words: String...) {
        self.description = description
        self.yaml = yaml
        self.words = words
    }

    static let all: [BadTopology] = [
        BadTopology(
            "unknown key of server", "server:\n  prot: 1\nreader_groups:\n  a: { model_name: MODEL }\n",
            "line 2",
            "server.prot", "1", "management_port"),
        BadTopology(
            "unknown section", "servers: {}\nreader_groups: { a: { model_name: MODEL } }\n", "line 1",
            "servers", "reader_groups"),
        BadTopology(
            "unknown key of a reader group",
            "reader_groups:\n  a:\n    model_name: MODEL\n    tensor_paralel: 2\n",
            "line 4", "reader_groups.a.tensor_paralel", "2", "tensor_parallel"),
        BadTopology(
            "wrong type", "reader_groups:\n  a:\n    model_name: MODEL\n    max_batch_size: many\n", "line 4",
            "reader_groups.a.max_batch_size", "many", "1 to 256"),
        BadTopology(
            "list where a number must be", "reader_groups:\n  a:\n    model_name: MODEL\n    replicas: [1]\n",
            "line 4", "reader_groups.a.replicas", "a list", "1 to 64"),
        BadTopology(
            "a key twice", "reader_groups:\n  a:\n    model_name: MODEL\n    replicas: 1\n    replicas: 2\n",
            "line 4", "replicas"),
        BadTopology("not a map", "- reader_groups\n", "line 1", "a list", "reader_groups"),
        BadTopology("a number for the file", "7\n", "line 1", "7", "reader_groups"),
        BadTopology(
            "section that is no map", "server: 3000\nreader_groups: {}\n", "line 1", "server", "3000"),
        BadTopology(
            "tab", "reader_groups:\n\ta: { model_name: MODEL }\n", "line 2", "YAML"),
        BadTopology(
            "unclosed bracket", "reader_groups: { a: { model_name: MODEL }\n", "YAML"),
        BadTopology(
            "second document", "reader_groups: { a: { model_name: MODEL } }\n---\n{}\n", "line 2", "YAML"),
        BadTopology(
            "bad duration", "server:\n  drain_timeout: soon\nreader_groups: { a: { model_name: MODEL } }\n",
            "line 2", "server.drain_timeout", "soon", "30s"),
        BadTopology(
            "duration without unit",
            "server:\n  queue_timeout: 60\nreader_groups: { a: { model_name: MODEL } }\n", "line 2",
            "server.queue_timeout", "60"),
        BadTopology(
            "bad size", "server:\n  body_limit: 2MB\nreader_groups: { a: { model_name: MODEL } }\n", "line 2",
            "server.body_limit", "2MB", "MiB"),
        BadTopology(
            "port 70000", "server:\n  port: 70000\nreader_groups: { a: { model_name: MODEL } }\n", "line 2",
            "server.port", "70000", "65535"),
        BadTopology(
            "quoted number", "server:\n  port: \"3000\"\nreader_groups: { a: { model_name: MODEL } }\n",
            "line 2",
            "server.port", "3000", "quotes"),
        BadTopology(
            "replicas 0", "reader_groups:\n  a:\n    model_name: MODEL\n    replicas: 0\n", "line 4",
            "reader_groups.a.replicas", "0", "1 to 64"),
        BadTopology(
            "tensor_parallel 17", "reader_groups:\n  a:\n    model_name: MODEL\n    tensor_parallel: 17\n",
            "line 4", "reader_groups.a.tensor_parallel", "17", "1 to 16"),
        BadTopology(
            "kv_cache_type bf16", "reader_groups:\n  a:\n    model_name: MODEL\n    kv_cache_type: bf16\n",
            "line 4",
            "reader_groups.a.kv_cache_type", "bf16", "auto, f32, f16, int8"),
        BadTopology(
            "quant_type that never was",
            "reader_groups:\n  a:\n    model_name: MODEL\n    quant_type: int3\n",
            "line 4", "reader_groups.a.quant_type", "int3", "f32"),
        BadTopology(
            "a key of another batching mode",
            "consumer_groups:\n  primary: { batching: static, min_batch: 2 }\n"
                + "reader_groups: { a: { model_name: MODEL } }\n",
            "line 2", "consumer_groups.primary.min_batch", "2", "window, load, hybrid"),
        BadTopology(
            "model_name missing", "reader_groups:\n  a: { replicas: 1 }\n", "line 2",
            "reader_groups.a.model_name"),
        BadTopology("no reader group", "reader_groups: {}\n", "reader_groups"),
        BadTopology("empty file", "", "reader_groups"),
        BadTopology(
            "cores that do not fit the layout",
            "reader_groups:\n  a:\n    model_name: MODEL\n    tensor_parallel: 2\n    placement: { cores: [[0]] }\n",
            "line 5", "reader_groups.a.placement", "2"),
        BadTopology(
            "max_sequence_length beyond the model's",
            "reader_groups:\n  a:\n    model_name: MODEL\n    max_sequence_length: 257\n",
            "max_sequence_length",
            "257", "256"),
        BadTopology(
            "two models in one consumer group",
            "reader_groups:\n  a: { model_name: MODEL }\n  b: { model_name: MODEL, max_sequence_length: 100 }\n",
            "primary", "256", "100"),
        BadTopology(
            "one id for two readers",
            "reader_groups:\n  a: { model_name: MODEL, replicas: 2 }\n  a-1: { model_name: MODEL }\n", "a-1"),
    ]
}

@Suite("Topology files that are refused", .serialized, .timeLimit(.minutes(5)))
struct BadTopologyTests {
    @Test("serve exits 2 with one sentence: line, key, value, what is allowed")
    func serve() async throws {
        for bad in BadTopology.all {
            let yaml = bad.yaml.replacing("MODEL", with: Fixture.llama.directory)
            let file = try TopologyText(yaml)
            let finished = try await SkeinCommandLine.run([
                "serve", "--port", "0", "--topology", file.path,
            ])
            #expect(finished.exitCode == 2, "\(bad): \(finished.standardError)")
            let sentence = finished.sentence ?? ""
            #expect(!sentence.isEmpty, "\(bad): \(finished.standardError)")
            for word in bad.words { #expect(sentence.contains(word), "\(bad): \(sentence)") }
            #expect(finished.standardOutput.isEmpty, "\(bad): \(finished.standardOutput)")
        }
    }

    @Test("bytes that are no UTF-8 and a file that is a folder")
    func unreadable() async throws {
        let file = try TopologyText("")
        try Data([0x61, 0xFF, 0x0A]).write(to: URL(filePath: file.path))
        let folder = URL(filePath: file.path).deletingLastPathComponent().path
        for (path, word) in [(file.path, "UTF-8"), (folder, folder)] {
            let finished = try await SkeinCommandLine.run(["serve", "--port", "0", "--topology", path])
            #expect(finished.exitCode == 2, "\(path): \(finished.standardError)")
            let sentence = try #require(finished.sentence, "\(path): \(finished.standardError)")
            #expect(sentence.contains(word), "\(sentence)")
        }
    }

    @Test("a wrong variable and a wrong flag are named as what they are")
    func otherSources() async throws {
        let model = ["serve", "--port", "0", "--model", Fixture.llama.directory]
        let variable = try await SkeinCommandLine.run(model, environment: ["SKEIN_MAX_QUEUE": "none"])
        #expect(variable.exitCode == 2)
        let sentence = try #require(variable.sentence, "\(variable.standardError)")
        for word in ["SKEIN_MAX_QUEUE", "none", "1 to 1000000"] {
            #expect(sentence.contains(word), "\(sentence)")
        }
        let flag = try await SkeinCommandLine.run(model + ["--max-batch-size", "0"])
        #expect(flag.exitCode == 2)
        let other = try #require(flag.sentence, "\(flag.standardError)")
        for word in ["--max-batch-size", "0", "1 to 256"] { #expect(other.contains(word), "\(other)") }
    }
}
