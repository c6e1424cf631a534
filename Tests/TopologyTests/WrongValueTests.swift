import Testing
import Topology

@Suite("Values that a topology file may not have")
struct WrongValueTests {
    /// One line of a section, what the sentence shows of its value, and what it says is allowed.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let setting: String
        let shown: String
        let rest: String
        let code: TopologyError.Code

        init(_ setting: String, _ shown: String, _ rest: String, _ code: TopologyError.Code = .invalidValue) {
            self.setting = setting
            self.shown = shown
            self.rest = rest
            self.code = code
        }

        var testDescription: String { setting }
        var key: String { String(setting.prefix { $0 != ":" }) }

        /// Everything of the sentence after the key.
        var predicate: String {
            switch code {
            case .conflict: "is \(shown); \(rest)"
            default: "is \(shown); allowed: \(rest)"
            }
        }
    }

    static let ranks = "a whole number from 1 to 16"
    static let names = "1 to 64 of the characters A-Z a-z 0-9 . _ -, a letter or digit first"
    static let lengths = "auto, or a whole number from 2 to 1048576"

    static let numbers = [
        Wrong("tensor_parallel: two", "two", ranks), Wrong("tensor_parallel: 0", "0", ranks),
        Wrong("tensor_parallel: 17", "17", ranks), Wrong("tensor_parallel: 2.0", "2.0", ranks),
        Wrong("tensor_parallel: 0x2", "0x2", ranks), Wrong("tensor_parallel: auto", "auto", ranks),
        Wrong("tensor_parallel: \"2\"", "\"2\"", ranks + ", without quotes", .wrongType),
        Wrong("tensor_parallel: [2]", "a list", ranks, .wrongType),
        Wrong("tensor_parallel: {a: 2}", "a mapping", ranks, .wrongType),
        Wrong("tensor_parallel:", "empty", ranks, .wrongType),
        Wrong("tensor_parallel: ~", "empty", ranks, .wrongType),
        Wrong("replicas: -1", "-1", "a whole number from 1 to 64"),
        Wrong("replicas: 65", "65", "a whole number from 1 to 64"),
        Wrong("replicas: 99999999999999999999", "99999999999999999999", "a whole number from 1 to 64"),
        Wrong("threads_per_rank: 0", "0", "auto, or a whole number from 1 to 256"),
        Wrong("threads_per_rank: 257", "257", "auto, or a whole number from 1 to 256"),
        Wrong("prefill_chunk: 8193", "8193", "auto, or a whole number from 1 to 8192"),
        Wrong("max_batch_size: 257", "257", "a whole number from 1 to 256"),
        Wrong("max_sequence_length: 1", "1", lengths),
        Wrong("max_sequence_length: 1048577", "1048577", lengths),
    ]

    static let weights =
        "one of auto, f32, bf16, int8, int8-g32, int8-g128, int4, int4-g32, int4-g64, int4-g128, int4-g32-asym, "
        + "int4-g64-asym, "
        + "int4-g128-asym, stored"

    static let words = [
        Wrong("transport: tcp", "tcp", "one of auto, shm, unix"),
        Wrong("transport: SHM", "SHM", "one of auto, shm, unix"),
        Wrong("consumer_group: a b", "a b", names), Wrong("consumer_group: \"\"", "empty", names),
        Wrong("consumer_group: .a", ".a", names),
        Wrong(
            "consumer_group: \(String(repeating: "g", count: 65))", String(repeating: "g", count: 65), names),
        Wrong("quant_type: awq", "awq", weights), Wrong("quant_type: int4-g16", "int4-g16", weights),
        Wrong("kv_cache_type: bf16", "bf16", "one of auto, f32, f16, int8"),
        Wrong("kv_cache_type: F16", "F16", "one of auto, f32, f16, int8"),
    ]

    static let placements = "auto, none, or {cores: [[0], [1]]} with one list a rank, replica after replica"

    static let placement = [
        Wrong("placement: numa", "numa", placements),
        Wrong("placement: [[0]]", "a list", placements, .wrongType),
        Wrong("placement:", "empty", placements, .wrongType),
        Wrong(
            "placement: {cores: [[0], [1], [2]]}\n    replicas: 2", "a mapping",
            "it has 3 lists of cores, and tensor_parallel 1 x replicas 2 needs 2", .conflict),
        Wrong(
            "placement: {cores: [[0, 1]]}\n    threads_per_rank: 3", "a mapping",
            "a list has 2 cores, and threads_per_rank is 3: one core a thread", .conflict),
    ]

    @Test(
        "in a reader group are refused with line, key, value and what is allowed",
        arguments: [numbers, words, placement].flatMap { $0 })
    func readerGroupValue(wrong: Wrong) throws {
        let error = try #require(fault { () throws(TopologyError) in try parse(readerGroup(wrong.setting)) })
        #expect("\(error)" == "topology.yaml, line 4: reader_groups.chat.\(wrong.key) \(wrong.predicate)")
        #expect(error.code == wrong.code)
    }

    static let cores = "CPU numbers from 0 to 4095, each once a rank"

    @Test(
        "in a list of cores are refused",
        arguments: [
            ("{}", "cores is missing; allowed: \(placements)"),
            ("{cores: 3}", "cores is 3; allowed: \(placements)"),
            ("{cores: [3]}", "cores is a list; allowed: \(placements)"),
            ("{cores: [[]]}", "cores is a list; allowed: \(placements)"),
            ("{cores: [[0, 4096]]}", "cores is 4096; allowed: \(cores)"),
            ("{cores: [[-1]]}", "cores is -1; allowed: \(cores)"),
            ("{cores: [[0, 0]]}", "cores is 0; allowed: \(cores)"),
            ("{cores: [['0']]}", "cores is \"0\"; allowed: \(cores)"),
        ])
    func coreListValue(placement: String, sentence: String) throws {
        let yaml = readerGroup("placement: \(placement)")
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect("\(error)" == "topology.yaml, line 4: reader_groups.chat.placement.\(sentence)")
    }

    static let levels = "one of trace, debug, info, notice, warning, error, critical"
    static let spans = "a whole number with ms, s, m or h, such as 30s; 0s to 86400s"
    static let sizes = "a whole number with B, KiB, MiB or GiB, such as 2MiB; 1024 to 1073741824 bytes"
    static let roots = "a list of directories, such as [../Models]"

    static let server = [
        Wrong("port: 65536", "65536", "a whole number from 0 to 65535"),
        Wrong("port: -1", "-1", "a whole number from 0 to 65535"),
        Wrong("host: [a]", "a list", "a host name or an address", .wrongType),
        Wrong("host: \"\"", "empty", "a host name or an address"), Wrong("log_level: loud", "loud", levels),
        Wrong("log_format: xml", "xml", "one of text, json"), Wrong("drain_timeout: 30", "30", spans),
        Wrong("drain_timeout: 1.5s", "1.5s", spans), Wrong("drain_timeout: -1s", "-1s", spans),
        Wrong("drain_timeout: s", "s", spans), Wrong("queue_timeout: 25h", "25h", spans),
        Wrong("queue_timeout: 86401s", "86401s", spans), Wrong("body_limit: 2MB", "2MB", sizes),
        Wrong("body_limit: 1023B", "1023B", sizes), Wrong("body_limit: 1025MiB", "1025MiB", sizes),
        Wrong("model_roots: ../Models", "../Models", roots, .wrongType),
        Wrong("model_roots: [[a]]", "a list", roots, .wrongType),
    ]

    @Test("in the server section are refused likewise", arguments: server)
    func serverValue(wrong: Wrong) throws {
        let yaml = "server:\n  \(wrong.setting)\n" + readerGroup("")
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect("\(error)" == "topology.yaml, line 2: server.\(wrong.key) \(wrong.predicate)")
        #expect(error.code == wrong.code)
    }

    static let lengthsOfQueues = "a whole number from 1 to 1000000"

    @Test(
        "in a consumer group are refused likewise",
        arguments: [
            Wrong("max_queue: 0", "0", lengthsOfQueues),
            Wrong("max_queue: 1000001", "1000001", lengthsOfQueues),
            Wrong("max_queue_tokens: 0", "0", "a whole number from 1 to 1000000000"),
            Wrong("default_priority: 10", "10", "a whole number from 0 to 9"),
            Wrong(
                "batching: fast", "fast",
                "one of continuous, static, window, adaptive, load, predictive, priority, hybrid"),
        ])
    func consumerGroupValue(wrong: Wrong) throws {
        let yaml = "consumer_groups:\n  primary:\n    \(wrong.setting)\n" + readerGroup("")
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect(
            "\(error)" == "topology.yaml, line 3: consumer_groups.primary.\(wrong.key) \(wrong.predicate)")
        #expect(error.code == wrong.code)
    }

    @Test(
        "names that cannot stand in a URL, and a model without a name, are refused",
        arguments: [
            ("a/b: {model_name: m}", "the name reader_groups.a/b is a/b; allowed: \(names)"),
            ("\"\": {model_name: m}", "the name reader_groups. is empty; allowed: \(names)"),
            (
                "a: {model_name: \"\"}",
                "reader_groups.a.model_name is empty; allowed: a directory in Hugging Face layout or a GGUF file"
            ),
        ])
    func groupName(group: String, sentence: String) throws {
        let error = try #require(
            fault { () throws(TopologyError) in try parse("reader_groups:\n  \(group)\n") })
        #expect("\(error)" == "topology.yaml, line 2: \(sentence)")
        #expect(error.code == .invalidValue)
    }
}
