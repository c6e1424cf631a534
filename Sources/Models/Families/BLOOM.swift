import Tensors

/// BLOOM: LayerNorm, also of the embeddings, ALiBi, and a fused tensor in which each head's query, key and value
/// follow each other (transformers' modeling_bloom.py).
enum BLOOMRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        for key in ["apply_residual_connection_post_layernorm", "slow_but_exact"] {
            try keys.require(key, false)
        }
        /// The first of two names that is there.
        func named(_ name: String, or other: String) -> String { keys[name] == nil ? other : name }
        let hiddenCount = try keys.count(
            named("n_embed", or: "hidden_size"), max: ConfigurationLimits.hiddenCountMax)
        let headKey = named("n_head", or: "num_attention_heads")
        let headCount = try keys.count(headKey, max: ConfigurationLimits.headCountMax)
        guard hiddenCount.isMultiple(of: headCount),
            hiddenCount / headCount <= ConfigurationLimits.headDimensionMax
        else {
            throw keys.refusal(
                headKey,
                allowed: "a divisor of the hidden size (\(hiddenCount)), heads up to "
                    + "\(ConfigurationLimits.headDimensionMax)")
        }
        return ConfigurationFields(
            hiddenCount: hiddenCount,
            layerCount: try keys.count(
                named("n_layer", or: "num_hidden_layers"), max: ConfigurationLimits.layerCountMax),
            queryHeadCount: headCount, keyValueHeadCount: headCount, headDimension: hiddenCount / headCount,
            feedForwardCount: 4 * hiddenCount,
            vocabularyCount: try keys.count("vocab_size", max: ConfigurationLimits.vocabularyCountMax),
            maxPositionCount: try keys.count(
                "seq_length", max: ConfigurationLimits.positionCountMax, fallback: 2048),
            positions: .alibi, alibi: ALiBi(headCount: headCount, .position),
            normalizationEpsilon: Float(try keys.positive("layer_norm_epsilon", fallback: 1e-5)),
            activation: .geluNew, tiesEmbeddings: try keys.flag("tie_word_embeddings", fallback: true),
            hasLayerNorm: true, hasEmbeddingNorm: true, hasGate: false, hasAttentionBias: true,
            hasAttentionOutputBias: true, hasMLPBias: true)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        let outer = TensorName(
            outsideLayers: entry, in: configuration, embedding: named("word_embeddings.weight"),
            head: "lm_head.weight", finalNorm: named("ln_f"))
        if let outer { return outer }
        guard let (name, part) = names[entry.role] else { preconditionFailure("BLOOM has no \(entry.role)") }
        let candidates = named(entry.layer.map { "h.\($0).\(name)" } ?? name)
        guard let part else {
            return TensorName(candidates: candidates, dimensions: entry.storage.dimensions)
        }
        return TensorName(headwise: candidates, part: part, of: entry, configuration)
    }

    /// Checkpoints of the language model and of the bare model.
    private static func named(_ name: String) -> [String] { ["transformer.\(name)", name] }

    private static let names: [TensorRole: (String, part: Int?)] = [
        .embeddingNorm: ("word_embeddings_layernorm.weight", nil),
        .embeddingNormBias: ("word_embeddings_layernorm.bias", nil),
        .attentionNorm: ("input_layernorm.weight", nil), .attentionNormBias: ("input_layernorm.bias", nil),
        .attentionQuery: ("self_attention.query_key_value.weight", 0),
        .attentionQueryBias: ("self_attention.query_key_value.bias", 0),
        .attentionKey: ("self_attention.query_key_value.weight", 1),
        .attentionKeyBias: ("self_attention.query_key_value.bias", 1),
        .attentionValue: ("self_attention.query_key_value.weight", 2),
        .attentionValueBias: ("self_attention.query_key_value.bias", 2),
        .attentionOutput: ("self_attention.dense.weight", nil),
        .attentionOutputBias: ("self_attention.dense.bias", nil),
        .feedForwardNorm: ("post_attention_layernorm.weight", nil),
        .feedForwardNormBias: ("post_attention_layernorm.bias", nil),
        .feedForwardUp: ("mlp.dense_h_to_4h.weight", nil),
        .feedForwardUpBias: ("mlp.dense_h_to_4h.bias", nil),
        .feedForwardDown: ("mlp.dense_4h_to_h.weight", nil),
        .feedForwardDownBias: ("mlp.dense_4h_to_h.bias", nil),
    ]
}
