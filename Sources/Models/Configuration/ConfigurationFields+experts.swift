extension ConfigurationFields {
    /// Sets the experts of the layers of which `isSparse` is true. `key` says how many there are.
    mutating func setExperts(
        _ keys: ConfigurationKeys, _ key: String, fallback: Int, chosenFallback: Int, feedForwardCount: Int,
        isNormalized: Bool, where isSparse: (Int) -> Bool
    ) throws(ModelError) {
        let countMax = min(Limits.expertCountMax, Limits.expertCountMaxOfAllLayers / layerCount)
        let count = try keys.count(key, max: countMax, fallback: fallback)
        experts = ExpertConfiguration(
            count: count,
            chosenCount: try keys.count("num_experts_per_tok", max: count, fallback: chosenFallback),
            feedForwardCount: feedForwardCount, isNormalized: isNormalized,
            isSparse: (0..<layerCount).map(isSparse))
    }

    /// Sets the experts of Qwen's mixtures: in every `decoder_sparse_step`th layer that `mlp_only_layers` does not
    /// name.
    mutating func setQwenExperts(
        _ keys: ConfigurationKeys, fallback: Int, chosenFallback: Int, feedForwardFallback: Int
    ) throws(ModelError) {
        let step = try keys.whole("decoder_sparse_step", in: 1...Limits.layerCountMax, fallback: 1)
        let plain = Set(try keys.wholes("mlp_only_layers", in: 0...Limits.layerCountMax) ?? [])
        try setExperts(
            keys,
            keys["num_experts"] == nil && keys["num_local_experts"] != nil
                ? "num_local_experts" : "num_experts",
            fallback: fallback, chosenFallback: chosenFallback,
            feedForwardCount: try keys.count(
                "moe_intermediate_size", max: Limits.feedForwardCountMax, fallback: feedForwardFallback),
            isNormalized: try keys.flag("norm_topk_prob", fallback: false)
        ) { !plain.contains($0) && ($0 + 1).isMultiple(of: step) }
    }
}
