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
        + "threads_per_rank, prefill_chunk, max_batch_size, max_sequence_length, kv_blocks, "
        + "prefix_cache, placement"
    static let serverKeys =
        "host, port, management_host, management_port, openai_port, model_roots, log_level, log_format, "
        + "drain_timeout, queue_timeout, body_limit, pack_cache, pack_cache_limit"

    static let groupKeys =
        "max_queue, max_queue_tokens, default_priority, batching, batch_window, min_batch, max_batch, "
        + "urgent_priority, reserved_slots, low_pressure, high_pressure"

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
            "line 2: reader_groups.chat.model_name is missing; allowed: a directory in Hugging Face layout or a "
                + "GGUF file"
        ),
        Wrong(
            "server: 3000\n" + readerGroup(""), .wrongType,
            "line 1: server is 3000; allowed: a mapping with \(serverKeys)"),
        Wrong(
            "consumer_groups: [primary]\n" + readerGroup(""), .wrongType,
            "line 1: consumer_groups is a list; allowed: a mapping of names to \(groupKeys)"),
        Wrong(
            "consumer_groups: {primary: 4}\n" + readerGroup(""), .wrongType,
            "line 1: consumer_groups.primary is 4; allowed: a mapping with \(groupKeys)"),
        Wrong(
            "? [a, b]\n: c\n", .wrongType, "line 1: a key of the file is a list; allowed: a word"),
    ]

    static let unknownKeys: [Wrong] = [
        Wrong(
            readerGroup("") + "readers: 2\n", .unknownKey,
            "line 5: unknown key readers (2); allowed: server, consumer_groups, reader_groups"),
        Wrong(
            "server:\n  prot: 1\n" + readerGroup(""), .unknownKey,
            "line 2: unknown key server.prot (1); allowed: \(serverKeys)"),
        Wrong(
            "consumer_groups:\n  primary:\n    queue: 1\n" + readerGroup(""), .unknownKey,
            "line 3: unknown key consumer_groups.primary.queue (1); allowed: \(groupKeys)"),
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

    @Test(
        "is refused with line, key, value and what is allowed",
        arguments: shapes + unknownKeys)
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
