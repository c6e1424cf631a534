import Foundation
import Models
import Testing

/// What the families with rules of their own read and refuse.
struct FamilyConfigurationTests {
    private func text(_ family: String, _ changes: [String: String] = [:]) -> ConfigurationText {
        ConfigurationText.llama.with(
            ["model_type": "\"\(family)\"", "hidden_act": ""].merging(changes) { $1 })
    }

    private static let mpt = ConfigurationText(members: [
        "model_type": "\"mpt\"", "d_model": "36", "n_heads": "3", "n_layers": "2", "vocab_size": "1013",
    ])

    @Test func gemmaScalesEmbeddingsAndItsOlderNameOfTheActivationIsKnown() throws {
        let gemma = try text("gemma").configuration()
        #expect(gemma.embeddingScale == 6 && gemma.activation == .geluNew && gemma.tiesEmbeddings)
        #expect(gemma.normPlacement == .before && gemma.attentionSoftCap == 0)
        #expect(try text("gemma", ["hidden_act": "\"gelu\""]).configuration().activation == .geluNew)
        #expect(
            text("gemma", ["hidden_act": "\"silu\""]).message()
                == "config.json: \"hidden_act\" is \"silu\", allowed is gelu_new where the MLP has a gate")
        #expect(
            text("gemma", ["use_bidirectional_attention": "true"]).message()
                == "config.json: \"use_bidirectional_attention\" is true, allowed is false")
        #expect(try text("gemma", ["head_dim": ""]).configuration().headDimension == 256)
    }

    @Test func gemma2CapsScoresAndLogitsAndHasAWindowInEverySecondLayer() throws {
        let plain = try text("gemma2", ["num_hidden_layers": "3"]).configuration()
        #expect(plain.attentionSoftCap == 50 && plain.logitSoftCap == 30 && plain.attentionScale == 0.0625)
        #expect(plain.attentionWindows == [4096, 0, 4096] && plain.normPlacement == .around)
        let other = try text(
            "gemma2",
            [
                "attn_logit_softcapping": "null", "final_logit_softcapping": "20.0",
                "query_pre_attn_scalar": "16",
                "sliding_window": "7", "layer_types": "[\"full_attention\", \"sliding_attention\"]",
            ]
        ).configuration()
        #expect(other.attentionSoftCap == 0 && other.logitSoftCap == 20 && other.attentionScale == 0.25)
        #expect(other.attentionWindows == [0, 7])
        #expect(
            text("gemma2", ["final_logit_softcapping": "\"a\""]).message()
                == "config.json: \"final_logit_softcapping\" is \"a\", allowed is a number above 0")
    }

    @Test func gemma3HasTwoRotations() throws {
        let older = try text(
            "gemma3_text",
            [
                "num_hidden_layers": "7", "rope_theta": "", "rope_local_base_freq": "5000",
                "rope_scaling": "{\"rope_type\": \"linear\", \"factor\": 8}", "sliding_window": "512",
            ]
        ).configuration()
        #expect(older.rotations == [.local, .local, .local, .local, .local, .whole, .local])
        #expect(older.attentionWindows == [512, 512, 512, 512, 512, 0, 512])
        #expect(older.ropeTheta == 1_000_000 && older.localRoPETheta == 5000)
        #expect(older.ropeScaling == .linear(factor: 8) && older.hasQueryKeyNorm)
        let newer = try text(
            "gemma3_text",
            [
                "rope_theta": "", "layer_types": "[\"full_attention\", \"sliding_attention\"]",
                "rope_parameters": """
                {"full_attention": {"rope_type": "linear", "factor": 2, "rope_theta": 70000.0},
                 "sliding_attention": {"rope_type": "default", "rope_theta": 300.0}}
                """,
            ]
        ).configuration()
        #expect(newer.rotations == [.whole, .local])
        #expect(newer.ropeTheta == 70_000 && newer.localRoPETheta == 300)
        #expect(newer.ropeScaling == .linear(factor: 2))
        #expect(
            text("gemma3_text", ["attn_logit_softcapping": "50"]).message()
                == "config.json: \"attn_logit_softcapping\" is 50, allowed is null")
        let wrong = "{\"sliding_attention\": {\"rope_type\": \"yarn\"}}"
        #expect(
            text("gemma3_text", ["rope_parameters": wrong]).message()
                == "config.json: rope_parameters: sliding_attention: \"rope_type\" is \"yarn\", allowed is default"
        )
    }

    /// config.json of SmolLM2-135M as far as it is read, and the keys that only it has.
    @Test func smolLMIsALlama() throws {
        let configuration = try ConfigurationText(members: [
            "model_type": "\"llama\"", "attention_bias": "false", "hidden_act": "\"silu\"",
            "hidden_size": "576",
            "intermediate_size": "1536", "is_llama_config": "true", "max_position_embeddings": "8192",
            "mlp_bias": "false", "num_attention_heads": "9", "num_hidden_layers": "30",
            "num_key_value_heads": "3", "pretraining_tp": "1", "rms_norm_eps": "1e-05",
            "rope_interleaved": "false", "rope_scaling": "null", "rope_theta": "100000",
            "tie_word_embeddings": "true", "vocab_size": "49152", "bos_token_id": "0", "eos_token_id": "0",
        ]).configuration()
        #expect(configuration.headDimension == 64 && configuration.queryGroupCount == 3)
        #expect(configuration.tiesEmbeddings && configuration.ropeTheta == 100_000)
    }

    @Test func smolLM3SkipsTheRotationOfEveryFourthLayer() throws {
        let plain = try text("smollm3", ["num_hidden_layers": "5"]).configuration()
        #expect(plain.rotations == [.whole, .whole, .whole, .none, .whole])
        #expect(try text("smollm3", ["rope_theta": ""]).configuration().ropeTheta == 2_000_000)
        let listed = try text("smollm3", ["no_rope_layers": "[0, 1]"]).configuration()
        #expect(listed.rotations == [.none, .whole])
        for (wrong, allowed) in [
            ("[1]", "a list of 2"), ("[1, 2]", "a list of whole numbers from 0 to 1"),
            ("3", "a list of whole numbers from 0 to 1"),
        ] {
            #expect(text("smollm3", ["no_rope_layers": wrong]).message().hasSuffix("allowed is \(allowed)"))
        }
    }

    @Test(arguments: [
        ("no_bias", "false", "true"), ("logit_scale", "0.5", "null"), ("expansion_ratio", "3", "4"),
        ("n_heads", "5", "a divisor of d_model (36), heads up to 512"),
    ])
    func mptVariantsAreRefusedByName(key: String, value: String, allowed: String) {
        #expect(
            FamilyConfigurationTests.mpt.with([key: value]).message()
                == "config.json: \"\(key)\" is \(value), allowed is \(allowed)")
    }

    @Test(arguments: [
        ("alibi", "false", "true"), ("qk_ln", "true", "false"), ("prefix_lm", "true", "false"),
        ("attn_uses_sequence_id", "true", "false"),
        ("attn_type", "\"multiquery_attention\"", "multihead_attention"),
        ("clip_qkv", "-1", "a number above 0"),
    ])
    func mptAttentionIsRefusedByName(key: String, value: String, allowed: String) {
        let text = FamilyConfigurationTests.mpt.with(["attn_config": "{\"\(key)\": \(value)}"])
        #expect(
            text.message() == "config.json: attn_config: \"\(key)\" is \(value), allowed is \(allowed)")
    }

    @Test func mptReadsItsAttention() throws {
        let plain = try FamilyConfigurationTests.mpt.configuration()
        #expect(plain.positions == .alibi && plain.hasLayerNorm && !plain.hasNormBias && !plain.hasGate)
        // As transformers 5.23.0 computes them.
        #expect(plain.alibi?.slopes == [0.0625, 0.00390625, 0.25])
        let other = try FamilyConfigurationTests.mpt.with([
            "attn_config": "{\"softmax_scale\": 0.5, \"clip_qkv\": 6.0, \"alibi_bias_max\": 16}"
        ]).configuration()
        #expect(other.attentionScale == 0.5 && other.queryKeyValueLimit == 6)
        #expect(other.alibi?.slopes == [0.00390625, 1.52587890625e-05, 0.0625])
    }

    @Test func falconsSlopesAreTransformers() throws {
        let falcon = text(
            "falcon", ["alibi": "true", "num_attention_heads": "12", "head_dim": "", "num_kv_heads": ""])
        let configuration = try falcon.configuration()
        #expect(configuration.positions == .alibi && configuration.rotaryDimension == 0)
        #expect(
            configuration.alibi?.slopes == [
                0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625, 0.7071067690849304,
                0.3535533845424652, 0.1767766773700714, 0.0883883386850357,
            ])
    }

    @Test func bloomTakesOlderAndNewerNames() throws {
        let bloom = try ConfigurationText(members: [
            "model_type": "\"bloom\"", "n_embed": "36", "num_attention_heads": "3", "n_layer": "2",
            "vocab_size": "1013", "seq_length": "99",
        ]).configuration()
        #expect(bloom.hiddenCount == 36 && bloom.headDimension == 12 && bloom.layerCount == 2)
        #expect(bloom.maxPositionCount == 99 && bloom.feedForwardCount == 144 && bloom.hasEmbeddingNorm)
        #expect(bloom.alibi?.slopes == [0.0625, 0.00390625, 0.25])
        let table = try #require(bloom.alibi).table(
            head: 0, maxSequenceLength: 3, paddingCount: 1, scale: 1)
        #expect(table == [0, 0.0625, 0.125, 0.1875])
        #expect(
            text("bloom", ["apply_residual_connection_post_layernorm": "true"]).message()
                == "config.json: \"apply_residual_connection_post_layernorm\" is true, allowed is false")
    }

    @Test func falconsBiasIsRoundedToBF16() throws {
        let falcon = text(
            "falcon", ["alibi": "true", "num_attention_heads": "12", "head_dim": "", "num_kv_heads": ""])
        let table = try #require(try falcon.configuration().alibi)
            .table(head: 8, maxSequenceLength: 400, paddingCount: 16, scale: 1)
        #expect(table.count == 416)
        // As transformers 5.23.0 with torch 2.13.0 computes them.
        #expect([1, 255, 256, 257, 300, 399].map { table[$0] } == [0.70703125, 180, 181, 181, 212, 282])
    }

    @Test func expertsAreInTheLayersThatAreNamed() throws {
        let sizes = ["num_hidden_layers": "4", "moe_intermediate_size": "40"]
        let qwen2 = try #require(
            try text("qwen2_moe", sizes.merging(["mlp_only_layers": "[2]"]) { $1 }).configuration().experts)
        #expect(qwen2.count == 60 && qwen2.chosenCount == 4 && qwen2.feedForwardCount == 40)
        #expect(!qwen2.isNormalized && qwen2.sharedFeedForwardCount == 5632)
        #expect(qwen2.isSparse == [true, true, false, true])
        let changes = ["decoder_sparse_step": "2", "norm_topk_prob": "true", "num_local_experts": "9"]
        let qwen3 = try #require(
            try text("qwen3_moe", sizes.merging(changes) { $1 }).configuration().experts)
        #expect(qwen3.count == 9 && qwen3.chosenCount == 8 && qwen3.isNormalized)
        #expect(qwen3.sharedFeedForwardCount == 0 && qwen3.isSparse == [false, true, false, true])
        let mixtral = try #require(try text("mixtral").configuration().experts)
        #expect(mixtral.count == 8 && mixtral.chosenCount == 2 && mixtral.feedForwardCount == 100)
        #expect(mixtral.isNormalized && mixtral.isSparse == [true, true])
    }

    @Test(arguments: [
        ("mixtral", "num_local_experts", "1025", "a whole number from 1 to 1024"),
        ("mixtral", "num_experts_per_tok", "9", "a whole number from 1 to 8"),
        ("qwen3_moe", "decoder_sparse_step", "0", "a whole number from 1 to 1024"),
        ("qwen3_moe", "mlp_only_layers", "1", "a list of whole numbers from 0 to 1024"),
        ("qwen2_moe", "shared_expert_intermediate_size", "0", "a whole number from 1 to 1048576"),
    ])
    func wrongExpertsAreRefused(family: String, key: String, value: String, allowed: String) {
        #expect(
            text(family, [key: value]).message()
                == "config.json: \"\(key)\" is \(value), allowed is \(allowed)")
    }

    @Test func embeddingsOfOPT350mAreProjected() throws {
        let opt = try text(
            "opt",
            ["ffn_dim": "100", "head_dim": "", "word_embed_proj_dim": "20", "do_layer_norm_before": "false"]
        ).configuration()
        #expect(opt.embeddingCount == 20 && opt.hasEmbeddingProjections && opt.normPlacement == .after)
        let layout = try PackLayout(opt, format: .f32)
        #expect(layout.entry(.tokenEmbedding)?.storage == .table(rowCount: 1013, columnCount: 20))
        #expect(layout.entry(.embeddingInput)?.storage == .tiles(outputCount: 36, inputCount: 20))
        #expect(layout.entry(.embeddingOutput)?.storage == .tiles(outputCount: 20, inputCount: 36))
        #expect(layout.entry(.outputHead)?.storage == .tiles(outputCount: 1013, inputCount: 20))
        #expect(layout.entry(.finalNorm) == nil)
    }

    @Test func expertsHaveEntriesOfTheirOwn() throws {
        let layout = try PackLayout(try text("mixtral").configuration(), format: .f32)
        for expert in 0..<8 {
            let down = try #require(layout.entry(.expertDown, layer: 1, expert: expert))
            #expect(down.expert == expert && down.storage == .tiles(outputCount: 36, inputCount: 100))
        }
        #expect(layout.entry(.expertDown, layer: 1, expert: 8) == nil)
        #expect(layout.entry(.feedForwardUp, layer: 0) == nil)
        #expect(Set(layout.entries.map(\.byteOffset)).count == layout.entries.count)
    }
}
