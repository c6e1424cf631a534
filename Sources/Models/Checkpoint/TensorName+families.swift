import Tensors

extension TensorName {
    /// What the checkpoint of a family calls an entry of the pack.
    init(of entry: PackLayout.Entry, in configuration: ModelConfiguration) {
        switch configuration.family {
        case .llama: self.init(llama: entry, configuration)
        case .gpt2: self.init(gpt2: entry, configuration)
        }
    }

    private init(llama entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
        dimensions = entry.storage.dimensions
        let embedding = ["model.embed_tokens.weight", "embed_tokens.weight"]
        let head = ["lm_head.weight"]
        switch entry.role {
        // A tied embedding is stored under either name: TinyStories has lm_head.weight alone.
        case .tokenEmbedding: candidates = configuration.tiesEmbeddings ? embedding + head : embedding
        case .outputHead: candidates = configuration.tiesEmbeddings ? embedding + head : head
        case .finalNorm: candidates = ["model.norm.weight", "norm.weight"]
        default:
            guard let layer = entry.layer, let name = TensorName.llamaNames[entry.role] else {
                preconditionFailure("Llama has no \(entry.role)")
            }
            candidates = ["model.layers.\(layer).\(name)", "layers.\(layer).\(name)"]
        }
    }

    private static let llamaNames: [TensorRole: String] = [
        .attentionNorm: "input_layernorm.weight",
        .attentionQuery: "self_attn.q_proj.weight", .attentionQueryBias: "self_attn.q_proj.bias",
        .attentionKey: "self_attn.k_proj.weight", .attentionKeyBias: "self_attn.k_proj.bias",
        .attentionValue: "self_attn.v_proj.weight", .attentionValueBias: "self_attn.v_proj.bias",
        .attentionOutput: "self_attn.o_proj.weight", .attentionOutputBias: "self_attn.o_proj.bias",
        .feedForwardNorm: "post_attention_layernorm.weight",
        .feedForwardGate: "mlp.gate_proj.weight", .feedForwardGateBias: "mlp.gate_proj.bias",
        .feedForwardUp: "mlp.up_proj.weight", .feedForwardUpBias: "mlp.up_proj.bias",
        .feedForwardDown: "mlp.down_proj.weight", .feedForwardDownBias: "mlp.down_proj.bias",
    ]

    private init(gpt2 entry: PackLayout.Entry, _ configuration: ModelConfiguration) {
        let embedding = ["transformer.wte.weight", "wte.weight"]
        switch entry.role {
        case .tokenEmbedding: self.init(candidates: embedding, dimensions: entry.storage.dimensions)
        case .outputHead:
            self.init(
                candidates: configuration.tiesEmbeddings
                    ? embedding + ["lm_head.weight"] : ["lm_head.weight"],
                dimensions: entry.storage.dimensions)
        case .positionEmbedding: self.init(gpt2: "wpe.weight", entry)
        case .finalNorm: self.init(gpt2: "ln_f.weight", entry)
        case .finalNormBias: self.init(gpt2: "ln_f.bias", entry)
        default:
            guard let layer = entry.layer, let (name, part) = TensorName.gpt2Names[entry.role] else {
                preconditionFailure("GPT-2 has no \(entry.role)")
            }
            self.init(gpt2: "h.\(layer).\(name)", entry)
            if let part {
                // c_attn holds query, key and value one after the other, each hiddenCount wide.
                firstRow = part * configuration.hiddenCount
                let fused = 3 * configuration.hiddenCount
                let isMatrix = entry.storage.tileCount > 0
                self = TensorName(
                    candidates: candidates,
                    dimensions: isMatrix ? [entry.storage.columnCount, fused] : [fused],
                    order: order, firstRow: firstRow)
            }
        }
    }

    /// A tensor of its own; matrices are Conv1D's, [inputs][outputs].
    private init(gpt2 name: String, _ entry: PackLayout.Entry) {
        candidates = ["transformer.\(name)", name]
        if case .tiles(let outputCount, let inputCount) = entry.storage {
            dimensions = [inputCount, outputCount]
            order = .inputMajor
        } else {
            dimensions = entry.storage.dimensions
        }
    }

    private static let gpt2Names: [TensorRole: (String, part: Int?)] = [
        .attentionNorm: ("ln_1.weight", nil), .attentionNormBias: ("ln_1.bias", nil),
        .attentionQuery: ("attn.c_attn.weight", 0), .attentionQueryBias: ("attn.c_attn.bias", 0),
        .attentionKey: ("attn.c_attn.weight", 1), .attentionKeyBias: ("attn.c_attn.bias", 1),
        .attentionValue: ("attn.c_attn.weight", 2), .attentionValueBias: ("attn.c_attn.bias", 2),
        .attentionOutput: ("attn.c_proj.weight", nil), .attentionOutputBias: ("attn.c_proj.bias", nil),
        .feedForwardNorm: ("ln_2.weight", nil), .feedForwardNormBias: ("ln_2.bias", nil),
        .feedForwardUp: ("mlp.c_fc.weight", nil), .feedForwardUpBias: ("mlp.c_fc.bias", nil),
        .feedForwardDown: ("mlp.c_proj.weight", nil), .feedForwardDownBias: ("mlp.c_proj.bias", nil),
    ]
}

extension PackLayout.Storage {
    /// Dimensions of the tensor in torch's order.
    fileprivate var dimensions: [Int] {
        if case .vector(let count) = self { [count] } else { [rowCount, columnCount] }
    }
}
