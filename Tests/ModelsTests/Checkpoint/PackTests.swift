import Foundation
import Models
import Platform
import Tensors
import TestSupport
import Testing

struct PackTests {
    private let built: BuiltPack

    init() throws { built = try BuiltPack(PackedModels.fixtures.appending(path: "tiny-llama"), rankCount: 2) }

    @Test func matricesVectorsAndTablesHaveTheirShapes() throws {
        let pack = try built.pack()
        let query = pack.matrix(.attentionQuery, layer: 1)
        #expect(query.outputCount == 24 && query.inputCount == 36)
        let norm = try #require(pack.vector(.finalNorm))
        #expect(norm.rowCount == 1 && norm.columnCount == 36)
        let table = pack.table(.tokenEmbedding)
        #expect(table.rowCount == 1013 && table.columnCount == 36 && table.stride == 36)
        #expect(pack.vector(.attentionQueryBias, layer: 1) == nil)
        #expect(pack.has(.outputHead) && !pack.has(.positionEmbedding))
        let tensors = try PlainTensors(PackedModels.fixtures.appending(path: "tiny-llama"))
        #expect(table[1012, 35] == tensors.element("model.embed_tokens.weight", 1012, 35))
        #expect(norm[0, 35] == tensors.element("model.norm.weight", 0, 35))
        withExtendedLifetime(pack) {}
    }

    @Test func anotherDigestLayoutOrSizeIsRefused() throws {
        #expect(
            throws: ModelError(
                .invalidOrder, "the pack is of checkpoint \(built.digest.hexadecimal), needed is 00")
        ) { try Pack(region: built.region, layout: built.layout, expectedDigest: "00") }
        let other = try PackLayout(
            try ConfigurationText.llama.with(["vocab_size": "2000"]).configuration(), format: .f32)
        let sameSize = try MappedRegion.anonymous(byteCount: other.byteCount)
        PackRegion(sameSize).write(
            PackHeader(packByteCount: other.byteCount, layoutID: built.layout.layoutID, digest: "00"))
        #expect(
            throws: ModelError(
                .invalidOrder,
                "the pack has layout \(built.layout.layoutID) of \(other.byteCount) bytes, "
                    + "needed is \(other.layoutID) of \(other.byteCount)")
        ) { try Pack(region: sameSize, layout: other, expectedDigest: "00") }
        #expect(
            throws: ModelError(
                .invalidOrder,
                "the pack has \(other.byteCount) bytes, its layout needs \(built.layout.byteCount)")
        ) { try Pack(region: sameSize, layout: built.layout, expectedDigest: "00") }
    }

    @Test func aPackWithoutHeaderIsRefused() throws {
        let region = try MappedRegion.anonymous(byteCount: built.layout.byteCount)
        let error = #expect(throws: ModelError.self) {
            try Pack(region: region, layout: built.layout, expectedDigest: built.digest.hexadecimal)
        }
        #expect(error?.message.hasPrefix("the pack's header is wrong: pack magic is 0") == true)
    }
}
