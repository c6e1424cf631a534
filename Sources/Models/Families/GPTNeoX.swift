import Tensors

/// GPT-NeoX and Pythia: LayerNorm, heads rotated in part, attention and MLP side by side, and a fused tensor in which
/// each head's query, key and value follow each other (transformers' modeling_gpt_neox.py).
enum GPTNeoXRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        guard try keys.flag("attention_bias", fallback: true) else {
            throw keys.refusal("attention_bias", allowed: "true", .unsupported)
        }
        let hiddenCount = try keys.count("hidden_size", max: ConfigurationLimits.hiddenCountMax)
        let headCount = try keys.count("num_attention_heads", max: ConfigurationLimits.headCountMax)
        let headDimension = try ConfigurationFields.headDimension(keys, hiddenCount, headCount)
        let rotaryDimension = try ConfigurationFields.rotaryDimension(
            keys, headDimension, ["rotary_pct", "partial_rotary_factor"], fallback: 0.25)
        let maxPositionCount = try keys.count(
            "max_position_embeddings", max: ConfigurationLimits.positionCountMax, fallback: 2048)
        let (theta, scaling) = try ConfigurationFields.rope(
            keys, base: "rotary_emb_base", dimension: rotaryDimension, maxPositionCount: maxPositionCount)
        return ConfigurationFields(
            hiddenCount: hiddenCount,
            layerCount: try keys.count("num_hidden_layers", max: ConfigurationLimits.layerCountMax),
            queryHeadCount: headCount, keyValueHeadCount: headCount, headDimension: headDimension,
            rotaryDimension: rotaryDimension,
            feedForwardCount: try keys.count(
                "intermediate_size", max: ConfigurationLimits.feedForwardCountMax),
            vocabularyCount: try keys.count("vocab_size", max: ConfigurationLimits.vocabularyCountMax),
            maxPositionCount: maxPositionCount,
            normalizationEpsilon: Float(try keys.positive("layer_norm_eps", fallback: 1e-5)),
            ropeTheta: theta, ropeScaling: scaling,
            activation: try ConfigurationFields.activation(keys, "hidden_act", fallback: .gelu),
            tiesEmbeddings: try keys.flag("tie_word_embeddings", fallback: false), hasLayerNorm: true,
            hasGate: false, hasParallelResidual: try keys.flag("use_parallel_residual", fallback: true),
            hasAttentionBias: true, hasAttentionOutputBias: true, hasMLPBias: true)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(
            outsideLayers: entry, in: configuration, embedding: named("embed_in.weight"),
            head: "embed_out.weight", finalNorm: named("final_layer_norm"))
            ?? layerName(of: entry, in: configuration)
    }

    private static func layerName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        guard let layer = entry.layer else { preconditionFailure("GPT-NeoX has no \(entry.role)") }
        if let (name, part) = fusedNames[entry.role] {
            return TensorName(
                headwise: named("layers.\(layer).attention.query_key_value.\(name)"), part: part, of: entry,
                configuration)
        }
        guard let name = names[entry.role] else { preconditionFailure("GPT-NeoX has no \(entry.role)") }
        return TensorName(candidates: named("layers.\(layer).\(name)"), dimensions: entry.storage.dimensions)
    }

    /// Checkpoints of the language model and of the bare model.
    private static func named(_ name: String) -> [String] { ["gpt_neox.\(name)", name] }

    private static let fusedNames: [TensorRole: (String, part: Int)] = [
        .attentionQuery: ("weight", 0), .attentionQueryBias: ("bias", 0),
        .attentionKey: ("weight", 1), .attentionKeyBias: ("bias", 1),
        .attentionValue: ("weight", 2), .attentionValueBias: ("bias", 2),
    ]

    private static let names: [TensorRole: String] = [
        .attentionNorm: "input_layernorm.weight", .attentionNormBias: "input_layernorm.bias",
        .attentionOutput: "attention.dense.weight", .attentionOutputBias: "attention.dense.bias",
        .feedForwardNorm: "post_attention_layernorm.weight",
        .feedForwardNormBias: "post_attention_layernorm.bias",
        .feedForwardUp: "mlp.dense_h_to_4h.weight", .feedForwardUpBias: "mlp.dense_h_to_4h.bias",
        .feedForwardDown: "mlp.dense_4h_to_h.weight", .feedForwardDownBias: "mlp.dense_4h_to_h.bias",
    ]
}

extension TensorName {
    /// Query (part 0), key (1) or value (2) of a tensor in which each head's three follow each other.
    init(
        headwise candidates: [String], part: Int, of entry: PackLayout.Entry,
        _ configuration: ModelConfiguration
    ) {
        let head = configuration.headDimension
        let fused = 3 * configuration.queryRowCount
        self.init(
            candidates: candidates,
            dimensions: entry.storage.tileCount > 0 ? [fused, configuration.hiddenCount] : [fused],
            firstRow: part * head, groups: RowGroups(rowCount: head, stride: 3 * head))
    }
}
