import Tensors

/// Gemma: Llama with a gate of tanh's GELU, norms whose weights are stored less 1, and scaled embeddings
/// (transformers' modeling_gemma.py).
enum GemmaRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        // Older files say gelu and mean the same function.
        try ConfigurationFields(
            gemmaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 16, headDimension: 256, maxPositionCount: 8192, activation: .geluNew,
                olderActivation: .gelu, tiesEmbeddings: true))
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gemmaLike: entry, configuration)
    }
}

extension ConfigurationFields {
    /// What Gemma's generations share.
    init(
        gemmaLike keys: ConfigurationKeys, _ fallbacks: ConfigurationFallbacks
    ) throws(ModelError) {
        try keys.require("use_bidirectional_attention", false)
        try self.init(llamaLike: keys, fallbacks)
        embeddingScale = Float(Double(hiddenCount).squareRoot())
        hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        hasAttentionOutputBias = hasAttentionBias
    }

    /// 1 / sqrt of `query_pre_attn_scalar`.
    static func queryScale(_ keys: ConfigurationKeys) throws(ModelError) -> Float {
        Float(1 / (try keys.positive("query_pre_attn_scalar", fallback: 256)).squareRoot())
    }

    /// A bound, or 0 where it is `null`, or missing without a fallback.
    static func softCap(
        _ keys: ConfigurationKeys, _ key: String, fallback: Double?
    ) throws(ModelError) -> Float {
        if keys.members[key] == nil { return Float(fallback ?? 0) }
        return Float(try keys.positiveIfAny(key) ?? 0)
    }
}

extension TensorName {
    /// Llama's names; around each half, the name of Llama's second norm is that of the first half's output. Every
    /// norm computes with its weight + 1.
    init(gemmaLike entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
        let isAround = configuration.normPlacement == .around
        if let layer = entry.layer, isAround, let name = TensorName.gemmaNorms[entry.role] {
            self.init(
                candidates: ["model.layers.\(layer).\(name)", "layers.\(layer).\(name)"],
                dimensions: entry.storage.dimensions)
        } else {
            self.init(llamaLike: entry, configuration)
        }
        if entry.role.isNormWeight { addend = 1 }
    }

    private static let gemmaNorms: [TensorRole: String] = [
        .attentionOutputNorm: "post_attention_layernorm.weight",
        .feedForwardNorm: "pre_feedforward_layernorm.weight",
        .feedForwardOutputNorm: "post_feedforward_layernorm.weight",
    ]
}
