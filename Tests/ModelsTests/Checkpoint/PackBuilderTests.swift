import Crypto
import Foundation
import Models
import Platform
import Tensors
import TestSupport
import Testing

/// The checkpoints that tests pack: three committed ones, and two trained ones where they are at hand.
enum PackedModels {
    static let fixtures = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

    static let directories: [URL] =
        ["tiny-llama", "tiny-llama-tied", "tiny-gpt2"].map { fixtures.appending(path: $0) }
        + (SharedFolder.exists
            ? ["TinyStories-656K", "stories260K"].map { SharedFolder.data.appending(path: "models/\($0)") }
            : [])
}

struct PackBuilderTests {
    @Test(arguments: PackedModels.directories)
    func anyNumberOfRanksInAnyOrderBuildsTheSameBytes(directory: URL) throws {
        let one = try BuiltPack(directory, rankCount: 1)
        for rankCount in [2, 3, 4, 16] {
            #expect(try BuiltPack(directory, rankCount: rankCount).hash == one.hash, "\(rankCount) ranks")
        }
        #expect(try BuiltPack(directory, rankCount: 3, ranks: [2, 0, 1]).hash == one.hash)
    }

    @Test(arguments: PackedModels.directories, [1, 2, 3, 4])
    func everyByteIsReadByExactlyOneRank(directory: URL, rankCount: Int) throws {
        let built = try BuiltPack(directory, rankCount: rankCount)
        let tensors = try PlainTensors(directory)
        let elementByteCount =
            directory.lastPathComponent == "tiny-llama-tied"
                || directory.lastPathComponent == "tiny-gpt2" ? 2 : 4
        // A tied embedding is read twice: once for its table and once for the output head's tiles.
        let tied =
            built.configuration.tiesEmbeddings
            ? built.configuration.vocabularyCount * built.configuration.hiddenCount : 0
        let expected = (tensors.elementCount + tied) * elementByteCount
        #expect(built.progress.map(\.bytesRead).reduce(0, +) == expected)
        let packed = built.layout.entries.map(\.byteCount).reduce(PackLayout.headerByteCount, +)
        #expect(built.progress.map(\.bytesPacked).reduce(0, +) == packed)
        for progress in built.progress { #expect(progress.bytesPacked == progress.bytesToPack) }
    }

    @Test func bytesReadPerRankAreThoseOfItsRows() throws {
        let built = try BuiltPack(PackedModels.fixtures.appending(path: "tiny-llama"), rankCount: 4)
        // Elements, by hand. Embedding rows 254, 253, 253, 253 of 36. Per layer: query 24 rows in 1 tile
        // (rank 0), key and value 8 rows in 1 tile each (rank 0), o tiles of 32 and 4 rows of 24 (ranks 0,
        // 1), gate and up tiles of 32, 32, 32, 4 rows of 36, down tiles of 32 and 4 rows of 100 (ranks 0, 1).
        // Head 256, 256, 256, 245 of 36. The 5 norms of 36 go to ranks 0, 1, 2, 3, 0.
        let layer: [Int] = [864 + 2 * 288 + 768 + 2 * 1152 + 3200, 96 + 2 * 1152 + 400, 2 * 1152, 2 * 144]
        let rows: [Int] = [254 + 256 + 2, 253 + 256 + 1, 253 + 256 + 1, 253 + 245 + 1]
        let expected = zip(layer, rows).map { 4 * (2 * $0 + 36 * $1) }
        #expect(built.progress.map(\.bytesRead) == expected)
    }

    @Test func llamaTensorsLieWhereTheLayoutSays() throws {
        for name in ["tiny-llama", "tiny-llama-tied"] {
            let directory = PackedModels.fixtures.appending(path: name)
            let built = try BuiltPack(directory, rankCount: 3)
            let tensors = try PlainTensors(directory)
            let names: [TensorRole: String] = [
                .attentionNorm: "input_layernorm.weight", .attentionQuery: "self_attn.q_proj.weight",
                .attentionKey: "self_attn.k_proj.weight", .attentionValue: "self_attn.v_proj.weight",
                .attentionOutput: "self_attn.o_proj.weight",
                .feedForwardNorm: "post_attention_layernorm.weight",
                .feedForwardGate: "mlp.gate_proj.weight", .feedForwardUp: "mlp.up_proj.weight",
                .feedForwardDown: "mlp.down_proj.weight", .attentionQueryBias: "self_attn.q_proj.bias",
                .attentionKeyBias: "self_attn.k_proj.bias", .attentionValueBias: "self_attn.v_proj.bias",
                .attentionOutputBias: "self_attn.o_proj.bias", .feedForwardGateBias: "mlp.gate_proj.bias",
                .feedForwardUpBias: "mlp.up_proj.bias", .feedForwardDownBias: "mlp.down_proj.bias",
            ]
            let head = name == "tiny-llama" ? "lm_head.weight" : "model.embed_tokens.weight"
            let outside: [TensorRole: String] = [
                .tokenEmbedding: "model.embed_tokens.weight", .finalNorm: "model.norm.weight",
                .outputHead: head,
            ]
            for entry in built.layout.entries {
                let tensor = try #require(
                    entry.layer.map { "model.layers.\($0).\(names[entry.role] ?? "?")" }
                        ?? outside[entry.role])
                expectEqual(built, entry) { tensors.element(tensor, $0, $1) }
            }
        }
    }

