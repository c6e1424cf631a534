import Tensors
import WorkerMessages

/// A configuration's values while they are read; what families differ in has a value that most have.
struct ConfigurationFields {
    var hiddenCount: Int
    /// nil: the hidden size.
    var embeddingCount: Int?
    var embeddingScale: Float = 1
    var layerCount: Int
    var queryHeadCount: Int
    var keyValueHeadCount: Int
    var headDimension: Int
    var rotaryDimension = 0
    var feedForwardCount: Int
    var vocabularyCount: Int
    var maxPositionCount: Int
    /// Empty: no layer has a window.
    var attentionWindows: [Int] = []
    /// nil: 1 / sqrt(head dimension), computed in f64 and rounded, as transformers passes it to its kernels.
    var attentionScale: Float?
    var attentionSoftCap: Float = 0
    var logitSoftCap: Float = 0
    var queryKeyValueLimit: Float = 0
    var positions = PositionEncoding.rotary
    /// Empty: all layers rotate alike.
    var rotations: [LayerRotation] = []
    var alibi: ALiBi?
    var normalizationEpsilon: Float
    var ropeTheta = 10_000.0
    var ropeScaling: RoPEScaling?
    var localRoPETheta = 10_000.0
    var activation: Activation
    var tiesEmbeddings: Bool
    var hasLayerNorm = false
    /// Of no meaning where norms are RMSNorm.
    var hasNormBias = true
    var hasEmbeddingNorm = false
    var normPlacement = NormPlacement.before
    var hasGate = true
    var hasQueryKeyNorm = false
    var hasParallelResidual = false
    var hasAttentionBias = false
    var hasAttentionOutputBias = false
    var hasMLPBias = false
    var experts: ExpertConfiguration?
    var endOfTextIDs: [Int32] = []
    var generationDefaults = GenerationDefaults()
    var quantization: PackedQuantization?
    var beginningOfTextID: Int32?
}

/// Fallbacks of a family's configuration class in transformers for keys that a config.json may lack.
struct ConfigurationFallbacks {
    /// nil: as many as query heads.
    var keyValueHeadCount: Int?
    /// nil: hidden_size / num_attention_heads.
    var headDimension: Int?
    var maxPositionCount = 2048
    /// The key that names what norms add to the variance.
    var epsilonKey = "rms_norm_eps"
    var normalizationEpsilon = 1e-6
    /// nil: heads are rotated whole, and another factor is refused.
    var partialRotaryFactor: Double?
    var ropeTheta = 10_000.0
    /// The key that names the MLP's function.
    var activationKey = "hidden_act"
    /// The function that it must be.
    var activation = Activation.silu
    /// What older files call the same function.
    var olderActivation: Activation?
    var tiesEmbeddings = false
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
        rotaryDimension = try ConfigurationFields.rotaryDimension(
            keys, headDimension, ["partial_rotary_factor"], fallback: fallbacks.partialRotaryFactor)
        feedForwardCount = try keys.count("intermediate_size", max: Limits.feedForwardCountMax)
        vocabularyCount = try keys.count("vocab_size", max: Limits.vocabularyCountMax)
        maxPositionCount = try keys.count(
            "max_position_embeddings", max: Limits.positionCountMax, fallback: fallbacks.maxPositionCount)
        normalizationEpsilon = Float(
            try keys.positive(fallbacks.epsilonKey, fallback: fallbacks.normalizationEpsilon))
        (ropeTheta, ropeScaling) = try ConfigurationFields.rope(
            keys, fallback: fallbacks.ropeTheta, dimension: rotaryDimension,
            maxPositionCount: maxPositionCount)
        activation = fallbacks.activation
        let named = try ConfigurationFields.activation(keys, fallbacks.activationKey, fallback: activation)
        guard named == activation || named == fallbacks.olderActivation else {
            throw keys.refusal(
                fallbacks.activationKey, allowed: "\(fallbacks.activation.rawValue) where the MLP has a gate",
                .unsupported)
        }
        tiesEmbeddings = try keys.flag("tie_word_embeddings", fallback: fallbacks.tiesEmbeddings)
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

    /// How many elements of a head are rotated: transformers' int(head dimension x factor). `names` are what the
    /// factor is called; with `fallback` nil it must be 1.
    static func rotaryDimension(
        _ keys: ConfigurationKeys, _ headDimension: Int, _ names: [String], fallback: Double?
    ) throws(ModelError) -> Int {
        var factor = fallback ?? 1
        for place in [keys, try keys.object("rope_parameters")].compactMap({ $0 }) {
            for name in names where place[name] != nil {
                factor = try place.positive(name)
                guard fallback == nil ? factor == 1 : factor <= 1 else {
                    throw place.refusal(
                        name, allowed: fallback == nil ? "1" : "a number above 0 up to 1", .unsupported)
                }
            }
        }
        let dimension = Int(Double(headDimension) * factor)
        guard dimension.isMultiple(of: 2), dimension > 0 else {
            throw ModelError(
                .invalidModel,
                "\(keys.place): heads have \(dimension) elements that rotate, rotary positions need an even "
                    + "number")
        }
        return dimension
    }
}
