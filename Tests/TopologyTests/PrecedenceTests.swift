import Foundation
import Testing
import Topology

@Suite("Flag before variable before file before default")
struct PrecedenceTests {
    static let yaml = "server: {port: 4000}\n" + readerGroup("tensor_parallel: 2")

    @Test("each source gives way to the one above it, and the origin says which decided")
    func order() throws {
        var flags = CommandLineOverrides()
        flags.server.port = 6000
        flags.layout.tensorParallel = 4
        let environment = ["SKEIN_PORT": "5000", "SKEIN_TENSOR_PARALLEL": "3"]
        let fromFile = try parse(Self.yaml)
        #expect(fromFile.server.port == Setting(4000, .file(line: 1)))
        #expect(fromFile.readerGroups.first?.tensorParallel == Setting(2, .file(line: 5)))
        let fromEnvironment = try parse(Self.yaml, environment: environment)
        #expect(fromEnvironment.server.port == Setting(5000, .environment("SKEIN_PORT")))
        #expect(
            fromEnvironment.readerGroups.first?.tensorParallel
                == Setting(3, .environment("SKEIN_TENSOR_PARALLEL")))
        let fromFlags = try parse(Self.yaml, environment: environment, overrides: flags)
        #expect(fromFlags.server.port == Setting(6000, .flag("--port")))
        #expect(fromFlags.readerGroups.first?.tensorParallel == Setting(4, .flag("--tensor-parallel")))
        #expect(fromFlags.server.managementPort == Setting(6001, .default))
    }

    @Test("every flag overrides every reader group")
    func layoutFlags() throws {
        var layout = LayoutOverrides()
        layout.tensorParallel = 3
        layout.replicas = 2
        layout.quantType = .f32
        layout.kvCacheType = .f32
        layout.transport = .unix
        layout.threadsPerRank = 5
        layout.prefillChunk = 17
        layout.maxBatchSize = 9
        layout.maxSequenceLength = 99
        let yaml = "reader_groups:\n  a: {model_name: a, replicas: 5}\n  b: {model_name: b}\n"
        let topology = try parse(yaml, overrides: CommandLineOverrides(layout: layout))
        #expect(topology.readerGroups.map(\.name) == ["a", "b"])
        for group in topology.readerGroups {
            #expect(group.tensorParallel == Setting(3, .flag("--tensor-parallel")))
            #expect(group.replicas == Setting(2, .flag("--replicas")))
            #expect(group.quantType == Setting(.f32, .flag("--quant-type")))
            #expect(group.kvCacheType == Setting(.f32, .flag("--kv-cache-type")))
            #expect(group.transport == Setting(.unix, .flag("--transport")))
            #expect(group.threadsPerRank == Setting(5, .flag("--threads")))
            #expect(group.prefillChunk == Setting(17, .flag("--prefill-chunk")))
            #expect(group.maxBatchSize == Setting(9, .flag("--max-batch-size")))
            #expect(group.maxSequenceLength == Setting(99, .flag("--max-sequence-length")))
        }
    }

    @Test("server flags override the file")
    func serverFlags() throws {
        var server = ServerOverrides()
        server.host = "::1"
        server.managementPort = 1
        server.openAIPort = 2
        server.logLevel = .error
        let settings = try parse(Self.yaml, overrides: CommandLineOverrides(server: server)).server
        #expect(settings.host == Setting("::1", .flag("--host")))
        #expect(settings.managementPort == Setting(1, .flag("--management-port")))
        #expect(settings.openAIPort == Setting(2, .flag("--openai-port")))
        #expect(settings.logLevel == Setting(.error, .flag("--log-level")))
    }

    @Test("our variable goes before Takeoff's, and an empty one says nothing")
    func variables() throws {
        let both = ["SKEIN_MAX_BATCH_SIZE": "2", "TAKEOFF_MAX_BATCH_SIZE": "3"]
        #expect(
            try parse(Self.yaml, environment: both).readerGroups.first?.maxBatchSize
                == Setting(2, .environment("SKEIN_MAX_BATCH_SIZE")))
        let empty = ["SKEIN_MAX_BATCH_SIZE": "", "TAKEOFF_MAX_BATCH_SIZE": "3"]
        #expect(
            try parse(Self.yaml, environment: empty).readerGroups.first?.maxBatchSize
                == Setting(3, .environment("TAKEOFF_MAX_BATCH_SIZE")))
    }

    @Test("model roots from a variable are separated by colons and relative to the working directory")
    func modelRoots() throws {
        let roots = try parse(Self.yaml, environment: ["SKEIN_MODEL_ROOTS": "a:/b"]).server.modelRoots
        #expect(roots.value.map { $0.path() } == ["/srv/a/", "/b/"])
        #expect(roots.origin == .environment("SKEIN_MODEL_ROOTS"))
    }

    @Test(
        "a model without a file: one reader group, named for the directory, relative to the working directory"
    )
    func modelFlag() throws {
        let topology = try single(model: "../models/tiny llama")
        let group = try #require(topology.readerGroups.first)
        #expect(topology.path == nil)
        #expect(group.name == "tiny-llama")
        #expect(group.modelDirectory.value.path(percentEncoded: false) == "/models/tiny llama/")
        #expect(group.modelDirectory.origin == .flag("--model"))
        #expect(topology.consumerGroups.map(\.name) == ["primary"])
        #expect(try single(model: "..").readerGroups.first?.name == "model")
    }

    @Test("a model may be named by a variable, and the flag decides over it")
    func modelVariable() throws {
        let environment = ["TAKEOFF_MODEL_NAME": "m", "TAKEOFF_CONSUMER_GROUP": "bulk"]
        let group = try #require(try single(model: nil, environment: environment).readerGroups.first)
        #expect(group.modelDirectory.value.path() == "/srv/m/")
        #expect(group.modelDirectory.origin == .environment("TAKEOFF_MODEL_NAME"))
        #expect(group.consumerGroup.value == "bulk")
        #expect(
            try single(model: "/x", environment: environment).readerGroups.first?.modelDirectory.value.path()
                == "/x/")
    }

    @Test("neither file nor model: the error says which flags there are")
    func noModel() throws {
        let error = try #require(fault { () throws(TopologyError) in try single(model: nil) })
        #expect(error.code == .noModel)
        #expect("\(error)" == "no model is named: give --model DIR, --topology FILE or SKEIN_MODEL_NAME")
    }

    @Test("a model variable replaces the only group's model, and is warned of where there are several")
    func modelVariableBesideFile() throws {
        let environment = ["SKEIN_MODEL_NAME": "/other"]
        #expect(
            try parse(Self.yaml, environment: environment).readerGroups.first?.modelDirectory.value.path()
                == "/other/")
        let two = try parse(
            "reader_groups: {a: {model_name: /a}, b: {model_name: /b}}", environment: environment)
        #expect(two.readerGroups.map { $0.modelDirectory.value.path() } == ["/a/", "/b/"])
        #expect(two.warnings == ["SKEIN_MODEL_NAME has no effect: the file has several reader groups"])
    }

    @Test("unknown variables of ours are warned of, others are nobody's business")
    func unknownVariables() throws {
        let environment = [
            "SKEIN_PROT": "1", "SKEIN_ISA": "scalar", "PATH": "/bin", "TAKEOFF_REDIS_HOST": "r",
        ]
        #expect(
            try parse(Self.yaml, environment: environment).warnings
                == ["SKEIN_PROT has no effect here", "TAKEOFF_REDIS_HOST has no effect here"])
    }

    @Test("flags and variables out of bounds are errors that name them")
    func outOfBounds() throws {
        var flags = CommandLineOverrides()
        flags.layout.tensorParallel = 17
        let byFlag = try #require(
            fault { () throws(TopologyError) in try parse(Self.yaml, overrides: flags) })
        #expect("\(byFlag)" == "--tensor-parallel is 17; allowed: a whole number from 1 to 16")
        let byVariable = try #require(
            fault { () throws(TopologyError) in try parse(Self.yaml, environment: ["SKEIN_PORT": "http"]) })
        #expect("\(byVariable)" == "SKEIN_PORT is http; allowed: a whole number from 0 to 65535")
    }

    @Test("a wrong value in the file is refused even where a flag would decide")
    func wrongFileUnderFlag() throws {
        var flags = CommandLineOverrides()
        flags.server.port = 6000
        let error = try #require(
            fault { () throws(TopologyError) in
                try parse("server: {port: x}\n" + readerGroup(""), overrides: flags)
            })
        #expect(error.key == "server.port" && error.line == 1)
    }
}
