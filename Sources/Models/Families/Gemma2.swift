/// Gemma 2: Gemma with norms around each half of a layer, bounded scores and logits, and a window in every second
/// layer (transformers' modeling_gemma2.py).
enum Gemma2Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            gemmaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 4, headDimension: 256, maxPositionCount: 8192,
                activationKey: "hidden_activation", activation: .geluNew, tiesEmbeddings: true))
        fields.normPlacement = .around
        fields.attentionScale = try ConfigurationFields.queryScale(keys)
        fields.attentionSoftCap = try ConfigurationFields.softCap(
            keys, "attn_logit_softcapping", fallback: 50)
        fields.logitSoftCap = try ConfigurationFields.softCap(keys, "final_logit_softcapping", fallback: 30)
        try fields.setWindow(keys, fallback: 4096) { $0.isMultiple(of: 2) }
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gemmaLike: entry, configuration)
    }
}
