import Tensors

/// What a GGUF file calls the tensor behind a pack entry, and where in it the entry's rows are.
struct GGUFTensorName {
    /// Names it may have, the first one present is taken.
    let candidates: [String]
    /// Needed dimensions of the whole tensor; leading ones of 1 do not count.
    var dimensions: [Int]
    /// The entry's first row among the tensor's.
    var firstRow = 0
    /// Rows of a head whose halves' rows alternate in the file; nil: rows are in order.
    var interleavedRowCount: Int?

    /// The name behind an entry; which of several ways of storing it the file has decides.
    init(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration, _ file: GGUFFile,
        _ architecture: GGUFArchitecture
    ) {
        func has(_ name: String) -> Bool { file.tensor(name) != nil }
        dimensions = entry.storage.dimensions
        guard let layer = entry.layer else {
            candidates = GGUFTensorName.outerNames(entry.role)
            return
        }
        let block = "blk.\(layer)."
        if let expert = entry.expert, let name = GGUFTensorName.expertNames[entry.role] {
            let all = "\(block)\(name)_exps.weight"
            guard has(all) else {
                candidates = ["\(block)\(name).\(expert).weight", all]
                return
            }
            candidates = [all]
            firstRow = expert * entry.storage.rowCount
            dimensions = [configuration.experts?.count ?? 1] + dimensions
            return
        }
        let (name, suffix) = GGUFTensorName.innerName(
            entry.role, architecture, hasSecondNorm: has("\(block)attn_norm_2.weight"))
        if let part = GGUFTensorName.attentionParts[entry.role], !has("\(block)\(name).\(suffix)"),
            has("\(block)attn_qkv.\(suffix)")
        {
            let (query, keyValue) = (configuration.queryRowCount, configuration.keyValueRowCount)
            candidates = ["\(block)attn_qkv.\(suffix)"]
            dimensions[0] = query + 2 * keyValue
            firstRow = part == 0 ? 0 : query + (part - 1) * keyValue
            return
        }
        if architecture == .phi3, entry.role == .feedForwardGate || entry.role == .feedForwardUp,
            !has("\(block)ffn_gate.weight")
        {
            candidates = ["\(block)ffn_up.\(suffix)"]
            dimensions[0] = 2 * configuration.feedForwardCount
            firstRow = entry.role == .feedForwardGate ? 0 : configuration.feedForwardCount
            return
        }
        candidates = ["\(block)\(name).\(suffix)"]
        switch entry.role {
        case .attentionQuery, .attentionKey, .attentionQueryBias, .attentionKeyBias:
            if architecture.interleavesHeads { interleavedRowCount = configuration.headDimension }
        default: break
        }
    }

    private static func outerNames(_ role: TensorRole) -> [String] {
        switch role {
        case .tokenEmbedding: ["token_embd.weight"]
        case .positionEmbedding: ["position_embd.weight"]
        case .embeddingNorm: ["token_embd_norm.weight"]
        case .embeddingNormBias: ["token_embd_norm.bias"]
        case .finalNorm: ["output_norm.weight"]
        case .finalNormBias: ["output_norm.bias"]
        case .outputHead: ["output.weight", "token_embd.weight"]
        default: preconditionFailure("GGUF has no \(role) outside the layers")
        }
    }

    /// The name without the layer, and `weight` or `bias`.
    private static func innerName(
        _ role: TensorRole, _ architecture: GGUFArchitecture, hasSecondNorm: Bool
    ) -> (String, String) {
        let isFalcon = architecture == .falcon
        switch role {
        // Falcon 40b has a norm for each half, and calls the attention's the second.
        case .attentionNorm: return (isFalcon && hasSecondNorm ? "attn_norm_2" : "attn_norm", "weight")
        case .attentionNormBias: return (isFalcon && hasSecondNorm ? "attn_norm_2" : "attn_norm", "bias")
        case .feedForwardNorm: return (isFalcon ? "attn_norm" : "ffn_norm", "weight")
        case .feedForwardNormBias: return (isFalcon ? "attn_norm" : "ffn_norm", "bias")
        default:
            guard let name = innerNames[role] else { preconditionFailure("GGUF has no \(role)") }
            return name
        }
    }

    private static let attentionParts: [TensorRole: Int] = [
        .attentionQuery: 0, .attentionQueryBias: 0, .attentionKey: 1, .attentionKeyBias: 1,
        .attentionValue: 2,
        .attentionValueBias: 2,
    ]

    private static let expertNames: [TensorRole: String] = [
        .expertGate: "ffn_gate", .expertUp: "ffn_up", .expertDown: "ffn_down",
    ]

    private static let innerNames: [TensorRole: (String, String)] = [
        .attentionQuery: ("attn_q", "weight"), .attentionQueryBias: ("attn_q", "bias"),
        .attentionKey: ("attn_k", "weight"), .attentionKeyBias: ("attn_k", "bias"),
        .attentionValue: ("attn_v", "weight"), .attentionValueBias: ("attn_v", "bias"),
        .attentionOutput: ("attn_output", "weight"), .attentionOutputBias: ("attn_output", "bias"),
        .attentionQueryNorm: ("attn_q_norm", "weight"), .attentionKeyNorm: ("attn_k_norm", "weight"),
        .attentionOutputNorm: ("post_attention_norm", "weight"),
        .feedForwardGate: ("ffn_gate", "weight"), .feedForwardGateBias: ("ffn_gate", "bias"),
        .feedForwardUp: ("ffn_up", "weight"), .feedForwardUpBias: ("ffn_up", "bias"),
        .feedForwardDown: ("ffn_down", "weight"), .feedForwardDownBias: ("ffn_down", "bias"),
        .feedForwardOutputNorm: ("post_ffw_norm", "weight"),
        .expertRouter: ("ffn_gate_inp", "weight"), .sharedExpertRouter: ("ffn_gate_inp_shexp", "weight"),
        .sharedExpertGate: ("ffn_gate_shexp", "weight"), .sharedExpertUp: ("ffn_up_shexp", "weight"),
        .sharedExpertDown: ("ffn_down_shexp", "weight"),
    ]
}
