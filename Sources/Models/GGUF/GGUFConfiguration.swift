import Tensors

/// Makes of a GGUF file's metadata the config.json that the family's rules read.
///
/// What the metadata does not say is what llama.cpp takes for the architecture: Gemma 2's and 3's scale of scores,
/// Gemma 3's pattern of windows, Qwen's way of weighting experts.
struct GGUFConfiguration {
    typealias Member = (String, JSONValue)

    let keys: GGUFKeys
    /// Query heads and the elements of one.
    let headCount: Int
    let headDimension: Int
    let layerCount: Int
    let hiddenCount: Int

    /// The text of a config.json.
    static func json(of file: GGUFFile) throws(ModelError) -> [UInt8] {
        let configuration = try GGUFConfiguration(try GGUFKeys(file))
        var text = JSONText()
        text.append(try configuration.members())
        return text.bytes
    }

    private init(_ keys: GGUFKeys) throws(ModelError) {
        self.keys = keys
        func count(_ name: String, _ limit: Int) throws(ModelError) -> Int {
            let value = try keys.integer(name)
            guard let value, (1...limit).contains(value) else {
                throw ModelError(
                    .invalidModel,
                    "\(keys.file.file.path): \(keys.architecture.rawValue).\(name) is "
                        + "\(value.map(String.init) ?? "missing"), allowed are 1 to \(limit)")
            }
            return value
        }
        hiddenCount = try count("embedding_length", ConfigurationLimits.hiddenCountMax)
        layerCount = try count("block_count", ConfigurationLimits.layerCountMax)
        headCount = try count("attention.head_count", ConfigurationLimits.headCountMax)
        headDimension = try keys.integer("attention.key_length") ?? hiddenCount / headCount
        if let other = try keys.integer("attention.value_length"), other != headDimension {
            throw ModelError(
                .unsupported,
                "\(keys.file.file.path): keys have \(headDimension) elements and values \(other), equal ones are needed"
            )
        }
    }

    /// Everything; keys that a family does not read do no harm.
    private func members() throws(ModelError) -> [Member] {
        var members: [Member] = [("model_type", .string(try family()))]
        members += try shared()
        members += try endings()
        switch keys.architecture {
        case .llama, .qwen2, .qwen3, .smollm3: members += try llamaLike()
        case .qwen2moe, .qwen3moe: members += try mixtureMembers()
        case .phi3: members += try phi3()
        case .gemma, .gemma2, .gemma3: members += try gemma()
        case .stablelm: members += stableLM()
        case .gptneox:
            members += [("use_parallel_residual", .bool(try keys.flag("use_parallel_residual") ?? true))]
        case .falcon: members += try falcon()
        case .mpt: members += try mpt()
        case .bloom, .gpt2: break
        }
        return members
    }

    private func family() throws(ModelError) -> String {
        switch keys.architecture {
        case .llama:
            if try keys.integer("expert_count") ?? 0 > 0 { return "mixtral" }
            // Biases of queries, keys and values alone are Qwen2's.
            return keys.has("blk.0.attn_q.bias") && !keys.has("blk.0.attn_output.bias") ? "qwen2" : "llama"
        case .qwen2moe: return "qwen2_moe"
        case .qwen3moe: return "qwen3_moe"
        case .gemma3: return "gemma3_text"
        case .gptneox: return "gpt_neox"
        default: return keys.architecture.rawValue
        }
    }

