import Tensors

extension ConfigurationFields {
    /// Sets the window that `sliding_window` names (`null`: none; missing: the class's own) for the layers that
    /// `layer_types` names, or else for those of which `hasWindow` is true.
    mutating func setWindow(
        _ keys: ConfigurationKeys, fallback: Int?, where hasWindow: (Int) -> Bool = { _ in true }
    ) throws(ModelError) {
        let isWindowed = try ConfigurationFields.windowedLayers(keys, layerCount: layerCount)
        var window = fallback
        if keys.members["sliding_window"] != nil {
            window =
                keys["sliding_window"] == nil
                ? nil : try keys.count("sliding_window", max: Limits.positionCountMax)
        }
        guard let window else { return }
        attentionWindows = (0..<layerCount).map { (isWindowed?[$0] ?? hasWindow($0)) ? window : 0 }
    }

    /// By layer, whether `layer_types` calls its attention `sliding_attention`; nil where there is no such list.
    static func windowedLayers(_ keys: ConfigurationKeys, layerCount: Int) throws(ModelError) -> [Bool]? {
        guard let value = keys["layer_types"] else { return nil }
        guard case .array(let types) = value, types.count == layerCount else {
            throw keys.refusal("layer_types", allowed: "a list of \(layerCount)")
        }
        return try types.map { type throws(ModelError) in
            switch type {
            case .string("sliding_attention"): return true
            case .string("full_attention"): return false
            default:
                throw keys.refusal(
                    "layer_types", allowed: "a list of full_attention, sliding_attention", .unsupported)
            }
        }
    }
}
