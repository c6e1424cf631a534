import Tensors

/// MPT: LayerNorm without biases, no positions but ALiBi, one tensor for query, key and value (transformers'
/// modeling_mpt.py, which has biases nowhere and an MLP of four times the width).
enum MPTRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        try keys.require("no_bias", true)
        guard keys["logit_scale"] == nil else {
            throw keys.refusal("logit_scale", allowed: "null", .unsupported)
        }
        guard try keys.whole("expansion_ratio", in: 1...1024, fallback: 4) == 4 else {
            throw keys.refusal("expansion_ratio", allowed: "4", .unsupported)
        }
        let hiddenCount = try keys.count("d_model", max: ConfigurationLimits.hiddenCountMax)
        let headCount = try keys.count("n_heads", max: ConfigurationLimits.headCountMax)
        guard hiddenCount.isMultiple(of: headCount),
            hiddenCount / headCount <= ConfigurationLimits.headDimensionMax
        else {
            throw keys.refusal(
                "n_heads",
                allowed: "a divisor of d_model (\(hiddenCount)), heads up to "
                    + "\(ConfigurationLimits.headDimensionMax)")
        }
        var fields = ConfigurationFields(
            hiddenCount: hiddenCount,
            layerCount: try keys.count("n_layers", max: ConfigurationLimits.layerCountMax),
            queryHeadCount: headCount, keyValueHeadCount: headCount, headDimension: hiddenCount / headCount,
            feedForwardCount: 4 * hiddenCount,
            vocabularyCount: try keys.count("vocab_size", max: ConfigurationLimits.vocabularyCountMax),
            maxPositionCount: try keys.count(
                "max_seq_len", max: ConfigurationLimits.positionCountMax, fallback: 2048),
            positions: .alibi,
            normalizationEpsilon: Float(try keys.positive("layer_norm_epsilon", fallback: 1e-5)),
            activation: .gelu, tiesEmbeddings: try keys.flag("tie_word_embeddings", fallback: true),
            hasLayerNorm: true, hasNormBias: false, hasGate: false)
        try setAttention(keys, &fields)
        return fields
    }

    private static func setAttention(
        _ keys: ConfigurationKeys, _ fields: inout ConfigurationFields
    ) throws(ModelError) {
        var maximum = 8
        if let attention = try keys.object("attn_config") {
            try attention.require("alibi", true)
            for key in ["qk_ln", "prefix_lm", "attn_uses_sequence_id"] { try attention.require(key, false) }
            guard try attention.text("attn_type") ?? "multihead_attention" == "multihead_attention" else {
                throw attention.refusal("attn_type", allowed: "multihead_attention", .unsupported)
            }
            fields.attentionScale = try attention.positiveIfAny("softmax_scale").map { Float($0) }
            fields.queryKeyValueLimit = Float(try attention.positiveIfAny("clip_qkv") ?? 0)
            maximum = try attention.whole("alibi_bias_max", in: 1...1024, fallback: 8)
        }
        fields.alibi = ALiBi(mptHeadCount: fields.queryHeadCount, maximum: maximum)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        let outer = TensorName(
            outsideLayers: entry, in: configuration, embedding: named("wte.weight"), head: "lm_head.weight",
            finalNorm: named("norm_f"))
        if let outer { return outer }
        guard let layer = entry.layer, let (name, part) = names[entry.role] else {
            preconditionFailure("MPT has no \(entry.role)")
        }
        let candidates = named("blocks.\(layer).\(name).weight")
        let hidden = configuration.hiddenCount
        guard let part else {
            return TensorName(candidates: candidates, dimensions: entry.storage.dimensions)
        }
        return TensorName(candidates: candidates, dimensions: [3 * hidden, hidden], firstRow: part * hidden)
    }

    /// Checkpoints of the language model and of the bare model.
    private static func named(_ name: String) -> [String] { ["transformer.\(name)", name] }

    private static let names: [TensorRole: (String, part: Int?)] = [
        .attentionNorm: ("norm_1", nil), .feedForwardNorm: ("norm_2", nil),
        .attentionQuery: ("attn.Wqkv", 0), .attentionKey: ("attn.Wqkv", 1), .attentionValue: ("attn.Wqkv", 2),
        .attentionOutput: ("attn.out_proj", nil), .feedForwardUp: ("ffn.up_proj", nil),
        .feedForwardDown: ("ffn.down_proj", nil),
    ]
}
