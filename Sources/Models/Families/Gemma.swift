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

/// Gemma 2: Gemma with norms around each half of a layer, bounded scores and logits, and a window in every second
/// layer (transformers' modeling_gemma2.py).
enum Gemma2Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            gemmaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 4, headDimension: 256, maxPositionCount: 8192,
                activationKey: "hidden_activation", activation: .geluNew, tiesEmbeddings: true))
        fields.normPlacement = .around
        fields.attentionScale = try ConfigurationFields.queryScale(keys)
        fields.attentionSoftCap = try ConfigurationFields.softCap(
            keys, "attn_logit_softcapping", fallback: 50)
        fields.logitSoftCap = try ConfigurationFields.softCap(keys, "final_logit_softcapping", fallback: 30)
        try fields.setWindow(keys, fallback: 4096) { $0.isMultiple(of: 2) }
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gemmaLike: entry, configuration)
    }
}

/// Gemma 3's language model: Gemma 2 with norms of queries and keys instead of bounded scores, and a rotation of
/// their own for the layers with a window (transformers' modeling_gemma3.py).
enum Gemma3Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            gemmaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 4, headDimension: 256, maxPositionCount: 131_072,
                activationKey: "hidden_activation", activation: .geluNew, tiesEmbeddings: true))
        guard keys["attn_logit_softcapping"] == nil else {
            throw keys.refusal("attn_logit_softcapping", allowed: "null", .unsupported)
        }
        fields.normPlacement = .around
        fields.hasQueryKeyNorm = true
        fields.attentionScale = try ConfigurationFields.queryScale(keys)
        fields.logitSoftCap = try ConfigurationFields.softCap(keys, "final_logit_softcapping", fallback: nil)
        let period = try keys.whole(
            "sliding_window_pattern", in: 1...ConfigurationLimits.layerCountMax, fallback: 6)
        let isWindowed =
            try ConfigurationFields.windowedLayers(keys, layerCount: fields.layerCount)
            ?? (1...fields.layerCount).map { !$0.isMultiple(of: period) }
        try fields.setWindow(keys, fallback: 4096) { isWindowed[$0] }
        fields.rotations = isWindowed.map { $0 ? .local : .whole }
        (fields.ropeTheta, fields.ropeScaling) = try ConfigurationFields.rope(
            keys, fallback: 1_000_000, kind: "full_attention", dimension: fields.rotaryDimension,
            maxPositionCount: fields.maxPositionCount)
        fields.localRoPETheta = try localTheta(keys)
        return fields
    }

    private static func localTheta(_ keys: ConfigurationKeys) throws(ModelError) -> Double {
        let theta = try keys.positive("rope_local_base_freq", fallback: 10_000)
        guard let local = try keys.object("rope_parameters")?.object("sliding_attention") else {
            return theta
        }
        guard try local.text("rope_type") ?? "default" == "default" else {
            throw local.refusal("rope_type", allowed: "default", .unsupported)
        }
        return try local.positive("rope_theta", fallback: theta)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gemmaLike: entry, configuration)
    }
}

extension ConfigurationFields {
    /// What Gemma's generations share.
    fileprivate init(
        gemmaLike keys: ConfigurationKeys, _ fallbacks: ConfigurationFallbacks
    ) throws(ModelError) {
        try keys.require("use_bidirectional_attention", false)
        try self.init(llamaLike: keys, fallbacks)
        embeddingScale = Float(Double(hiddenCount).squareRoot())
        hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        hasAttentionOutputBias = hasAttentionBias
    }

    /// 1 / sqrt of `query_pre_attn_scalar`.
    fileprivate static func queryScale(_ keys: ConfigurationKeys) throws(ModelError) -> Float {
        Float(1 / (try keys.positive("query_pre_attn_scalar", fallback: 256)).squareRoot())
    }

    /// A bound, or 0 where it is `null`, or missing without a fallback.
    fileprivate static func softCap(
        _ keys: ConfigurationKeys, _ key: String, fallback: Double?
    ) throws(ModelError) -> Float {
        if keys.members[key] == nil { return Float(fallback ?? 0) }
        return Float(try keys.positiveIfAny(key) ?? 0)
    }
}

extension TensorName {
    /// Llama's names; around each half, the name of Llama's second norm is that of the first half's output. Every
    /// norm computes with its weight + 1.
    fileprivate init(gemmaLike entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
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
