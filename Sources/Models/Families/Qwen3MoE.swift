/// Qwen3-MoE: Qwen3 with experts (transformers' modeling_qwen3_moe.py).
enum Qwen3MoERules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys, ConfigurationFallbacks(keyValueHeadCount: 4, maxPositionCount: 32_768))
        fields.hasQueryKeyNorm = true
        fields.hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        fields.hasAttentionOutputBias = fields.hasAttentionBias
        if try keys.flag("use_sliding_window", fallback: false) { try fields.setWindow(keys, fallback: 4096) }
        try fields.setQwenExperts(keys, fallback: 128, chosenFallback: 8, feedForwardFallback: 768)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(qwenExpert: entry) ?? TensorName(llamaLike: entry, configuration)
    }
}
