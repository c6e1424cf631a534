import Foundation
import Testing
import Topology

@Suite("Topology files that are wrong")
struct WrongTopologyTests {
    /// A wrong file, and the sentence it is refused with.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let yaml: String
        let code: TopologyError.Code
        let sentence: String

        init(_ yaml: String, _ code: TopologyError.Code, _ sentence: String) {
            self.yaml = yaml
            self.code = code
            self.sentence = sentence
        }

        var testDescription: String { sentence }
    }

    static let readerKeys =
        "model_name, consumer_group, tensor_parallel, replicas, quant_type, kv_cache_type, transport, "
        + "threads_per_rank, prefill_chunk, max_batch_size, max_sequence_length, placement"
    static let names = "1 to 64 of the characters A-Z a-z 0-9 . _ -, a letter or digit first"
    static let placements =
        "auto, none, or {cores: [[0], [1]]} with one list a rank, replica after replica"

    static let shapes: [Wrong] = [
        Wrong(
            "hello", .wrongType,
            "line 1: the file is hello; allowed: a mapping with server, consumer_groups, reader_groups"),
        Wrong(
            "- a\n- b", .wrongType,
            "line 1: the file is a list; allowed: a mapping with server, consumer_groups, reader_groups"),
        Wrong(
            "", .missingKey,
            "reader_groups is missing; allowed: a mapping of names to reader groups, at least one"),
        Wrong(
            "reader_groups:\n", .missingKey,
            "line 1: reader_groups is missing; allowed: a mapping of names to reader groups, at least one"),
        Wrong(
            "reader_groups: [a]", .wrongType,
            "line 1: reader_groups is a list; allowed: a mapping of names to reader groups, at least one"),
        Wrong(
            "reader_groups:\n  chat: ../Models/x\n", .wrongType,
            "line 2: reader_groups.chat is ../Models/x; allowed: a mapping with \(readerKeys)"),
        Wrong(
            "reader_groups:\n  chat:\n", .missingKey,
            "line 2: reader_groups.chat.model_name is missing; allowed: a directory in Hugging Face layout"),
        Wrong(
            "server: 3000\n" + readerGroup(""), .wrongType,
            "line 1: server is 3000; allowed: a mapping with host, port, management_host, management_port, "
                + "openai_port, model_roots, log_level, log_format, drain_timeout, queue_timeout, body_limit"),
        Wrong(
            "consumer_groups: [primary]\n" + readerGroup(""), .wrongType,
            "line 1: consumer_groups is a list; allowed: a mapping of names to max_queue, batching"),
        Wrong(
            "consumer_groups: {primary: 4}\n" + readerGroup(""), .wrongType,
            "line 1: consumer_groups.primary is 4; allowed: a mapping with max_queue, batching"),
        Wrong(
            "? [a, b]\n: c\n", .wrongType, "line 1: a key of the file is a list; allowed: a word"),
    ]

    static let unknownKeys: [Wrong] = [
        Wrong(
            readerGroup("") + "readers: 2\n", .unknownKey,
            "line 5: unknown key readers (2); allowed: server, consumer_groups, reader_groups"),
        Wrong(
            "server:\n  prot: 1\n" + readerGroup(""), .unknownKey,
            "line 2: unknown key server.prot (1); allowed: host, port, management_host, management_port, "
                + "openai_port, model_roots, log_level, log_format, drain_timeout, queue_timeout, body_limit"),
        Wrong(
            "consumer_groups:\n  primary:\n    queue: 1\n" + readerGroup(""), .unknownKey,
            "line 3: unknown key consumer_groups.primary.queue (1); allowed: max_queue, batching"),
        Wrong(
            readerGroup("device: cuda"), .unknownKey,
            "line 4: unknown key reader_groups.chat.device (cuda); allowed: \(readerKeys)"),
        Wrong(
            readerGroup("placement: {cores: [[0]], nodes: [0]}"), .unknownKey,
            "line 4: unknown key reader_groups.chat.placement.nodes (a list); allowed: cores"),
        Wrong(
            "takeoff: {}\nserver: {}\n", .unknownKey,
            "line 2: unknown key server (a mapping); allowed: takeoff alone, or server, consumer_groups, "
                + "reader_groups"),
    ]

    static let values: [Wrong] = [
        Wrong(
            readerGroup("tensor_parallel: two"), .invalidValue,
            "line 4: reader_groups.chat.tensor_parallel is two; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("tensor_parallel: 0"), .invalidValue,
            "line 4: reader_groups.chat.tensor_parallel is 0; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("tensor_parallel: 17"), .invalidValue,
            "line 4: reader_groups.chat.tensor_parallel is 17; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("tensor_parallel: 2.0"), .invalidValue,
            "line 4: reader_groups.chat.tensor_parallel is 2.0; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("tensor_parallel: \"2\""), .wrongType,
            "line 4: reader_groups.chat.tensor_parallel is \"2\"; allowed: a whole number from 1 to 16, "
                + "without quotes"),
        Wrong(
            readerGroup("tensor_parallel: [2]"), .wrongType,
            "line 4: reader_groups.chat.tensor_parallel is a list; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("tensor_parallel:"), .wrongType,
            "line 4: reader_groups.chat.tensor_parallel is empty; allowed: a whole number from 1 to 16"),
        Wrong(
            readerGroup("replicas: -1"), .invalidValue,
            "line 4: reader_groups.chat.replicas is -1; allowed: a whole number from 1 to 64"),
        Wrong(
            readerGroup("replicas: 65"), .invalidValue,
            "line 4: reader_groups.chat.replicas is 65; allowed: a whole number from 1 to 64"),
        Wrong(
            readerGroup("replicas: 99999999999999999999"), .invalidValue,
            "line 4: reader_groups.chat.replicas is 99999999999999999999; allowed: a whole number from 1 to 64"
        ),
        Wrong(
            readerGroup("threads_per_rank: 257"), .invalidValue,
            "line 4: reader_groups.chat.threads_per_rank is 257; allowed: auto, or a whole number from 1 to 256"
        ),
        Wrong(
            readerGroup("prefill_chunk: 8193"), .invalidValue,
            "line 4: reader_groups.chat.prefill_chunk is 8193; allowed: auto, or a whole number from 1 to 8192"
        ),
        Wrong(
            readerGroup("max_batch_size: 257"), .invalidValue,
            "line 4: reader_groups.chat.max_batch_size is 257; allowed: a whole number from 1 to 256"),
        Wrong(
            readerGroup("max_sequence_length: 1"), .invalidValue,
            "line 4: reader_groups.chat.max_sequence_length is 1; allowed: auto, or a whole number from 2 to "
                + "1048576"),
        Wrong(
            readerGroup("max_sequence_length: 1048577"), .invalidValue,
            "line 4: reader_groups.chat.max_sequence_length is 1048577; allowed: auto, or a whole number from "
                + "2 to 1048576"),
        Wrong(
            readerGroup("transport: tcp"), .invalidValue,
            "line 4: reader_groups.chat.transport is tcp; allowed: one of auto, shm, unix"),
        Wrong(
            readerGroup("consumer_group: a b"), .invalidValue,
            "line 4: reader_groups.chat.consumer_group is a b; allowed: \(names)"),
        Wrong(
            readerGroup("consumer_group: \"\""), .invalidValue,
            "line 4: reader_groups.chat.consumer_group is empty; allowed: \(names)"),
        Wrong(
            "reader_groups:\n  chat: {model_name: \"\"}\n", .invalidValue,
            "line 2: reader_groups.chat.model_name is empty; allowed: a directory in Hugging Face layout"),
        Wrong(
            "reader_groups:\n  a/b: {model_name: m}\n", .invalidValue,
            "line 2: the name reader_groups.a/b is a/b; allowed: \(names)"),
        Wrong(
            "consumer_groups:\n  primary: {max_queue: 0}\n" + readerGroup(""), .invalidValue,
            "line 2: consumer_groups.primary.max_queue is 0; allowed: a whole number from 1 to 1000000"),
        Wrong(
            "consumer_groups:\n  primary: {max_queue: 1000001}\n" + readerGroup(""), .invalidValue,
            "line 2: consumer_groups.primary.max_queue is 1000001; allowed: a whole number from 1 to 1000000"),
    ]

    static let notBuilt: [Wrong] = [
        Wrong(
            readerGroup("quant_type: int8"), .notBuilt,
            "line 4: reader_groups.chat.quant_type is int8, which this build does not have; built: auto and f32"
        ),
        Wrong(
            readerGroup("quant_type: bf16"), .notBuilt,
            "line 4: reader_groups.chat.quant_type is bf16, which this build does not have; built: auto and f32"
        ),
        Wrong(
            readerGroup("quant_type: int4"), .notBuilt,
            "line 4: reader_groups.chat.quant_type is int4, which this build does not have; built: auto and f32"
        ),
        Wrong(
            readerGroup("quant_type: awq"), .invalidValue,
            "line 4: reader_groups.chat.quant_type is awq; allowed: one of auto, f32, bf16, int8, int4"),
        Wrong(
            readerGroup("kv_cache_type: f16"), .notBuilt,
            "line 4: reader_groups.chat.kv_cache_type is f16, which this build does not have; built: auto and f32"
        ),
        Wrong(
            readerGroup("kv_cache_type: bf16"), .invalidValue,
            "line 4: reader_groups.chat.kv_cache_type is bf16; allowed: one of auto, f32, f16, int8"),
        Wrong(
            "consumer_groups:\n  primary:\n    batching: window\n" + readerGroup(""), .notBuilt,
            "line 3: consumer_groups.primary.batching is window, which this build does not have; "
                + "built: continuous"),
    ]

    static let server: [Wrong] = [
        Wrong(
            "server: {port: 65536}\n" + readerGroup(""), .invalidValue,
            "line 1: server.port is 65536; allowed: a whole number from 0 to 65535"),
        Wrong(
            "server: {port: -1}\n" + readerGroup(""), .invalidValue,
            "line 1: server.port is -1; allowed: a whole number from 0 to 65535"),
        Wrong(
            "server: {host: [a]}\n" + readerGroup(""), .wrongType,
            "line 1: server.host is a list; allowed: a host name or an address"),
        Wrong(
            "server: {log_level: loud}\n" + readerGroup(""), .invalidValue,
            "line 1: server.log_level is loud; allowed: one of trace, debug, info, notice, warning, error, critical"
        ),
        Wrong(
            "server: {log_format: xml}\n" + readerGroup(""), .invalidValue,
            "line 1: server.log_format is xml; allowed: one of text, json"),
        Wrong(
            "server: {drain_timeout: 30}\n" + readerGroup(""), .invalidValue,
            "line 1: server.drain_timeout is 30; allowed: a whole number with ms, s, m or h, such as 30s; "
                + "0s to 86400s"),
        Wrong(
            "server: {queue_timeout: 25h}\n" + readerGroup(""), .invalidValue,
            "line 1: server.queue_timeout is 25h; allowed: a whole number with ms, s, m or h, such as 30s; "
                + "0s to 86400s"),
        Wrong(
            "server: {body_limit: 2MB}\n" + readerGroup(""), .invalidValue,
            "line 1: server.body_limit is 2MB; allowed: a whole number with B, KiB, MiB or GiB, such as 2MiB; "
                + "1024 to 1073741824 bytes"),
        Wrong(
            "server: {body_limit: 1023B}\n" + readerGroup(""), .invalidValue,
            "line 1: server.body_limit is 1023B; allowed: a whole number with B, KiB, MiB or GiB, such as 2MiB; "
                + "1024 to 1073741824 bytes"),
        Wrong(
            "server: {model_roots: ../Models}\n" + readerGroup(""), .wrongType,
            "line 1: server.model_roots is ../Models; allowed: a list of directories, such as [../Models]"),
        Wrong(
            "server: {model_roots: [[a]]}\n" + readerGroup(""), .wrongType,
            "line 1: server.model_roots is a list; allowed: a list of directories, such as [../Models]"),
    ]

    static let placement: [Wrong] = [
        Wrong(
            readerGroup("placement: numa"), .invalidValue,
            "line 4: reader_groups.chat.placement is numa; allowed: \(placements)"),
        Wrong(
            readerGroup("placement: [[0]]"), .wrongType,
            "line 4: reader_groups.chat.placement is a list; allowed: \(placements)"),
        Wrong(
            readerGroup("placement: {}"), .missingKey,
            "line 4: reader_groups.chat.placement.cores is missing; allowed: \(placements)"),
        Wrong(
            readerGroup("placement: {cores: 3}"), .wrongType,
            "line 4: reader_groups.chat.placement.cores is 3; allowed: \(placements)"),
        Wrong(
            readerGroup("placement: {cores: [3]}"), .wrongType,
            "line 4: reader_groups.chat.placement.cores is a list; allowed: \(placements)"),
        Wrong(
            readerGroup("placement: {cores: [[0, 4096]]}"), .invalidValue,
            "line 4: reader_groups.chat.placement.cores is 4096; allowed: CPU numbers from 0 to 4095, each once "
                + "a rank"),
        Wrong(
            readerGroup("placement: {cores: [[0, 0]]}"), .invalidValue,
            "line 4: reader_groups.chat.placement.cores is 0; allowed: CPU numbers from 0 to 4095, each once "
                + "a rank"),
        Wrong(
            readerGroup("placement: {cores: [[0], [1], [2]]}\n    replicas: 2"), .conflict,
            "line 4: reader_groups.chat.placement is a mapping; it has 3 lists of cores, and tensor_parallel 1 "
                + "x replicas 2 needs 2"),
        Wrong(
            readerGroup("placement: {cores: [[0, 1]]}\n    threads_per_rank: 3"), .conflict,
            "line 4: reader_groups.chat.placement is a mapping; a list has 2 cores, and threads_per_rank is 3: "
                + "one core a thread"),
    ]

    @Test(
        "is refused with line, key, value and what is allowed",
        arguments: [shapes, unknownKeys, values, notBuilt, server, placement].flatMap { $0 })
    func refused(wrong: Wrong) throws {
        let error = try #require(fault { () throws(TopologyError) in try parse(wrong.yaml) })
        #expect(
            "\(error)" == "topology.yaml, \(wrong.sentence)"
                || "\(error)" == "topology.yaml: \(wrong.sentence)")
        #expect(error.code == wrong.code)
    }

    @Test(
        "text that is not one YAML document is refused with its line",
        arguments: [
            ("reader_groups:\n  chat: {model_name: m\n", 3), ("a: b: c\n", 1), ("\tserver: 1\n", 1),
            (readerGroup("") + "---\nserver: {}\n", 5), ("a: *nobody\n", 1),
            (readerGroup("replicas: 1\n    replicas: 2"), 4), (String(repeating: "[", count: 100_000), 1),
        ])
    func notYAML(yaml: String, line: Int) throws {
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect(error.code == .invalidYAML)
        #expect(error.line == line)
        #expect("\(error)".hasPrefix("topology.yaml, line \(line): not valid YAML: "))
    }

    @Test("a control character is not YAML")
    func controlCharacter() throws {
        let error = try #require(fault { () throws(TopologyError) in try parse("a: \u{1}\n") })
        #expect(error.code == .invalidYAML)
    }

    @Test("ports that follow port past 65535 are refused, naming both")
    func portsTooHigh() throws {
        let error = try #require(
            fault { () throws(TopologyError) in try parse("server: {port: 65533}\n" + readerGroup("")) })
        #expect(
            "\(error)"
                == "openai_port is 65536, following port 65533; it must be a whole number from 0 to 65535: "
                + "give it, or choose a lower port")
    }

    @Test("one port for two servers is refused, unless they listen at different places")
    func samePort() throws {
        let same = "server: {port: 80, management_port: 80}\n" + readerGroup("")
        let error = try #require(fault { () throws(TopologyError) in try parse(same) })
        #expect(error.code == .conflict && error.key == "management_port")
        #expect("\(error)".contains("it must differ from port"))
        let apart = "server: {port: 80, management_port: 80, management_host: '::1'}\n" + readerGroup("")
        #expect(try parse(apart).server.managementPort.value == 80)
    }

    @Test("two readers of one name are refused")
    func sameReader() throws {
        let yaml = "reader_groups:\n  a: {model_name: m, replicas: 2}\n  a-1: {model_name: m}\n"
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect(error.code == .conflict && error.key == "reader_groups.a-1")
        #expect("\(error)".contains("a-1") && "\(error)".contains("group a has"))
    }

    @Test("more groups than the limit are refused at the first one past it")
    func tooManyGroups() throws {
        func yaml(_ count: Int) -> String {
            "reader_groups:\n" + (0..<count).map { "  g\($0): {model_name: m}\n" }.joined()
        }
        #expect(try parse(yaml(TopologyLimits.groupCountMax)).readerGroups.count == 256)
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml(257)) })
        #expect(error.key == "reader_groups.g256" && error.line == 258)
    }

    @Test("a file that cannot be read, is too long or is not text is refused by name")
    func unreadable() throws {
        let directory = URL.temporaryDirectory.appending(path: "skein-topology-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        func sentence(_ name: String) -> String {
            let error = fault { () throws(TopologyError) in
                try TopologyFile.load(
                    path: name, workingDirectory: directory, environment: [:],
                    overrides: CommandLineOverrides())
            }
            return error.map { "\($0.code.rawValue) \($0)" } ?? "loaded"
        }
        #expect(sentence("absent.yaml").hasPrefix("unreadableFile absent.yaml: cannot be read"))
        #expect(sentence(".").hasPrefix("unreadableFile .: cannot be read"))
        let smallest = Data(readerGroup("").utf8)
        let padding = Data(
            repeating: UInt8(ascii: "#"), count: TopologyLimits.fileByteCountMax - smallest.count)
        try (smallest + padding).write(to: directory.appending(path: "longest.yaml"))
        #expect(sentence("longest.yaml") == "loaded")
        try (smallest + padding + Data("#".utf8)).write(to: directory.appending(path: "long.yaml"))
        #expect(sentence("long.yaml") == "unreadableFile long.yaml: is longer than 1048576 bytes")
        try Data([0x61, 0xFF, 0xFE]).write(to: directory.appending(path: "latin.yaml"))
        #expect(sentence("latin.yaml") == "unreadableFile latin.yaml: is not UTF-8")
    }
}
