import Foundation
import Testing
import Topology

@Suite("Topology files that are right")
struct TopologyFileTests {
    static let everything = """
        server:
          host: 0.0.0.0
          port: 4000
          management_host: 10.0.0.1
          management_port: 5000
          openai_port: 6000
          model_roots: [../Models, /opt/models]
          log_level: debug
          log_format: json
          drain_timeout: 90s
          queue_timeout: 250ms
          body_limit: 64KiB
        consumer_groups:
          primary: { max_queue: 7, batching: continuous }
          spare:
        reader_groups:
          chat:
            model_name: ../Models/chat
            consumer_group: primary
            tensor_parallel: 2
            replicas: 2
            quant_type: f32
            kv_cache_type: f32
            transport: unix
            threads_per_rank: 3
            prefill_chunk: 64
            max_batch_size: 8
            max_sequence_length: 512
            placement: { cores: [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]] }
          draft:
            model_name: /opt/draft
        """

    @Test("every server setting has its value and its line")
    func server() throws {
        let server = try parse(Self.everything).server
        #expect(server.host == Setting("0.0.0.0", .file(line: 2)))
        #expect(server.port == Setting(4000, .file(line: 3)))
        #expect(server.managementHost == Setting("10.0.0.1", .file(line: 4)))
        #expect(server.managementPort == Setting(5000, .file(line: 5)))
        #expect(server.openAIPort == Setting(6000, .file(line: 6)))
        #expect(server.modelRoots.value.map { $0.path() } == ["/etc/Models/", "/opt/models/"])
        #expect(server.modelRoots.origin == .file(line: 7))
        #expect(server.logLevel == Setting(.debug, .file(line: 8)))
        #expect(server.logFormat == Setting(.json, .file(line: 9)))
        #expect(server.drainTimeout == Setting(.seconds(90), .file(line: 10)))
        #expect(server.queueTimeout == Setting(.milliseconds(250), .file(line: 11)))
        #expect(server.bodyLimit == Setting(65536, .file(line: 12)))
    }

    @Test("every reader group setting has its value and its line")
    func readerGroupSettings() throws {
        let chat = try #require(try parse(Self.everything).readerGroups.first)
        #expect(chat.name == "chat")
        #expect(chat.modelDirectory.value.path() == "/etc/Models/chat/")
        #expect(chat.modelDirectory.origin == .file(line: 18))
        #expect(chat.consumerGroup == Setting("primary", .file(line: 19)))
        #expect(chat.tensorParallel == Setting(2, .file(line: 20)))
        #expect(chat.replicas == Setting(2, .file(line: 21)))
        #expect(chat.quantType == Setting(.f32, .file(line: 22)))
        #expect(chat.kvCacheType == Setting(.f32, .file(line: 23)))
        #expect(chat.transport == Setting(.unix, .file(line: 24)))
        #expect(chat.threadsPerRank == Setting(3, .file(line: 25)))
        #expect(chat.prefillChunk == Setting(64, .file(line: 26)))
        #expect(chat.maxBatchSize == Setting(8, .file(line: 27)))
        #expect(chat.maxSequenceLength == Setting(512, .file(line: 28)))
        let cores = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
        #expect(chat.placement == Setting(.cores(cores), .file(line: 29)))
        #expect(chat.readerIDs == ["chat-0", "chat-1"])
    }

    @Test("declared consumer groups come first, named ones exist by default")
    func consumerGroups() throws {
        let yaml = "consumer_groups: {other: {max_queue: 7}}\n" + readerGroup("consumer_group: bulk")
        let groups = try parse(yaml).consumerGroups
        #expect(groups.map(\.name) == ["other", "bulk"])
        #expect(groups.map(\.isDeclared) == [true, false])
        #expect(groups.map(\.maxQueue.value) == [7, 512])
        #expect(try parse(Self.everything).consumerGroups.map(\.name) == ["primary", "spare"])
        #expect(try parse(Self.everything).consumerGroup(named: "primary")?.maxQueue.value == 7)
    }

