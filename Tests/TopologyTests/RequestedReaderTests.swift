import Foundation
import Testing
import Topology

@Suite("Readers asked for by POST /reader")
struct RequestedReaderTests {
    func declaration(
        _ requested: LayoutOverrides, served: LayoutOverrides = LayoutOverrides()
    ) throws(TopologyError) -> ReaderDeclaration {
        try ReaderDeclaration(
            requested: requested, name: "tiny-0123abcd", modelDirectory: URL(filePath: "/m/"),
            consumerGroup: "primary", served: served)
    }

    @Test("what is left out is the default")
    func defaults() throws {
        let reader = try declaration(LayoutOverrides())
        #expect(reader.readerIDs == ["tiny-0123abcd"])
        #expect(reader.modelDirectory.origin == .request && reader.consumerGroup.origin == .request)
        #expect(reader.tensorParallel == Setting(1, .default))
        #expect(reader.maxBatchSize == Setting(16, .default))
        #expect(reader.maxSequenceLength == Setting(nil, .default))
    }

    @Test("the identity is taken from the consumer group where the request leaves it out")
    func inherited() throws {
        var served = LayoutOverrides()
        served.quantType = .f32
        served.kvCacheType = .f32
        served.maxSequenceLength = 256
        var requested = LayoutOverrides()
        requested.tensorParallel = 2
        let reader = try declaration(requested, served: served)
        #expect(reader.tensorParallel == Setting(2, .request))
        #expect(reader.quantType == Setting(.f32, .consumerGroup("primary")))
        #expect(reader.kvCacheType == Setting(.f32, .consumerGroup("primary")))
        #expect(reader.maxSequenceLength == Setting(256, .consumerGroup("primary")))
        requested.maxSequenceLength = 128
        #expect(try declaration(requested, served: served).maxSequenceLength == Setting(128, .request))
    }

    @Test("values out of bounds are refused by key")
    func refused() throws {
        var requested = LayoutOverrides()
        requested.maxBatchSize = 0
        let error = try #require(fault { () throws(TopologyError) in try declaration(requested) })
        #expect("\(error)" == "max_batch_size is 0; allowed: a whole number from 1 to 256")
        requested.maxBatchSize = nil
        requested.quantType = .bf16
        let notBuilt = try #require(fault { () throws(TopologyError) in try declaration(requested) })
        #expect(notBuilt.code == .notBuilt)
    }
}
