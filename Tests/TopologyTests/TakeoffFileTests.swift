import Foundation
import Testing
import Topology

@Suite("Takeoff's files and variables")
struct TakeoffFileTests {
    static let yaml = """
        takeoff:
          server_config:
            port: 3100
            openai_port: 3300
            body_size_limit_bytes: 4096
            echo: false
            internal_port:
          readers_config:
            reader1:
              model_name: /models/tiny
              device: cuda
              consumer_group: bulk
              max_batch_size: 4
              tensor_parallel: 2
              quant_type: AUTO
              max_sequence_length: 0
              prefill_chunk_size: 33
              page_cache_size: 90%
              access_token:
            reader2:
              model_name: models/other
              device: cpu
              consumer_group: primary
        """

    @Test("what has a counterpart is mapped, with its line")
    func mapped() throws {
        let topology = try parse(Self.yaml)
        #expect(topology.server.port == Setting(3100, .file(line: 3)))
        #expect(topology.server.managementPort == Setting(3101, .default))
        #expect(topology.server.openAIPort == Setting(3300, .file(line: 4)))
        #expect(topology.server.bodyLimit == Setting(4096, .file(line: 5)))
        #expect(topology.readerGroups.map(\.name) == ["reader1", "reader2"])
        let reader = try #require(topology.readerGroups.first)
        #expect(reader.modelDirectory.value.path() == "/models/tiny/")
        #expect(reader.consumerGroup == Setting("bulk", .file(line: 12)))
        #expect(reader.maxBatchSize == Setting(4, .file(line: 13)))
        #expect(reader.tensorParallel == Setting(2, .file(line: 14)))
        #expect(reader.quantType == Setting(.auto, .file(line: 15)))
        #expect(reader.maxSequenceLength == Setting(nil, .default))
        #expect(reader.prefillChunk == Setting(33, .file(line: 17)))
        #expect(topology.readerGroups.last?.modelDirectory.value.path() == "/etc/skein/models/other/")
        #expect(topology.consumerGroups.map(\.name) == ["bulk", "primary"])
    }

    @Test("what has none is accepted with a warning, unless nothing stands there")
    func warned() throws {
        #expect(
            try parse(Self.yaml).warnings == [
                "topology.yaml: line 6: takeoff.server_config.echo (false) has no effect here",
                "topology.yaml: line 11: takeoff.readers_config.reader1.device is cuda: it runs on cpu",
                "topology.yaml: line 18: takeoff.readers_config.reader1.page_cache_size (90%) has no effect "
                    + "here",
            ])
    }

    @Test("a server_config may be empty or absent")
    func emptyServer() throws {
        let readers = "readers_config: {r: {model_name: m, consumer_group: g, device: cpu}}"
        #expect(try parse("takeoff:\n  server_config:\n  \(readers)\n").server.port.value == 3000)
        #expect(try parse("takeoff:\n  \(readers)\n").warnings.isEmpty)
    }

    @Test(
        "wrong values are errors here, too",
        arguments: [
            ("max_batch_size: many", "max_batch_size is many; allowed: a whole number from 1 to 256"),
            (
                "max_batch_size: '4'",
                "max_batch_size is \"4\"; allowed: a whole number from 1 to 256, without quotes"
            ),
            (
                "quant_type: awq",
                "quant_type is awq; allowed: one of auto, f32, bf16, int8, int8-g32, int8-g128, int4, int4-g32, "
                    + "int4-g64, int4-g128, "
                    + "int4-g32-asym, int4-g64-asym, int4-g128-asym, stored"
            ),
            (
                "max_sequence_length: 1",
                "max_sequence_length is 1; allowed: 0 (not given), or a whole number from 2 to 1048576"
            ),
        ])
    func wrongValues(line: String, sentence: String) throws {
        let yaml = "takeoff:\n  readers_config:\n    r:\n      model_name: m\n      \(line)\n"
        let error = try #require(fault { () throws(TopologyError) in try parse(yaml) })
        #expect("\(error)" == "topology.yaml, line 5: takeoff.readers_config.r.\(sentence)")
    }

    @Test("missing readers and missing models are errors")
    func missing() throws {
        let noReaders = try #require(
            fault { () throws(TopologyError) in try parse("takeoff: {server_config: {}}") })
        #expect(noReaders.code == .missingKey && noReaders.key == "takeoff.readers_config")
        let noModel = try #require(
            fault { () throws(TopologyError) in try parse("takeoff: {readers_config: {r: {device: cpu}}}") })
        #expect(noModel.code == .missingKey && noModel.key == "takeoff.readers_config.r.model_name")
        let noMapping = try #require(fault { () throws(TopologyError) in try parse("takeoff: 1") })
        #expect(noMapping.code == .wrongType)
    }

    @Test("Takeoff's variables alone make one reader")
    func variables() throws {
        let environment = [
            "TAKEOFF_MODEL_NAME": "tiny", "TAKEOFF_DEVICE": "cuda", "TAKEOFF_MAX_BATCH_SIZE": "8",
            "TAKEOFF_MAX_SEQUENCE_LENGTH": "0", "TAKEOFF_LOG_LEVEL": "WARN", "TAKEOFF_PORT": "80",
            "TAKEOFF_BODY_SIZE_LIMIT_BYTES": "2048", "TAKEOFF_QUANT_TYPE": "auto",
            "TAKEOFF_ACCESS_TOKEN": "t",
        ]
        let topology = try single(model: nil, environment: environment)
        let reader = try #require(topology.readerGroups.first)
        #expect(reader.name == "tiny" && reader.consumerGroup.value == "primary")
        #expect(reader.maxBatchSize == Setting(8, .environment("TAKEOFF_MAX_BATCH_SIZE")))
        #expect(reader.maxSequenceLength == Setting(nil, .default))
        #expect(topology.server.logLevel == Setting(.warning, .environment("TAKEOFF_LOG_LEVEL")))
        #expect(topology.server.port.value == 80 && topology.server.bodyLimit.value == 2048)
        #expect(
            topology.warnings == [
                "TAKEOFF_DEVICE is cuda: everything runs on cpu", "TAKEOFF_ACCESS_TOKEN has no effect here",
            ])
    }
}
