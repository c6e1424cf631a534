/// A configuration's values while they are read: one initializer for each family's keys.
struct ConfigurationFields {
    var hiddenCount: Int
    var layerCount: Int
    var queryHeadCount: Int
    var keyValueHeadCount: Int
    var headDimension: Int
    var feedForwardCount: Int
    var vocabularyCount: Int
    var maxPositionCount: Int
    var normalizationEpsilon: Float
    var ropeTheta: Double
    var ropeScaling: RoPEScaling?
    var activation: Activation
    var tiesEmbeddings: Bool
    var hasAttentionBias: Bool
    var hasMLPBias: Bool
    var endOfTextIDs: [Int32] = []
    var beginningOfTextID: Int32?
}

extension ConfigurationFields {
    private typealias Limits = ConfigurationLimits

    /// Keys and fallbacks of transformers' LlamaConfig; sizes have no fallback.
    init(llama keys: ConfigurationKeys) throws(ModelError) {
        hiddenCount = try keys.count("hidden_size", max: Limits.hiddenCountMax)
        layerCount = try keys.count("num_hidden_layers", max: Limits.layerCountMax)
        queryHeadCount = try keys.count("num_attention_heads", max: Limits.headCountMax)
        keyValueHeadCount = try keys.count(
            "num_key_value_heads", max: Limits.headCountMax, fallback: queryHeadCount)
        guard queryHeadCount.isMultiple(of: keyValueHeadCount) else {
            throw keys.refusal(
                "num_key_value_heads", allowed: "a divisor of num_attention_heads, which is \(queryHeadCount)"
            )
        }
        headDimension = try ConfigurationFields.headDimension(keys, hiddenCount, queryHeadCount)
        guard headDimension.isMultiple(of: 2) else {
            throw ModelError(
                .invalidModel,
                "\(keys.place): heads have \(headDimension) elements, rotary positions need an even number")
        }
        feedForwardCount = try keys.count("intermediate_size", max: Limits.feedForwardCountMax)
        vocabularyCount = try keys.count("vocab_size", max: Limits.vocabularyCountMax)
        maxPositionCount = try keys.count(
            "max_position_embeddings", max: Limits.positionCountMax, fallback: 2048)
        normalizationEpsilon = Float(try keys.positive("rms_norm_eps", fallback: 1e-6))
        (ropeTheta, ropeScaling) = try ConfigurationFields.rope(keys)
        activation = try ConfigurationFields.activation(keys, "hidden_act", fallback: .silu)
        tiesEmbeddings = try keys.flag("tie_word_embeddings", fallback: false)
        hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        hasMLPBias = try keys.flag("mlp_bias", fallback: false)
    }

    /// Keys and fallbacks of transformers' GPT2Config; sizes have no fallback but `n_inner`.
    init(gpt2 keys: ConfigurationKeys) throws(ModelError) {
        hiddenCount = try keys.count("n_embd", max: Limits.hiddenCountMax)
        layerCount = try keys.count("n_layer", max: Limits.layerCountMax)
        queryHeadCount = try keys.count("n_head", max: Limits.headCountMax)
        keyValueHeadCount = queryHeadCount
        guard hiddenCount.isMultiple(of: queryHeadCount),
            hiddenCount / queryHeadCount <= Limits.headDimensionMax
        else {
            throw keys.refusal(
                "n_head",
                allowed:
                    "a divisor of n_embd (\(hiddenCount)) with heads of at most \(Limits.headDimensionMax)")
        }
        headDimension = hiddenCount / queryHeadCount
        feedForwardCount = try keys.count(
            "n_inner", max: Limits.feedForwardCountMax, fallback: 4 * hiddenCount)
        vocabularyCount = try keys.count("vocab_size", max: Limits.vocabularyCountMax)
        maxPositionCount = try keys.count("n_positions", max: Limits.positionCountMax, fallback: 1024)
        normalizationEpsilon = Float(try keys.positive("layer_norm_epsilon", fallback: 1e-5))
        ropeTheta = 10_000
        activation = try ConfigurationFields.activation(keys, "activation_function", fallback: .geluNew)
        tiesEmbeddings = try keys.flag("tie_word_embeddings", fallback: true)
        hasAttentionBias = true
        hasMLPBias = true
        guard try keys.flag("scale_attn_weights", fallback: true) else {
            throw keys.refusal("scale_attn_weights", allowed: "true", .unsupported)
        }
        for key in ["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"]
        where try keys.flag(key, fallback: false) {
            throw keys.refusal(key, allowed: "false", .unsupported)
        }
    }

    private static func headDimension(
        _ keys: ConfigurationKeys, _ hiddenCount: Int, _ headCount: Int
    ) throws(ModelError) -> Int {
        if keys["head_dim"] == nil {
            guard hiddenCount.isMultiple(of: headCount), hiddenCount / headCount <= Limits.headDimensionMax
            else {
                throw keys.refusal(
                    "num_attention_heads",
                    allowed:
                        "a divisor of hidden_size (\(hiddenCount)), heads up to \(Limits.headDimensionMax)"
                )
            }
            return hiddenCount / headCount
        }
        return try keys.count("head_dim", max: Limits.headDimensionMax)
    }

    private static func activation(
        _ keys: ConfigurationKeys, _ key: String, fallback: Activation
    ) throws(ModelError) -> Activation {
        guard let name = try keys.text(key) else { return fallback }
        let aliases = ["swish": "silu", "gelu_pytorch_tanh": "gelu_new"]
        guard let activation = Activation(rawValue: aliases[name] ?? name) else {
            let allowed = (Activation.allCases.map(\.rawValue) + aliases.keys.sorted()).joined(
                separator: ", ")
            throw keys.refusal(key, allowed: "one of \(allowed)", .unsupported)
        }
        return activation
    }

    /// Reads `rope_parameters` (transformers 5), or `rope_theta` and `rope_scaling` (before).
    private static func rope(_ keys: ConfigurationKeys) throws(ModelError) -> (Double, RoPEScaling?) {
        let parameters = try keys.object("rope_parameters")
        let outerTheta = try keys.positive("rope_theta", fallback: 10_000)
        let theta = try parameters?.positive("rope_theta", fallback: outerTheta) ?? outerTheta
        for place in [parameters, keys].compactMap({ $0 }) {
            guard try place.positive("partial_rotary_factor", fallback: 1) == 1 else {
                throw place.refusal("partial_rotary_factor", allowed: "1", .unsupported)
            }
        }
        let older = try keys.object("rope_scaling")
        guard let scaling = parameters ?? older else { return (theta, nil) }
        let key = scaling["rope_type"] == nil && scaling["type"] != nil ? "type" : "rope_type"
        switch try scaling.text(key) ?? "default" {
        case "default": return (theta, nil)
        case "linear": return (theta, .linear(factor: try scaling.positive("factor")))
        case "dynamic": return (theta, .dynamic(factor: try scaling.positive("factor")))
        case "llama3":
            return (
                theta,
                .llama3(
                    factor: try scaling.positive("factor"),
                    lowFrequencyFactor: try scaling.positive("low_freq_factor"),
                    highFrequencyFactor: try scaling.positive("high_freq_factor"),
                    originalPositionCount: try scaling.count(
                        "original_max_position_embeddings", max: Limits.positionCountMax))
            )
        default: throw scaling.refusal(key, allowed: "one of default, linear, dynamic, llama3", .unsupported)
        }
    }
}
