/// StableLM: Llama with LayerNorm and heads that are rotated in part (transformers' modeling_stablelm.py).
enum StableLMRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        for key in ["use_parallel_residual", "qk_layernorm"] { try keys.require(key, false) }
        var fields = try ConfigurationFields(
            llamaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 32, maxPositionCount: 4096, epsilonKey: "layer_norm_eps",
                normalizationEpsilon: 1e-5, partialRotaryFactor: 0.25))
        fields.hasLayerNorm = true
        fields.hasAttentionBias = try keys.flag("use_qkv_bias", fallback: false)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}
