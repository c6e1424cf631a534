import Tensors

/// Falcon: LayerNorm, attention and MLP side by side, and a fused tensor in which each KV head's queries, key and
/// value follow each other (transformers' modeling_falcon.py). Positions are rotary, or ALiBi (the 1b).
enum FalconRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        let hasALiBi = try keys.flag("alibi", fallback: false)
        let hiddenCount = try keys.count("hidden_size", max: ConfigurationLimits.hiddenCountMax)
        let headCount = try keys.count("num_attention_heads", max: ConfigurationLimits.headCountMax)
        let headDimension = try ConfigurationFields.headDimension(keys, hiddenCount, headCount)
        let rotaryDimension =
            hasALiBi
            ? 0
            : try ConfigurationFields.rotaryDimension(
                keys, headDimension, ["partial_rotary_factor"], fallback: nil)
        let maxPositionCount = try keys.count(
            "max_position_embeddings", max: ConfigurationLimits.positionCountMax, fallback: 2048)
        let (theta, scaling) = try ConfigurationFields.rope(
            keys, dimension: rotaryDimension, maxPositionCount: maxPositionCount)
        let isNew = try keys.flag("new_decoder_architecture", fallback: false)
        let hasBias = try keys.flag("bias", fallback: false)
        let isParallel = try keys.flag("parallel_attn", fallback: true)
        return ConfigurationFields(
            hiddenCount: hiddenCount,
            layerCount: try keys.count("num_hidden_layers", max: ConfigurationLimits.layerCountMax),
            queryHeadCount: headCount,
            keyValueHeadCount: try keyValueHeadCount(keys, headCount, isNew: isNew),
            headDimension: headDimension, rotaryDimension: rotaryDimension,
            feedForwardCount: try keys.count(
                "ffn_hidden_size", max: ConfigurationLimits.feedForwardCountMax, fallback: 4 * hiddenCount),
            vocabularyCount: try keys.count("vocab_size", max: ConfigurationLimits.vocabularyCountMax),
            maxPositionCount: maxPositionCount, positions: hasALiBi ? .alibi : .rotary,
            alibi: hasALiBi ? ALiBi(headCount: headCount, .coarsePosition) : nil,
            normalizationEpsilon: Float(try keys.positive("layer_norm_epsilon", fallback: 1e-5)),
            ropeTheta: theta, ropeScaling: scaling,
            activation: try ConfigurationFields.activation(keys, "activation", fallback: .gelu),
            tiesEmbeddings: try keys.flag("tie_word_embeddings", fallback: true), hasLayerNorm: true,
            hasGate: false, hasParallelResidual: isNew || isParallel, hasAttentionBias: hasBias,
            hasAttentionOutputBias: hasBias, hasMLPBias: hasBias)
    }

    private static func keyValueHeadCount(
        _ keys: ConfigurationKeys, _ headCount: Int, isNew: Bool
    ) throws(ModelError) -> Int {
        guard isNew else { return try keys.flag("multi_query", fallback: true) ? 1 : headCount }
        let count = try keys.count(
            "num_kv_heads", max: ConfigurationLimits.headCountMax, fallback: headCount)
        guard headCount.isMultiple(of: count) else {
            throw keys.refusal(
                "num_kv_heads", allowed: "a divisor of num_attention_heads, which is \(headCount)")
        }
        return count
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(
            outsideLayers: entry, in: configuration, embedding: named("word_embeddings.weight"),
            head: "lm_head.weight", finalNorm: named("ln_f"))
            ?? layerName(of: entry, in: configuration)
    }

    private static func layerName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        guard let layer = entry.layer else { preconditionFailure("Falcon has no \(entry.role)") }
        if let (name, part) = fusedNames[entry.role] {
            let head = configuration.headDimension
            let queries = configuration.queryGroupCount * head
            let stride = queries + 2 * head
            let fused = configuration.keyValueHeadCount * stride
            return TensorName(
                candidates: named("h.\(layer).self_attention.query_key_value.\(name)"),
                dimensions: entry.storage.tileCount > 0 ? [fused, configuration.hiddenCount] : [fused],
                firstRow: part == 0 ? 0 : queries + (part - 1) * head,
                groups: RowGroups(rowCount: part == 0 ? queries : head, stride: stride))
        }
        let names = names(of: entry.role, isParallel: configuration.hasParallelResidual)
        precondition(!names.isEmpty, "Falcon has no \(entry.role)")
        return TensorName(
            candidates: names.flatMap { named("h.\(layer).\($0)") }, dimensions: entry.storage.dimensions)
    }

    /// Checkpoints of the language model and of the bare model.
    private static func named(_ name: String) -> [String] { ["transformer.\(name)", name] }

    private static let fusedNames: [TensorRole: (String, part: Int)] = [
        .attentionQuery: ("weight", 0), .attentionQueryBias: ("bias", 0),
        .attentionKey: ("weight", 1), .attentionKeyBias: ("bias", 1),
        .attentionValue: ("weight", 2), .attentionValueBias: ("bias", 2),
    ]

    /// Side by side, attention and MLP have a norm each (40b), or share one (7b).
    private static func names(of role: TensorRole, isParallel: Bool) -> [String] {
        let second = isParallel ? ["ln_mlp", "input_layernorm"] : ["post_attention_layernorm"]
        return switch role {
        case .attentionNorm: ["ln_attn.weight", "input_layernorm.weight"]
        case .attentionNormBias: ["ln_attn.bias", "input_layernorm.bias"]
        case .feedForwardNorm: second.map { "\($0).weight" }
        case .feedForwardNormBias: second.map { "\($0).bias" }
        case .attentionOutput: ["self_attention.dense.weight"]
        case .attentionOutputBias: ["self_attention.dense.bias"]
        case .feedForwardUp: ["mlp.dense_h_to_4h.weight"]
        case .feedForwardUpBias: ["mlp.dense_h_to_4h.bias"]
        case .feedForwardDown: ["mlp.dense_4h_to_h.weight"]
        case .feedForwardDownBias: ["mlp.dense_4h_to_h.bias"]
        default: []
        }
    }
}