    @Test func gpt2TensorsAreTransposedAndTakenApart() throws {
        let directory = PackedModels.fixtures.appending(path: "tiny-gpt2")
        let built = try BuiltPack(directory, rankCount: 3)
        let tensors = try PlainTensors(directory)
        for entry in built.layout.entries {
            let prefix = "transformer.h.\(entry.layer ?? 0)."
            let part: (String, Int)
            switch entry.role {
            case .tokenEmbedding, .outputHead: part = ("transformer.wte.weight", 0)
            case .positionEmbedding: part = ("transformer.wpe.weight", 0)
            case .finalNorm: part = ("transformer.ln_f.weight", 0)
            case .finalNormBias: part = ("transformer.ln_f.bias", 0)
            case .attentionNorm: part = (prefix + "ln_1.weight", 0)
            case .attentionNormBias: part = (prefix + "ln_1.bias", 0)
            case .attentionQuery: part = (prefix + "attn.c_attn.weight", 0)
            case .attentionQueryBias: part = (prefix + "attn.c_attn.bias", 0)
            case .attentionKey: part = (prefix + "attn.c_attn.weight", 48)
            case .attentionKeyBias: part = (prefix + "attn.c_attn.bias", 48)
            case .attentionValue: part = (prefix + "attn.c_attn.weight", 96)
            case .attentionValueBias: part = (prefix + "attn.c_attn.bias", 96)
            case .attentionOutput: part = (prefix + "attn.c_proj.weight", 0)
            case .attentionOutputBias: part = (prefix + "attn.c_proj.bias", 0)
            case .feedForwardNorm: part = (prefix + "ln_2.weight", 0)
            case .feedForwardNormBias: part = (prefix + "ln_2.bias", 0)
            case .feedForwardUp: part = (prefix + "mlp.c_fc.weight", 0)
            case .feedForwardUpBias: part = (prefix + "mlp.c_fc.bias", 0)
            case .feedForwardDown: part = (prefix + "mlp.c_proj.weight", 0)
            case .feedForwardDownBias: part = (prefix + "mlp.c_proj.bias", 0)
            default:
                Issue.record("GPT-2 has no \(entry.role)")
                continue
            }
            let isConvolution: Bool =
                if case .tiles = entry.storage { entry.role != .outputHead } else { false }
            expectEqual(built, entry) { row, column in
                isConvolution
                    ? tensors.element(part.0, column, row + part.1)
                    : tensors.element(part.0, row, column + part.1)
            }
        }
    }

    private func expectEqual(
        _ built: BuiltPack, _ entry: PackLayout.Entry, to expected: (Int, Int) -> Float?
    ) {
        var differences = 0
        for row in 0..<entry.storage.rowCount {
            for column in 0..<entry.storage.columnCount
            where built.element(entry, row: row, column: column).bitPattern
                != expected(row, column)?.bitPattern
            {
                differences += 1
            }
        }
        #expect(differences == 0, "\(entry)")
    }

    @Test func missingOutputsAndGapsAreZero() throws {
        let built = try BuiltPack(PackedModels.fixtures.appending(path: "tiny-llama"), rankCount: 2)
        var isCovered = [Bool](repeating: false, count: built.layout.byteCount)
        for entry in built.layout.entries {
            for offset in entry.byteOffset..<entry.byteOffset + entry.byteCount { isCovered[offset] = true }
            guard case .tiles(let outputCount, let inputCount) = entry.storage else { continue }
            for row in outputCount..<(outputCount + 31) / 32 * 32 {
                for column in 0..<inputCount {
                    #expect(built.element(entry, row: row, column: column).bitPattern == 0)
                }
            }
        }
        for offset in PackLayout.headerByteCount..<built.layout.byteCount where !isCovered[offset] {
            let byte = unsafe built.region.base.load(fromByteOffset: offset, as: UInt8.self)
            #expect(byte == 0)
        }
    }

    @Test func progressGoesUpToTheEndInSmallItems() throws {
        let directory = PackedModels.fixtures.appending(path: "tiny-gpt2")
        let configuration = try ModelConfiguration(directory: directory)
        let layout = try PackLayout(configuration, format: .f32)
        let checkpoint = try Checkpoint(directory: directory)
        let builder = try PackBuilder(
            checkpoint: checkpoint, configuration: configuration, layout: layout,
            plan: try ShardPlan(configuration, rankCount: 2), rank: 0,
            digest: try CheckpointDigest.compute(checkpoint), kernels: try Kernels(.best))
        var last = PackProgress(bytesToPack: builder.bytesToPack)
        var calls = 0
        let end = try builder.build(into: try MappedRegion.anonymous(byteCount: layout.byteCount)) {
            progress in
            calls += 1
            #expect(progress.bytesRead >= last.bytesRead && progress.bytesPacked >= last.bytesPacked)
            #expect(progress.bytesRead - last.bytesRead <= 4 << 20)
            last = progress
        }
        #expect(end == last)
        #expect(end.bytesPacked == builder.bytesToPack)
        #expect(calls > layout.entries.count / 2)
    }

    @Test func aMappingOfAnotherSizeIsRefused() throws {
        let directory = PackedModels.fixtures.appending(path: "tiny-gpt2")
        let configuration = try ModelConfiguration(directory: directory)
        let layout = try PackLayout(configuration, format: .f32)
        let checkpoint = try Checkpoint(directory: directory)
        let builder = try PackBuilder(
            checkpoint: checkpoint, configuration: configuration, layout: layout,
            plan: try ShardPlan(configuration, rankCount: 1), rank: 0,
            digest: try CheckpointDigest.compute(checkpoint), kernels: try Kernels(.best))
        let region = try MappedRegion.anonymous(byteCount: layout.byteCount - 4096)
        #expect(
            throws: ModelError(
                .invalidOrder,
                "the pack has \(layout.byteCount - 4096) bytes, its layout needs \(layout.byteCount)")
        ) { try builder.build(into: region) { _ in } }
    }
}
