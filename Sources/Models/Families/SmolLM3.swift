/// SmolLM3: Llama in which every fourth layer rotates nothing (transformers' modeling_smollm3.py).
enum SmolLM3Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 4, maxPositionCount: 32_768, ropeTheta: 2_000_000, tiesEmbeddings: true))
        fields.hasAttentionBias = try keys.flag("attention_bias", fallback: false)
        fields.hasAttentionOutputBias = fields.hasAttentionBias
        fields.hasMLPBias = try keys.flag("mlp_bias", fallback: false)
        fields.rotations = try rotations(keys, layerCount: fields.layerCount)
        let rotations = fields.rotations
        _ = try ConfigurationFields.windowedLayers(keys, layerCount: fields.layerCount)
        if try keys.flag("use_sliding_window", fallback: false) {
            try fields.setWindow(keys, fallback: nil) { rotations[$0] == .none }
        }
        return fields
    }

    /// `no_rope_layers` has a 1 for every layer that rotates.
    private static func rotations(
        _ keys: ConfigurationKeys, layerCount: Int
    ) throws(ModelError) -> [LayerRotation] {
        let period = try keys.whole(
            "no_rope_layer_interval", in: 1...ConfigurationLimits.layerCountMax, fallback: 4)
        guard let list = try keys.wholes("no_rope_layers", in: 0...1) else {
            return (1...layerCount).map { $0.isMultiple(of: period) ? .none : .whole }
        }
        guard list.count >= layerCount else {
            throw keys.refusal("no_rope_layers", allowed: "a list of \(layerCount)")
        }
        return list.prefix(layerCount).map { $0 == 1 ? .whole : .none }
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}
