/// Qwen3: Llama with an RMSNorm for every head's query and key, and heads whose dimension does not follow from the
/// hidden size (transformers' modeling_qwen3.py).
enum Qwen3Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys,
            ConfigurationFallbacks(keyValueHeadCount: 32, headDimension: 128, maxPositionCount: 32_768))
        fields.hasQueryKeyNorm = true
        fields.hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        fields.hasAttentionOutputBias = fields.hasAttentionBias
        try fields.setQwenWindow(keys)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}
