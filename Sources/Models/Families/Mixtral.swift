/// Mixtral: Mistral with experts in every layer (transformers' modeling_mixtral.py).
enum MixtralRules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys,
            ConfigurationFallbacks(
                keyValueHeadCount: 8, maxPositionCount: 4096 * 32, normalizationEpsilon: 1e-5,
                ropeTheta: 1_000_000))
        try fields.setWindow(keys, fallback: nil)
        try fields.setExperts(
            keys, "num_local_experts", fallback: 8, chosenFallback: 2,
            feedForwardCount: fields.feedForwardCount, isNormalized: true
        ) { _ in true }
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        guard let layer = entry.layer, let name = name(of: entry) else {
            return TensorName(llamaLike: entry, configuration)
        }
        let path = "layers.\(layer).block_sparse_moe.\(name).weight"
        return TensorName(candidates: ["model.\(path)", path], dimensions: entry.storage.dimensions)
    }

    private static func name(of entry: PackLayout.Entry) -> String? {
        let parts: [TensorRole: String] = [.expertGate: "w1", .expertDown: "w2", .expertUp: "w3"]
        if entry.role == .expertRouter { return "gate" }
        guard let expert = entry.expert, let part = parts[entry.role] else { return nil }
        return "experts.\(expert).\(part)"
    }
}
