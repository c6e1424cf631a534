/// Mistral: Llama with a window, which many checkpoints have switched off (transformers' modeling_mistral.py).
enum MistralRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys, ConfigurationFallbacks(keyValueHeadCount: 8, maxPositionCount: 4096 * 32))
        try fields.setWindow(keys, fallback: 4096)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}
