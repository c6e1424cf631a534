import Foundation
import Testing
import Topology

@Suite("Readers asked for by POST /reader")
struct RequestedReaderTests {
    func declaration(
        _ requested: LayoutOverrides, consumerGroup: String = "primary"
    ) throws(TopologyError) -> ReaderDeclaration {
        try ReaderDeclaration(
            requested: requested, modelDirectory: URL(filePath: "/m/tiny/"), consumerGroup: consumerGroup)
    }

    @Test("what is left out is the default")
    func defaults() throws {
        let reader = try declaration(LayoutOverrides())
        #expect(reader.readerIDs == ["tiny"])
        #expect(reader.modelDirectory.origin == .request && reader.consumerGroup.origin == .request)
        #expect(reader.tensorParallel == Setting(1, .default))
        #expect(reader.maxBatchSize == Setting(16, .default))
        #expect(reader.maxSequenceLength == Setting(nil, .default))
    }

    @Test("values out of bounds are refused by key")
    func refused() throws {
        var requested = LayoutOverrides()
        requested.maxBatchSize = 0
        let error = try #require(fault { () throws(TopologyError) in try declaration(requested) })
        #expect("\(error)" == "max_batch_size is 0; allowed: a whole number from 1 to 256")
        requested.maxBatchSize = nil
        requested.kvCacheType = .int8
        #expect(try declaration(requested).kvCacheType == Setting(.int8, .request))
        let name = try #require(
            fault { () throws(TopologyError) in
                try declaration(LayoutOverrides(), consumerGroup: "two\nlines")
            })
        #expect(name.key == "consumer_group")
    }
}
