import Tensors

/// Gemma 3's language model: Gemma 2 with norms of queries and keys instead of bounded scores, and a rotation of
/// their own for the layers with a window (transformers' modeling_gemma3.py).
enum Gemma3Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            gemmaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 4, headDimension: 256, maxPositionCount: 131_072,
                activationKey: "hidden_activation", activation: .geluNew, tiesEmbeddings: true))
        guard keys["attn_logit_softcapping"] == nil else {
            throw keys.refusal("attn_logit_softcapping", allowed: "null", .unsupported)
        }
        fields.normPlacement = .around
        fields.hasQueryKeyNorm = true
        fields.attentionScale = try ConfigurationFields.queryScale(keys)
        fields.logitSoftCap = try ConfigurationFields.softCap(keys, "final_logit_softcapping", fallback: nil)
        let period = try keys.whole(
            "sliding_window_pattern", in: 1...ConfigurationLimits.layerCountMax, fallback: 6)
        let isWindowed =
            try ConfigurationFields.windowedLayers(keys, layerCount: fields.layerCount)
            ?? (1...fields.layerCount).map { !$0.isMultiple(of: period) }
        try fields.setWindow(keys, fallback: 4096) { isWindowed[$0] }
        fields.rotations = isWindowed.map { $0 ? .local : .whole }
        (fields.ropeTheta, fields.ropeScaling) = try ConfigurationFields.rope(
            keys, fallback: 1_000_000, kind: "full_attention", dimension: fields.rotaryDimension,
            maxPositionCount: fields.maxPositionCount)
        fields.localRoPETheta = try localTheta(keys)
        return fields
    }

    private static func localTheta(_ keys: ConfigurationKeys) throws(ModelError) -> Double {
        let theta = try keys.positive("rope_local_base_freq", fallback: 10_000)
        guard let local = try keys.object("rope_parameters")?.object("sliding_attention") else {
            return theta
        }
        guard try local.text("rope_type") ?? "default" == "default" else {
            throw local.refusal("rope_type", allowed: "default", .unsupported)
        }
        return try local.positive("rope_theta", fallback: theta)
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(gemmaLike: entry, configuration)
    }
}