    @Test("what a file leaves out is the default of design 8, and says so")
    func defaults() throws {
        let topology = try parse("reader_groups: {chat: {model_name: m}}")
        let server = topology.server
        #expect(server.host == Setting("127.0.0.1", .default))
        #expect(server.managementHost == Setting("127.0.0.1", .default))
        #expect(server.port == Setting(3000, .default))
        #expect(server.managementPort == Setting(3001, .default))
        #expect(server.openAIPort == Setting(3003, .default))
        #expect(server.modelRoots.value.map { $0.path() } == ["/srv/Models/"])
        #expect(server.logLevel.value == .info && server.logFormat.value == .text)
        #expect(server.drainTimeout.value == .seconds(30) && server.queueTimeout.value == .seconds(60))
        #expect(server.bodyLimit.value == 2_097_152)
        let chat = try #require(topology.readerGroups.first)
        #expect(chat.modelDirectory.value.path() == "/etc/skein/m/")
        #expect(chat.consumerGroup == Setting("primary", .default))
        #expect(chat.tensorParallel.value == 1 && chat.replicas.value == 1)
        #expect(chat.quantType.value == .auto && chat.kvCacheType.value == .auto)
        #expect(chat.kvCacheType.value.resolved(for: .auto) == .f16)
        #expect(KVCacheType.auto.resolved(for: .f32) == .f32)
        #expect(
            QuantType.allCases.count { KVCacheType.auto.resolved(for: $0) == .f16 } == QuantType.allCases
                .count - 1)
        for type in [KVCacheType.f32, .f16, .int8] {
            #expect(type.resolved(for: .f32) == type && type.resolved(for: .int4) == type)
        }
        #expect(chat.transport.value == .auto && chat.placement.value == .auto)
        #expect(chat.threadsPerRank.value == nil && chat.prefillChunk.value == nil)
        #expect(chat.maxBatchSize.value == 16 && chat.maxSequenceLength.value == nil)
        #expect(chat.readerIDs == ["chat"])
        #expect(chat.resolvedMaxSequenceLength(modelMaxPositionCount: 512) == 512)
        #expect(chat.resolvedMaxSequenceLength(modelMaxPositionCount: 8192) == 4096)
        #expect(chat.resolvedPrefillChunk == 128)
        #expect(topology.warnings.isEmpty)
    }

    @Test("auto may be written out everywhere")
    func auto() throws {
        let words = ["quant_type", "kv_cache_type", "transport", "threads_per_rank", "prefill_chunk"]
        let lines = (words + ["max_sequence_length", "placement"]).map { "\($0): auto" }
        let chat = try #require(
            try parse(readerGroup(lines.joined(separator: "\n    "))).readerGroups.first)
        #expect(chat.threadsPerRank == Setting(nil, .file(line: 7)))
        #expect(chat.maxSequenceLength == Setting(nil, .file(line: 9)))
        #expect(chat.placement == Setting(.auto, .file(line: 10)))
        #expect(
            try parse(readerGroup("placement: none")).readerGroups.first?.placement.value == Placement.none)
    }

    @Test(
        "the two other ports follow port, and are free ones where it is",
        arguments: [
            ("port: 8000", [8000, 8001, 8003]), ("port: 0", [0, 0, 0]),
            ("port: 0\n  management_port: 9", [0, 9, 0]), ("openai_port: 0", [3000, 3001, 0]),
            ("port: 65532", [65532, 65533, 65535]),
            ("port: 65535\n  management_port: 1\n  openai_port: 2", [65535, 1, 2]),
        ])
    func ports(server: String, expected: [Int]) throws {
        let settings = try parse("server:\n  \(server)\n" + readerGroup("")).server
        #expect(
            [settings.port, settings.managementPort, settings.openAIPort].map(\.value) == expected)
    }

    @Test(
        "time spans have units",
        arguments: [
            ("0s", Duration.zero), ("1ms", .milliseconds(1)), ("2m", .seconds(120)), ("24h", .seconds(86400)),
        ])
    func durations(text: String, expected: Duration) throws {
        #expect(
            try parse("server: {drain_timeout: \(text)}\n" + readerGroup("")).server.drainTimeout.value
                == expected
        )
    }

    @Test(
        "sizes have units",
        arguments: [("1024B", 1024), ("3KiB", 3072), ("2MiB", 2_097_152), ("1GiB", 1 << 30)])
    func sizes(text: String, expected: Int) throws {
        #expect(
            try parse("server: {body_limit: \(text)}\n" + readerGroup("")).server.bodyLimit.value == expected)
    }

    @Test(
        "each limit is itself allowed",
        arguments: [
            "tensor_parallel: 16", "replicas: 64", "threads_per_rank: 256", "prefill_chunk: 8192",
            "max_batch_size: 256", "max_sequence_length: 1048576", "max_sequence_length: 2",
            "kv_blocks: 16777216", "kv_blocks: auto", "prefix_cache: off", "prefix_cache: on",
            "consumer_group: \(String(repeating: "g", count: 64))",
        ])
    func limits(line: String) throws {
        #expect(try parse(readerGroup(line)).readerGroups.count == 1)
    }

    @Test("plan's list names every setting of every section once, with its origin")
    func settingsList() throws {
        let settings = try parse(Self.everything).settings
        #expect(settings.count == 13 + 2 * 4 + 2 * 14)
        #expect(
            settings.contains(
                SettingDescription(
                    section: "server", key: "queue_timeout", value: "250ms", origin: .file(line: 11))))
        #expect(
            settings.contains(
                SettingDescription(
                    section: "reader_groups.draft", key: "prefill_chunk", value: "auto", origin: .default)))
        #expect(Set(settings.map { "\($0.section).\($0.key)" }).count == settings.count)
    }
}
