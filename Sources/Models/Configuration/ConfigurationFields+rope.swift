import Foundation

extension ConfigurationFields {
    /// Reads `rope_parameters` (transformers 5), or the base and `rope_scaling` (before). `dimension` elements of a
    /// head are rotated. `kind` is the member of `rope_parameters` that is meant where it has one for each kind of
    /// layer.
    static func rope(
        _ keys: ConfigurationKeys, base: String = "rope_theta", fallback: Double = 10_000,
        kind: String? = nil,
        dimension: Int, maxPositionCount: Int
    ) throws(ModelError) -> (Double, RoPEScaling?) {
        var parameters = try keys.object("rope_parameters")
        if let kind { parameters = try parameters?.object(kind) }
        let outerTheta = try keys.positive(base, fallback: fallback)
        let theta = try parameters?.positive("rope_theta", fallback: outerTheta) ?? outerTheta
        let older = try keys.object("rope_scaling")
        guard let scaling = parameters ?? older else { return (theta, nil) }
        let key = scaling["rope_type"] == nil && scaling["type"] != nil ? "type" : "rope_type"
        switch try scaling.text(key) ?? "default" {
        case "default": return (theta, nil)
        case "linear": return (theta, .linear(factor: try scaling.positive("factor")))
        case "dynamic": return (theta, .dynamic(factor: try scaling.positive("factor")))
        case "llama3":
            return (
                theta,
                .llama3(
                    factor: try scaling.positive("factor"),
                    lowFrequencyFactor: try scaling.positive("low_freq_factor"),
                    highFrequencyFactor: try scaling.positive("high_freq_factor"),
                    originalPositionCount: try originalPositionCount(scaling, keys))
            )
        case "yarn": return (theta, try yarn(scaling, keys, maxPositionCount))
        case "longrope", "su": return (theta, try longRoPE(scaling, keys, dimension, maxPositionCount))
        default:
            throw scaling.refusal(
                key, allowed: "one of default, linear, dynamic, llama3, yarn, longrope", .unsupported)
        }
    }

    /// Beside the scaling's other keys, or in older files beside the model's.
    private static func originalPositionCount(
        _ scaling: ConfigurationKeys, _ keys: ConfigurationKeys
    ) throws(ModelError) -> Int {
        let name = "original_max_position_embeddings"
        return try (scaling[name] == nil && keys[name] != nil ? keys : scaling)
            .count(name, max: Limits.positionCountMax)
    }

    private static func yarn(
        _ scaling: ConfigurationKeys, _ keys: ConfigurationKeys, _ maxPositionCount: Int
    ) throws(ModelError) -> RoPEScaling {
        let original = try originalPositionCount(scaling, keys)
        let factor = try scaling.positive(
            "factor", fallback: Double(maxPositionCount) / Double(original))
        func stretch(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        var attentionFactor = stretch(1)
        if scaling["mscale"] != nil, scaling["mscale_all_dim"] != nil {
            attentionFactor =
                stretch(try scaling.positive("mscale")) / stretch(try scaling.positive("mscale_all_dim"))
        }
        return .yarn(
            RoPEScaling.YaRN(
                factor: factor,
                attentionFactor: try scaling.positive("attention_factor", fallback: attentionFactor),
                betaFast: try scaling.positive("beta_fast", fallback: 32),
                betaSlow: try scaling.positive("beta_slow", fallback: 1), originalPositionCount: original,
                isTruncated: try scaling.flag("truncate", fallback: true)))
    }

    private static func longRoPE(
        _ scaling: ConfigurationKeys, _ keys: ConfigurationKeys, _ dimension: Int, _ maxPositionCount: Int
    ) throws(ModelError) -> RoPEScaling {
        let original = try originalPositionCount(scaling, keys)
        let factor = try scaling.positive(
            "factor", fallback: Double(maxPositionCount) / Double(original))
        let attentionFactor = factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot()
        return .longRoPE(
            shortFactors: try scaling.positives("short_factor", count: dimension / 2),
            longFactors: try scaling.positives("long_factor", count: dimension / 2),
            attentionFactor: try scaling.positive("attention_factor", fallback: attentionFactor),
            originalPositionCount: original)
    }
}
