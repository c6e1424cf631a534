import Tensors

/// Llama 1 to 3 and what has their shape (SmolLM, TinyLlama): RMSNorm, rotary positions, grouped query heads, gated
/// MLP (transformers' modeling_llama.py).
enum LlamaRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(llamaLike: keys, ConfigurationFallbacks())
        fields.hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        fields.hasAttentionOutputBias = fields.hasAttentionBias
        fields.hasMLPBias = try keys.flag("mlp_bias", fallback: false)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}

extension TensorName {
    /// Llama's names, which most later families kept.
    init(llamaLike entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
        dimensions = entry.storage.dimensions
        let embedding = ["model.embed_tokens.weight", "embed_tokens.weight"]
        let head = ["lm_head.weight"]
        switch entry.role {
        // A tied embedding is stored under either name: TinyStories has lm_head.weight alone.
        case .tokenEmbedding: candidates = configuration.tiesEmbeddings ? embedding + head : embedding
        case .outputHead: candidates = configuration.tiesEmbeddings ? embedding + head : head
        case .finalNorm: candidates = ["model.norm.weight", "norm.weight"]
        case .finalNormBias: candidates = ["model.norm.bias", "norm.bias"]
        default:
            guard let layer = entry.layer, let name = TensorName.llamaNames[entry.role] else {
                preconditionFailure("\(configuration.family) has no \(entry.role)")
            }
            candidates = ["model.layers.\(layer).\(name)", "layers.\(layer).\(name)"]
        }
    }

    private static let llamaNames: [TensorRole: String] = [
        .attentionNorm: "input_layernorm.weight", .attentionNormBias: "input_layernorm.bias",
        .attentionQuery: "self_attn.q_proj.weight", .attentionQueryBias: "self_attn.q_proj.bias",
        .attentionKey: "self_attn.k_proj.weight", .attentionKeyBias: "self_attn.k_proj.bias",
        .attentionValue: "self_attn.v_proj.weight", .attentionValueBias: "self_attn.v_proj.bias",
        .attentionQueryNorm: "self_attn.q_norm.weight", .attentionKeyNorm: "self_attn.k_norm.weight",
        .attentionOutput: "self_attn.o_proj.weight", .attentionOutputBias: "self_attn.o_proj.bias",
        .feedForwardNorm: "post_attention_layernorm.weight",
        .feedForwardNormBias: "post_attention_layernorm.bias",
        .feedForwardGate: "mlp.gate_proj.weight", .feedForwardGateBias: "mlp.gate_proj.bias",
        .feedForwardUp: "mlp.up_proj.weight", .feedForwardUpBias: "mlp.up_proj.bias",
        .feedForwardDown: "mlp.down_proj.weight", .feedForwardDownBias: "mlp.down_proj.bias",
    ]
}
