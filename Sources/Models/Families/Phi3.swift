/// Phi-3: Llama whose query, key and value, and gate and up, are one tensor each (transformers' modeling_phi3.py).
enum Phi3Rules: FamilyRules {
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields {
        var fields = try ConfigurationFields(
            llamaLike: keys,
            ConfigurationFallbacks(
                maxPositionCount: 4096, normalizationEpsilon: 1e-5, partialRotaryFactor: 1))
        try fields.setWindow(keys, fallback: nil)
        return fields
    }

    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName {
        let query = configuration.queryRowCount
        let keyValue = configuration.keyValueRowCount
        let attention = (name: "self_attn.qkv_proj.weight", rowCount: query + 2 * keyValue)
        let feedForward = (name: "mlp.gate_up_proj.weight", rowCount: 2 * configuration.feedForwardCount)
        let (part, firstRow): ((name: String, rowCount: Int)?, Int) =
            switch entry.role {
            case .attentionQuery: (attention, 0)
            case .attentionKey: (attention, query)
            case .attentionValue: (attention, query + keyValue)
            case .feedForwardGate: (feedForward, 0)
            case .feedForwardUp: (feedForward, configuration.feedForwardCount)
            default: (nil, 0)
            }
        guard let part, let layer = entry.layer else { return TensorName(llamaLike: entry, configuration) }
        return TensorName(
            candidates: ["model.layers.\(layer).\(part.name)", "layers.\(layer).\(part.name)"],
            dimensions: [part.rowCount, configuration.hiddenCount], firstRow: firstRow)
    }
}
