import Tensors

/// OPT: LayerNorm before each half, learned positions that begin at row 2, ReLU (transformers' modeling_opt.py). The
/// 350m has its norms behind, and embeddings that are narrower than the residual stream.
enum OPTRules: FamilyRules {
    /// Rows of the position table that no position uses.
    private static let positionOffset = 2

    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        for key in ["enable_bias", "layer_norm_elementwise_affine"] { try keys.require(key, true) }
        try keys.require("_remove_final_layer_norm", false)
        let hiddenCount = try keys.count("hidden_size", max: ConfigurationLimits.hiddenCountMax)
        let headCount = try keys.count("num_attention_heads", max: ConfigurationLimits.headCountMax)
        return ConfigurationFields(
            hiddenCount: hiddenCount,
            embeddingCount: try keys.count(
                "word_embed_proj_dim", max: ConfigurationLimits.hiddenCountMax, fallback: hiddenCount),
            layerCount: try keys.count("num_hidden_layers", max: ConfigurationLimits.layerCountMax),
            queryHeadCount: headCount, keyValueHeadCount: headCount,
            headDimension: try ConfigurationFields.headDimension(keys, hiddenCount, headCount),
            feedForwardCount: try keys.count("ffn_dim", max: ConfigurationLimits.feedForwardCountMax),
            vocabularyCount: try keys.count("vocab_size", max: ConfigurationLimits.vocabularyCountMax),
            maxPositionCount: try keys.count(
                "max_position_embeddings", max: ConfigurationLimits.positionCountMax, fallback: 2048),
            positions: .learned, normalizationEpsilon: 1e-5,
            activation: try ConfigurationFields.activation(keys, "activation_function", fallback: .relu),
            tiesEmbeddings: try keys.flag("tie_word_embeddings", fallback: true), hasLayerNorm: true,
            normPlacement: try keys.flag("do_layer_norm_before", fallback: true) ? .before : .after,
            hasGate: false, hasAttentionBias: true, hasAttentionOutputBias: true, hasMLPBias: true)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        let outer = TensorName(
            outsideLayers: entry, in: configuration, embedding: named("embed_tokens.weight"),
            head: "lm_head.weight", finalNorm: named("final_layer_norm"))
        if let outer { return outer }
        if entry.role == .positionEmbedding {
            return TensorName(
                candidates: named("embed_positions.weight"),
                dimensions: [positionOffset + entry.storage.rowCount, entry.storage.columnCount],
                firstRow: positionOffset)
        }
        if let name = projections[entry.role] {
            return TensorName(candidates: named(name), dimensions: entry.storage.dimensions)
        }
        guard let layer = entry.layer, let name = names[entry.role] else {
            preconditionFailure("OPT has no \(entry.role)")
        }
        return TensorName(
            candidates: named("layers.\(layer).\(name)"), dimensions: entry.storage.dimensions)
    }

    /// Checkpoints of the language model, of the bare model, and of the decoder alone.
    private static func named(_ name: String) -> [String] {
        ["model.decoder.\(name)", "decoder.\(name)", name]
    }

    private static let projections: [TensorRole: String] = [
        .embeddingInput: "project_in.weight", .embeddingOutput: "project_out.weight",
    ]

    private static let names: [TensorRole: String] = [
        .attentionNorm: "self_attn_layer_norm.weight", .attentionNormBias: "self_attn_layer_norm.bias",
        .attentionQuery: "self_attn.q_proj.weight", .attentionQueryBias: "self_attn.q_proj.bias",
        .attentionKey: "self_attn.k_proj.weight", .attentionKeyBias: "self_attn.k_proj.bias",
        .attentionValue: "self_attn.v_proj.weight", .attentionValueBias: "self_attn.v_proj.bias",
        .attentionOutput: "self_attn.out_proj.weight", .attentionOutputBias: "self_attn.out_proj.bias",
        .feedForwardNorm: "final_layer_norm.weight", .feedForwardNormBias: "final_layer_norm.bias",
        .feedForwardUp: "fc1.weight", .feedForwardUpBias: "fc1.bias",
        .feedForwardDown: "fc2.weight", .feedForwardDownBias: "fc2.bias",
    ]
}
