import Foundation
import Models
import TestSupport
import Testing

struct ModelConfigurationTests {
    @Test func llamaIsReadKeyByKey() throws {
        let text = ConfigurationText.llama
        let configuration = try text.configuration()
        #expect(configuration.family == .llama)
        #expect(configuration.hiddenCount == 36)
        #expect(configuration.layerCount == 2)
        #expect(configuration.queryHeadCount == 3)
        #expect(configuration.keyValueHeadCount == 1)
        #expect(configuration.queryGroupCount == 3)
        #expect(configuration.headDimension == 8)
        #expect(configuration.queryRowCount == 24)
        #expect(configuration.keyValueRowCount == 8)
        #expect(configuration.feedForwardCount == 100)
        #expect(configuration.vocabularyCount == 1013)
        #expect(configuration.maxPositionCount == 256)
        #expect(configuration.normalizationEpsilon == 1e-5)
        #expect(configuration.ropeTheta == 50000)
        #expect(configuration.ropeScaling == nil)
        #expect(configuration.activation == .silu)
        #expect(!configuration.tiesEmbeddings && !configuration.hasAttentionBias && !configuration.hasMLPBias)
        #expect(configuration.endOfTextIDs == [1])
        #expect(configuration.beginningOfTextID == 0)
        #expect(configuration.rawJSON == Data(text.json.utf8))
    }

    @Test func llamaFallsBackAsTransformersDoes() throws {
        let configuration = try ConfigurationText.llama.with([
            "num_key_value_heads": "", "head_dim": "null", "rms_norm_eps": "", "rope_theta": "",
            "bos_token_id": "",
            "eos_token_id": "null", "hidden_act": "", "max_position_embeddings": "",
        ]).configuration()
        #expect(configuration.keyValueHeadCount == 3)
        #expect(configuration.headDimension == 12)
        #expect(configuration.normalizationEpsilon == 1e-6)
        #expect(configuration.ropeTheta == 10000)
        #expect(configuration.maxPositionCount == 2048)
        #expect(configuration.endOfTextIDs.isEmpty)
        #expect(configuration.beginningOfTextID == nil)
    }

    @Test func gpt2IsReadKeyByKey() throws {
        let configuration = try ConfigurationText.gpt2.configuration()
        #expect(configuration.family == .gpt2)
        #expect(configuration.hiddenCount == 48)
        #expect(configuration.queryHeadCount == 3)
        #expect(configuration.keyValueHeadCount == 3)
        #expect(configuration.headDimension == 16)
        #expect(configuration.feedForwardCount == 100)
        #expect(configuration.maxPositionCount == 128)
        #expect(configuration.normalizationEpsilon == 1e-5)
        #expect(configuration.activation == .geluNew)
        #expect(configuration.tiesEmbeddings && configuration.hasAttentionBias && configuration.hasMLPBias)
        #expect(try ConfigurationText.gpt2.with(["n_inner": "null"]).configuration().feedForwardCount == 192)
    }

