import Tensors

/// GPT-2: LayerNorm, learned positions, one head per KV head, plain MLP, Conv1D weights (transformers'
/// modeling_gpt2.py).
enum GPT2Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        try ConfigurationFields(gpt2: keys)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gpt2: entry, configuration)
    }
}

extension ConfigurationFields {
    /// Keys and fallbacks of transformers' GPT2Config; sizes have no fallback but `n_inner`.
    fileprivate init(gpt2 keys: ConfigurationKeys) throws(ModelError) {
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
        activation = try ConfigurationFields.activation(keys, "activation_function", fallback: .geluNew)
        tiesEmbeddings = try keys.flag("tie_word_embeddings", fallback: true)
        positions = .learned
        hasLayerNorm = true
        hasGate = false
        hasAttentionBias = true
        hasAttentionOutputBias = true
        hasMLPBias = true
        guard try keys.flag("scale_attn_weights", fallback: true) else {
            throw keys.refusal("scale_attn_weights", allowed: "true", .unsupported)
        }
        for key in ["scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn", "add_cross_attention"]
        where try keys.flag(key, fallback: false) {
            throw keys.refusal(key, allowed: "false", .unsupported)
        }
    }
}

extension TensorName {
    fileprivate init(gpt2 entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
        let embedding = ["transformer.wte.weight", "wte.weight"]
        switch entry.role {
        case .tokenEmbedding: self.init(candidates: embedding, dimensions: entry.storage.dimensions)
        case .outputHead:
            self.init(
                candidates: configuration.tiesEmbeddings
                    ? embedding + ["lm_head.weight"] : ["lm_head.weight"],
                dimensions: entry.storage.dimensions)
        case .positionEmbedding: self.init(gpt2: "wpe.weight", entry)
        case .finalNorm: self.init(gpt2: "ln_f.weight", entry)
        case .finalNormBias: self.init(gpt2: "ln_f.bias", entry)
        default:
            guard let layer = entry.layer, let (name, part) = TensorName.gpt2Names[entry.role] else {
                preconditionFailure("GPT-2 has no \(entry.role)")
            }
            self.init(gpt2: "h.\(layer).\(name)", entry)
            if let part {
                // c_attn holds query, key and value one after the other, each hiddenCount wide.
                firstRow = part * configuration.hiddenCount
                let fused = 3 * configuration.hiddenCount
                let isMatrix = entry.storage.tileCount > 0
                self = TensorName(
                    candidates: candidates,
                    dimensions: isMatrix ? [entry.storage.columnCount, fused] : [fused],
                    order: order, firstRow: firstRow)
            }
        }
    }

    /// A tensor of its own; matrices are Conv1D's, [inputs][outputs].
    private init(gpt2 name: String, _ entry: PackLayout.Entry) {
        candidates = ["transformer.\(name)", name]
        if case .tiles(let outputCount, let inputCount) = entry.storage {
            dimensions = [inputCount, outputCount]
            order = .inputMajor
        } else {
            dimensions = entry.storage.dimensions
        }
    }

    private static let gpt2Names: [TensorRole: (String, part: Int?)] = [
        .attentionNorm: ("ln_1.weight", nil), .attentionNormBias: ("ln_1.bias", nil),
        .attentionQuery: ("attn.c_attn.weight", 0), .attentionQueryBias: ("attn.c_attn.bias", 0),
        .attentionKey: ("attn.c_attn.weight", 1), .attentionKeyBias: ("attn.c_attn.bias", 1),
        .attentionValue: ("attn.c_attn.weight", 2), .attentionValueBias: ("attn.c_attn.bias", 2),
        .attentionOutput: ("attn.c_proj.weight", nil), .attentionOutputBias: ("attn.c_proj.bias", nil),
        .feedForwardNorm: ("ln_2.weight", nil), .feedForwardNormBias: ("ln_2.bias", nil),
        .feedForwardUp: ("mlp.c_fc.weight", nil), .feedForwardUpBias: ("mlp.c_fc.bias", nil),
        .feedForwardDown: ("mlp.c_proj.weight", nil), .feedForwardDownBias: ("mlp.c_proj.bias", nil),
    ]
}
