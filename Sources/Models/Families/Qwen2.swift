import Tensors

/// Qwen2 and Qwen2.5: Llama with biases for query, key and value (transformers' modeling_qwen2.py).
enum Qwen2Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys, ConfigurationFallbacks(keyValueHeadCount: 32, maxPositionCount: 32_768))
        fields.hasAttentionBias = true
        try fields.setQwenWindow(keys)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        TensorName(llamaLike: entry, configuration)
    }
}

extension ConfigurationFields {
    /// The window of Qwen's upper layers, if it is switched on.
    mutating func setQwenWindow(_ keys: ConfigurationKeys) throws(ModelError) {
        let firstLayer = try keys.whole("max_window_layers", in: 0...Limits.layerCountMax, fallback: 28)
        _ = try ConfigurationFields.windowedLayers(keys, layerCount: layerCount)
        guard try keys.flag("use_sliding_window", fallback: false) else { return }
        try setWindow(keys, fallback: 4096) { $0 >= firstLayer }
    }
}