    @Test func endOfTextIsTheUnionOfBothFiles() throws {
        let text = ConfigurationText.llama.with(["eos_token_id": "[7, 3]"])
        #expect(
            try text.configuration(generation: "{\"eos_token_id\": [3, 1012]}").endOfTextIDs == [3, 7, 1012])
        #expect(try text.configuration(generation: "{\"eos_token_id\": 5}").endOfTextIDs == [3, 5, 7])
        #expect(try text.configuration(generation: "{}").endOfTextIDs == [3, 7])
        #expect(
            text.message(generation: "{\"eos_token_id\": 1013}")
                == "generation_config.json: \"eos_token_id\" is 1013, "
                + "allowed is a token id below 1013, or up to 64 of them")
    }

    @Test(
        arguments: [
            ("null", nil),
            ("{\"type\": \"linear\", \"factor\": 4}", RoPEScaling.linear(factor: 4)),
            ("{\"rope_type\": \"dynamic\", \"factor\": 2.5}", .dynamic(factor: 2.5)),
            ("{\"rope_type\": \"default\"}", nil),
            (
                "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, \"high_freq_factor\": 4, "
                    + "\"original_max_position_embeddings\": 8192}",
                .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositionCount: 8192)
            ),
        ] as [(String, RoPEScaling?)])
    func rotaryScalingIsReadByItsType(json: String, expected: RoPEScaling?) throws {
        #expect(
            try ConfigurationText.llama.with(["rope_scaling": json]).configuration().ropeScaling == expected)
    }

    @Test func ropeParametersOfTransformers5HoldTheBaseAsWell() throws {
        let json = "{\"rope_theta\": 70000.0, \"rope_type\": \"linear\", \"factor\": 2}"
        let text = ConfigurationText.llama.with(["rope_theta": "", "rope_parameters": json])
        #expect(try text.configuration().ropeTheta == 70000)
        #expect(try text.configuration().ropeScaling == .linear(factor: 2))
    }

    @Test(arguments: [
        (
            ["hidden_size": ""],
            "config.json has no \"hidden_size\", needed is a whole number from 1 to 131072"
        ),
        (
            ["hidden_size": "0"],
            "config.json: \"hidden_size\" is 0, allowed is a whole number from 1 to 131072"
        ),
        (
            ["hidden_size": "131073", "head_dim": "8"],
            "config.json: \"hidden_size\" is 131073, allowed is a whole"
        ),
        (["vocab_size": "\"many\""], "config.json: \"vocab_size\" is \"many\", allowed is a whole number"),
        (
            ["num_hidden_layers": "2.5"],
            "config.json: \"num_hidden_layers\" is 2.5, allowed is a whole number"
        ),
        (
            ["num_hidden_layers": "1025"],
            "config.json: \"num_hidden_layers\" is 1025, allowed is a whole number"
        ),
        (["num_key_value_heads": "2"], "config.json: \"num_key_value_heads\" is 2, allowed is a divisor of"),
        (
            ["head_dim": "7"],
            "config.json: heads have 7 elements that rotate, rotary positions need an even number"
        ),
        (["head_dim": "514"], "config.json: \"head_dim\" is 514, allowed is a whole number from 1 to 512"),
        (
            ["head_dim": "", "hidden_size": "37"],
            "config.json: \"num_attention_heads\" is 3, allowed is a divisor of hidden_size (37)"
        ),
        (["rms_norm_eps": "-1"], "config.json: \"rms_norm_eps\" is -1, allowed is a number above 0"),
        (["tie_word_embeddings": "1"], "config.json: \"tie_word_embeddings\" is 1, allowed is true or false"),
        (
            ["eos_token_id": "[1, -1]"],
            "config.json: \"eos_token_id\" is an array of 2, allowed is a token id below"
        ),
        (["bos_token_id": "1013"], "config.json: \"bos_token_id\" is 1013, allowed is a token id below 1013"),
        (["rope_scaling": "3"], "config.json: \"rope_scaling\" is 3, allowed is an object"),
        (
            ["rope_scaling": "{\"type\": \"yarn\", \"factor\": 4}"],
            "config.json: rope_scaling has no \"original_max_position_embeddings\", needed is a whole number"
        ),
        (
            [
                "model_type": "\"phi3\"", "original_max_position_embeddings": "64",
                "rope_scaling": "{\"type\": \"su\", \"short_factor\": [1, 2], \"long_factor\": [1, 2, 3, 4]}",
            ],
            "config.json: rope_scaling: \"short_factor\" is an array of 2, allowed is a list of 4 numbers above 0"
        ),
        (
            ["rope_scaling": "{\"type\": \"linear\"}"],
            "config.json: rope_scaling has no \"factor\", needed is a number above 0"
        ),
    ])
    func wrongValuesAreNamedWithWhatIsAllowed(changes: [String: String], expected: String) {
        let text = ConfigurationText.llama.with(changes)
        #expect(text.message().hasPrefix(expected), "\(text.message())")
        #expect(text.code == .invalidModel)
    }

    @Test(arguments: [
        (
            ["model_type": "\"bert\""],
            "config.json: \"model_type\" is \"bert\", allowed is one of \"llama\", \"mistral\""
        ),
        (["model_type": ""], "config.json has no \"model_type\", needed is one of \"llama\", \"mistral\""),
        (
            ["hidden_act": "\"mish\""],
            "config.json: \"hidden_act\" is \"mish\", allowed is one of silu, gelu_new"
        ),
        (
            ["rope_scaling": "{\"type\": \"mrope\", \"factor\": 4}"],
            "config.json: rope_scaling: \"type\" is \"mrope\", allowed is one of default, linear"
        ),
        (
            ["hidden_act": "\"gelu\""],
            "config.json: \"hidden_act\" is \"gelu\", allowed is silu where the MLP has a gate"
        ),
        (["partial_rotary_factor": "0.5"], "config.json: \"partial_rotary_factor\" is 0.5, allowed is 1"),
        (
            ["quantization_config": "{}"],
            "config.json: quantization_config has no \"quant_method\", needed is gptq or awq"
        ),
        (
            ["quantization_config": "{\"quant_method\": \"bitsandbytes\"}"],
            "config.json: quantization_config: \"quant_method\" is \"bitsandbytes\", allowed is gptq or awq"
        ),
        (
            ["quantization_config": "{\"quant_method\": \"gptq\", \"bits\": 3}"],
            "config.json: quantization_config: \"bits\" is 3, allowed is 4 or 8"
        ),
        (
            ["quantization_config": "{\"quant_method\": \"awq\", \"bits\": 8}"],
            "config.json: quantization_config: \"bits\" is 8, allowed is 4"
        ),
        (
            ["quantization_config": "{\"quant_method\": \"awq\", \"version\": \"gemv\"}"],
            "config.json: quantization_config: \"version\" is \"gemv\", allowed is gemm"
        ),
        (
            ["quantization_config": "{\"quant_method\": \"gptq\", \"checkpoint_format\": \"marlin\"}"],
            "config.json: quantization_config: \"checkpoint_format\" is \"marlin\", allowed is gptq or gptq_v2"
        ),
    ])
    func whatThisBuildDoesNotDoIsRefusedByName(changes: [String: String], expected: String) {
        let text = ConfigurationText.llama.with(changes)
        #expect(text.message().hasPrefix(expected), "\(text.message())")
        #expect(text.code == .unsupported)
    }

    @Test(arguments: ["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"])
    func gpt2VariantsAreRefusedByName(key: String) {
        #expect(
            ConfigurationText.gpt2.with([key: "true"]).message()
                == "config.json: \"\(key)\" is true, allowed is false")
        #expect(ConfigurationText.gpt2.with([key: "false"]).message() == "accepted")
    }

    @Test("windows: off where null, the class's own where missing, in the layers that are named")
    func windows() throws {
        func windows(_ changes: [String: String]) throws -> [Int] {
            try ConfigurationText.llama.with(changes).configuration().attentionWindows
        }
        let mistral = ["model_type": "\"mistral\""]
        #expect(try windows(mistral) == [4096, 4096])
        #expect(try windows(mistral.merging(["sliding_window": "null"]) { $1 }) == [0, 0])
        #expect(try windows(mistral.merging(["sliding_window": "100"]) { $1 }) == [100, 100])
        var qwen = ["model_type": "\"qwen2\"", "sliding_window": "100", "max_window_layers": "1"]
        #expect(try windows(qwen) == [0, 0])
        qwen["use_sliding_window"] = "true"
        #expect(try windows(qwen) == [0, 100])
        qwen["layer_types"] = "[\"sliding_attention\", \"full_attention\"]"
        #expect(try windows(qwen) == [100, 0])
        #expect(try windows(["sliding_window": "100"]) == [0, 0])
        qwen["layer_types"] = "[\"sliding_attention\"]"
        #expect(ConfigurationText.llama.with(qwen).message().contains("allowed is a list of 2"))
        qwen["layer_types"] = "[\"linear_attention\", \"full_attention\"]"
        #expect(ConfigurationText.llama.with(qwen).code == .unsupported)
        qwen["layer_types"] = "\"sliding_attention\""
        #expect(
            ConfigurationText.llama.with(qwen).message()
                == "config.json: \"layer_types\" is \"sliding_attention\", allowed is a list of 2")
        qwen["layer_types"] = ""
        for wrong in ["\"1\"", "1.5", "-1", "1025"] {
            qwen["max_window_layers"] = wrong
            #expect(
                ConfigurationText.llama.with(qwen).message()
                    == "config.json: \"max_window_layers\" is \(wrong), allowed is a whole number from 0 to 1024"
            )
        }
    }

    @Test("families differ in biases, norms and head dimension as their classes do")
    func families() throws {
        func parsed(_ family: String, _ changes: [String: String] = [:]) throws -> ModelConfiguration {
            try ConfigurationText.llama.with(["model_type": "\"\(family)\""].merging(changes) { $1 })
                .configuration()
        }
        let qwen2 = try parsed("qwen2")
        #expect(qwen2.hasAttentionBias && !qwen2.hasAttentionOutputBias && !qwen2.hasQueryKeyNorm)
        let qwen3 = try parsed("qwen3", ["head_dim": ""])
        #expect(!qwen3.hasAttentionBias && qwen3.hasQueryKeyNorm && qwen3.headDimension == 128)
        let biased = try parsed("qwen3", ["attention_bias": "true"])
        #expect(biased.hasAttentionBias && biased.hasAttentionOutputBias)
        let phi3 = try parsed("phi3")
        #expect(!phi3.hasAttentionBias && phi3.hasGate && !phi3.hasLayerNorm && phi3.positions == .rotary)
    }

    @Test(arguments: [
        ("enable_bias", "false", "true"), ("layer_norm_elementwise_affine", "false", "true"),
        ("_remove_final_layer_norm", "true", "false"),
    ])
    func optVariantsAreRefusedByName(key: String, value: String, allowed: String) throws {
        let text = ConfigurationText.llama.with(["model_type": "\"opt\"", "ffn_dim": "100", "head_dim": ""])
        let configuration = try text.configuration()
        #expect(configuration.hasLayerNorm && !configuration.hasGate && configuration.positions == .learned)
        #expect(configuration.activation == .relu && configuration.tiesEmbeddings)
        let refused = text.with([key: value])
        #expect(refused.message() == "config.json: \"\(key)\" is \(value), allowed is \(allowed)")
        #expect(refused.code == .unsupported)
    }

    @Test func gpt2NeedsAHeadCountThatDividesItsWidth() {
        #expect(
            ConfigurationText.gpt2.with(["n_head": "5"]).message()
                == "config.json: \"n_head\" is 5, allowed is a divisor of n_embd (48) with heads of at most 512"
        )
    }

    @Test func aDirectoryWithoutConfigurationIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect(
            throws: ModelError(
                .invalidModel, "\(folder.url.path) has no config.json, so it is no model directory")
        ) { try ModelConfiguration(directory: folder.url) }
    }

    @Test(
        .enabled(if: SharedFolder.exists),
        arguments: [
            ("TinyStories-656K", 128, 2, 2048, 384), ("stories260K", 64, 5, 512, 172),
        ])
    func trainedModelsAreRead(name: String, hidden: Int, layers: Int, vocabulary: Int, feedForward: Int)
        throws
    {
        let directory = SharedFolder.data.appending(path: "models/\(name)")
        let configuration = try ModelConfiguration(directory: directory)
        #expect(configuration.hiddenCount == hidden)
        #expect(configuration.layerCount == layers)
        #expect(configuration.vocabularyCount == vocabulary)
        #expect(configuration.feedForwardCount == feedForward)
        #expect(configuration.queryHeadCount == 8 && configuration.keyValueHeadCount == 4)
        #expect(configuration.tiesEmbeddings)
        #expect(configuration.endOfTextIDs == [2])
        #expect(configuration.beginningOfTextID == 1)
    }
}
