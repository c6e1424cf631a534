import Foundation
import Models
import Platform
import Tensors
import TestSupport
import Testing

/// Checkpoints of awkward shapes that the tests write themselves.
struct RandomCheckpointTests {
    private static let shapes: [ConfigurationText] = [
        // 8 heads of 16 on 4: over 3 ranks the boundaries lie inside tiles.
        .llama.with([
            "hidden_size": "128", "num_attention_heads": "8", "num_key_value_heads": "4", "head_dim": "16",
            "vocab_size": "300", "attention_bias": "true", "mlp_bias": "true",
        ]),
        .llama.with([
            "tie_word_embeddings": "true", "intermediate_size": "31", "vocab_size": "1", "eos_token_id": "",
        ]),
        // 5 heads of 12: 60 rows, so that a tile holds heads of three ranks.
        .gpt2.with(["n_embd": "60", "n_head": "5", "n_inner": "33", "vocab_size": "129", "n_positions": "7"]),
        .gpt2.with(["tie_word_embeddings": "false"]),
        // Five experts of two tiles, a shared one, a router that every rank computes in full.
        .llama.with([
            "model_type": "\"qwen2_moe\"", "num_experts": "5", "num_experts_per_tok": "2",
            "moe_intermediate_size": "33", "shared_expert_intermediate_size": "31", "mlp_only_layers": "[0]",
        ]),
        .llama.with([
            "model_type": "\"opt\"", "hidden_act": "", "ffn_dim": "100", "head_dim": "",
            "word_embed_proj_dim": "20", "do_layer_norm_before": "false",
        ]),
        .llama.with(["model_type": "\"gemma3_text\"", "hidden_act": ""]),
    ]

    @Test(arguments: shapes.indices, [DType.f32, .f16, .bf16])
    func ranksAgreeOnThePack(shape: Int, dtype: DType) throws {
        let folder = try TemporaryFolder()
        try RandomCheckpoint.write(
            configurationJSON: RandomCheckpointTests.shapes[shape].json, dtype: dtype, seed: 7, to: folder.url
        )
        let one = try BuiltPack(folder.url, rankCount: 1)
        for rankCount in [2, 3, 4, 5] {
            let built = try BuiltPack(folder.url, rankCount: rankCount)
            #expect(built.hash == one.hash, "\(rankCount) ranks")
            #expect(built.progress.map(\.bytesRead).reduce(0, +) == one.progress[0].bytesRead)
        }
    }

    @Test func equalSeedsWriteEqualFilesAndOthersOthers() throws {
        let folder = try TemporaryFolder()
        func digest(_ seed: UInt64) throws -> CheckpointDigest {
            try RandomCheckpoint.write(
                configurationJSON: ConfigurationText.gpt2.json, dtype: .f32, seed: seed, to: folder.url)
            return try CheckpointDigest.compute(folder.url)
        }
        let first = try digest(1)
        #expect(try digest(1) == first)
        #expect(try digest(2) != first)
    }

    @Test func weightsHaveTheSpreadTheyShould() throws {
        let folder = try TemporaryFolder()
        try RandomCheckpoint.write(
            configurationJSON: ConfigurationText.llama.json, dtype: .f32, seed: 3, to: folder.url)
        let built = try BuiltPack(folder.url, rankCount: 1)
        let entry = try #require(built.layout.entry(.feedForwardDown, layer: 1))
        var sum = 0.0
        var squares = 0.0
        for row in 0..<36 {
            for column in 0..<100 {
                let value = Double(built.element(entry, row: row, column: column))
                sum += value
                squares += value * value
            }
        }
        // 3600 numbers of standard deviation 0.1: the mean's own deviation is 0.0017, the square's relative
        // one 1.5 %.
        #expect(abs(sum / 3600) < 0.01)
        #expect(abs(squares / 3600 - 0.01) < 0.001)
    }

    @Test func namedShapesHaveTheSizesTheirNamesSay() throws {
        func parameterCount(_ shape: NamedShape) throws -> Int {
            let configuration = try ModelConfiguration(
                parsing: Array(shape.configurationJSON.utf8), generation: nil, place: "config.json")
            return try PackLayout(configuration, format: .f32).entries
                .filter { $0.role != .outputHead || !configuration.tiesEmbeddings }
                .reduce(0) { $0 + $1.storage.rowCount * $1.storage.columnCount }
        }
        #expect(try parameterCount(.gpt2Small) == 124_439_808)
        #expect(try parameterCount(.tinyLlama) == 1_100_048_384)
    }
}