    /// What all architectures have, under every name that a family's rules look for it.
    private func shared() throws(ModelError) -> [Member] {
        guard let embedding = keys.file.tensor("token_embd.weight") else {
            throw ModelError(.invalidModel, "\(keys.file.file.path): tensor token_embd.weight is missing")
        }
        func named(_ names: [String], _ value: Int?) -> [Member] {
            value.map { value in names.map { ($0, .integer(value)) } } ?? []
        }
        func numbers(_ names: [String], _ value: Double?) -> [Member] {
            value.map { value in names.map { ($0, .number(value)) } } ?? []
        }
        let positions = try keys.integer("context_length")
        var members = named(["vocab_size"], embedding.dimensions.first)
        members += named(["hidden_size", "n_embd", "n_embed", "d_model"], hiddenCount)
        members += named(["num_hidden_layers", "n_layer", "n_layers"], layerCount)
        members += named(["num_attention_heads", "n_head", "n_heads"], headCount)
        members += named(
            ["num_key_value_heads"], try keys.integer("attention.head_count_kv") ?? headCount)
        members += named(["head_dim"], keys.architecture.hasHeadDimension ? headDimension : nil)
        members += named(
            ["intermediate_size", "n_inner", "ffn_hidden_size"], try keys.integer("feed_forward_length"))
        members += named(["max_position_embeddings", "n_positions", "max_seq_len", "seq_length"], positions)
        members += numbers(["rms_norm_eps"], try keys.number("attention.layer_norm_rms_epsilon"))
        members += numbers(
            ["layer_norm_eps", "layer_norm_epsilon"], try keys.number("attention.layer_norm_epsilon"))
        members += numbers(["rope_theta", "rotary_emb_base"], try keys.number("rope.freq_base"))
        members += try rotation()
        members.append(("tie_word_embeddings", .bool(!keys.has("output.weight"))))
        return members
    }

    /// The ids that begin and end a text; those of turns and messages end one, too, as far as the vocabulary has them.
    private func endings() throws(ModelError) -> [Member] {
        let count = keys.file.tensor("token_embd.weight")?.dimensions.first ?? 0
        var ends: [JSONValue] = []
        if let id = try keys.integer(key: "tokenizer.ggml.eos_token_id") { ends.append(.integer(id)) }
        for key in ["tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"] {
            if let id = try keys.integer(key: key), id < count, !ends.contains(.integer(id)) {
                ends.append(.integer(id))
            }
        }
        let begin = try keys.integer(key: "tokenizer.ggml.bos_token_id")
        var members: [Member] = []
        if !ends.isEmpty { members.append(("eos_token_id", .array(ends))) }
        if let begin { members.append(("bos_token_id", .integer(begin))) }
        return members
    }

    private func llamaLike() throws(ModelError) -> [Member] {
        let experts = try keys.integer("expert_count") ?? 0
        var members: [Member] = [
            ("attention_bias", .bool(keys.has("blk.0.attn_q.bias"))),
            ("mlp_bias", .bool(keys.has("blk.0.ffn_up.bias"))),
            ("sliding_window", .null),
        ]
        guard experts > 0 else { return members }
        let chosen = try keys.integer("expert_used_count") ?? 2
        members.append(("num_local_experts", .integer(experts)))
        members.append(("num_experts_per_tok", .integer(chosen)))
        return members
    }

    /// Layers without a router have an MLP.
    private func mixtureMembers() throws(ModelError) -> [Member] {
        let plain = (0..<layerCount).filter { !keys.has("blk.\($0).ffn_gate_inp.weight") }
        let names: [(String, String)] = [
            ("num_experts", "expert_count"), ("num_experts_per_tok", "expert_used_count"),
            ("moe_intermediate_size", "expert_feed_forward_length"),
            ("shared_expert_intermediate_size", "expert_shared_feed_forward_length"),
        ]
        var members: [Member] = [("attention_bias", .bool(keys.has("blk.0.attn_output.bias")))]
        for (name, key) in names {
            if let value = try keys.integer(key) { members.append((name, .integer(value))) }
        }
        members.append(("mlp_only_layers", .array(plain.map { .integer($0) })))
        members.append(("norm_topk_prob", .bool(keys.architecture == .qwen3moe)))
        return members
    }
}

extension GGUFArchitecture {
    /// Whether the family takes the elements of a head from its configuration.
    fileprivate var hasHeadDimension: Bool {
        switch self {
        case .llama, .qwen2, .qwen2moe, .qwen3, .qwen3moe, .smollm3, .gemma, .gemma2, .gemma3: true
        default: false
        }
    }
}
