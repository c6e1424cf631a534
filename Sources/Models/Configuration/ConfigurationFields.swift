/// A configuration's values while they are read; what families differ in has a value that most have.
struct ConfigurationFields {
    var hiddenCount: Int
    var layerCount: Int
    var queryHeadCount: Int
    var keyValueHeadCount: Int
    var headDimension: Int
    var feedForwardCount: Int
    var vocabularyCount: Int
    var maxPositionCount: Int
    var attentionWindow: Int?
    var positions = PositionEncoding.rotary
    var normalizationEpsilon: Float
    var ropeTheta = 10_000.0
    var ropeScaling: RoPEScaling?
    var activation: Activation
    var tiesEmbeddings: Bool
    var hasLayerNorm = false
    var hasGate = true
    var hasQueryKeyNorm = false
    var hasAttentionBias = false
    var hasAttentionOutputBias = false
    var hasMLPBias = false
    var endOfTextIDs: [Int32] = []
    var beginningOfTextID: Int32?
}

/// Fallbacks of a family's configuration class in transformers for keys that a config.json may lack.
struct ConfigurationFallbacks {
    /// nil: as many as query heads.
    var keyValueHeadCount: Int?
    /// nil: hidden_size / num_attention_heads.
    var headDimension: Int?
    var maxPositionCount = 2048
    var normalizationEpsilon = 1e-6
    /// nil: no window.
    var attentionWindow: Int?
}

extension ConfigurationFields {
    typealias Limits = ConfigurationLimits

    /// The keys that Llama's configuration and those modelled on it share; sizes have no fallback.
    init(llamaLike keys: ConfigurationKeys, _ fallbacks: ConfigurationFallbacks) throws(ModelError) {
        hiddenCount = try keys.count("hidden_size", max: Limits.hiddenCountMax)
        layerCount = try keys.count("num_hidden_layers", max: Limits.layerCountMax)
        queryHeadCount = try keys.count("num_attention_heads", max: Limits.headCountMax)
        keyValueHeadCount = try keys.count(
            "num_key_value_heads", max: Limits.headCountMax,
            fallback: fallbacks.keyValueHeadCount ?? queryHeadCount)
        guard queryHeadCount.isMultiple(of: keyValueHeadCount) else {
            throw keys.refusal(
                "num_key_value_heads", allowed: "a divisor of num_attention_heads, which is \(queryHeadCount)"
            )
        }
        headDimension = try ConfigurationFields.headDimension(
            keys, hiddenCount, queryHeadCount, fallback: fallbacks.headDimension)
        guard headDimension.isMultiple(of: 2) else {
            throw ModelError(
                .invalidModel,
                "\(keys.place): heads have \(headDimension) elements, rotary positions need an even number")
        }
        feedForwardCount = try keys.count("intermediate_size", max: Limits.feedForwardCountMax)
        vocabularyCount = try keys.count("vocab_size", max: Limits.vocabularyCountMax)
        maxPositionCount = try keys.count(
            "max_position_embeddings", max: Limits.positionCountMax, fallback: fallbacks.maxPositionCount)
        normalizationEpsilon = Float(
            try keys.positive("rms_norm_eps", fallback: fallbacks.normalizationEpsilon))
        (ropeTheta, ropeScaling) = try ConfigurationFields.rope(keys)
        activation = try ConfigurationFields.activation(keys, "hidden_act", fallback: .silu)
        guard activation == .silu else {
            throw keys.refusal("hidden_act", allowed: "silu where the MLP has a gate", .unsupported)
        }
        tiesEmbeddings = try keys.flag("tie_word_embeddings", fallback: false)
    }

    /// The number of positions attended to that a key names; `null` means all, a missing key what the family's
    /// class says.
    static func window(_ keys: ConfigurationKeys, fallback: Int?) throws(ModelError) -> Int? {
        guard keys.members["sliding_window"] != nil else { return fallback }
        guard keys["sliding_window"] != nil else { return nil }
        return try keys.count("sliding_window", max: Limits.positionCountMax)
    }

    static func headDimension(
        _ keys: ConfigurationKeys, _ hiddenCount: Int, _ headCount: Int, fallback: Int? = nil
    ) throws(ModelError) -> Int {
        if keys["head_dim"] == nil {
            if let fallback { return fallback }
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

    static func activation(
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
