/// Qwen1.5-MoE and Qwen2-MoE: Qwen2 with experts, one of them shared by all rows (transformers'
/// modeling_qwen2_moe.py).
enum Qwen2MoERules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys, ConfigurationFallbacks(keyValueHeadCount: 16, maxPositionCount: 32_768))
        fields.hasAttentionBias = try keys.flag("qkv_bias", fallback: true)
        let windowEnd = try keys.whole(
            "max_window_layers", in: 0...ConfigurationLimits.layerCountMax, fallback: 28)
        _ = try ConfigurationFields.windowedLayers(keys, layerCount: fields.layerCount)
        if try keys.flag("use_sliding_window", fallback: false) {
            try fields.setWindow(keys, fallback: 4096) { $0.isMultiple(of: 2) && $0 < windowEnd }
        }
        try fields.setQwenExperts(keys, fallback: 60, chosenFallback: 4, feedForwardFallback: 1408)
        fields.experts?.sharedFeedForwardCount = try keys.count(
            "shared_expert_intermediate_size", max: ConfigurationLimits.feedForwardCountMax, fallback: 5632)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(qwenExpert: entry) ?? TensorName(llamaLike: entry, configuration)
    }
}

extension TensorName {
    /// What Qwen calls the tensors of its experts; nil for any other.
    init?(qwenExpert entry: PackLayout.Entry) {
        let name: String
        switch entry.role {
        case .expertRouter: name = "gate"
        case .expertGate: name = "experts.\(entry.expert ?? 0).gate_proj"
        case .expertUp: name = "experts.\(entry.expert ?? 0).up_proj"
        case .expertDown: name = "experts.\(entry.expert ?? 0).down_proj"
        case .sharedExpertRouter: name = "shared_expert_gate"
        case .sharedExpertGate: name = "shared_expert.gate_proj"
        case .sharedExpertUp: name = "shared_expert.up_proj"
        case .sharedExpertDown: name = "shared_expert.down_proj"
        default: return nil
        }
        guard let layer = entry.layer else { return nil }
        let path = "layers.\(layer).mlp.\(name).weight"
        self.init(candidates: ["model.\(path)", path], dimensions: entry.storage.dimensions)
    }
}
