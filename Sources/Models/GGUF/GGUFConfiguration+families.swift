import Tensors

extension GGUFConfiguration {
    /// How positions rotate: the part of a head, and how frequencies are stretched.
    func rotation() throws(ModelError) -> [Member] {
        var members: [Member] = []
        if let count = try keys.integer("rope.dimension_count"), headDimension > 0 {
            // A factor that gives just this count when it is multiplied and cut off.
            let factor = JSONValue.number(
                count == headDimension ? 1 : (Double(count) + 0.5) / Double(headDimension))
            members += [("partial_rotary_factor", factor), ("rotary_pct", factor)]
        }
        if let scaling = try scaling() {
            members.append(("rope_scaling", .object(Dictionary(uniqueKeysWithValues: scaling))))
        }
        return members
    }

    private func scaling() throws(ModelError) -> [Member]? {
        let original = try keys.integer("rope.scaling.original_context_length")
        var members: [Member] = []
        let positionCount = try keys.integer("context_length")
        if let count = original ?? positionCount {
            members.append(("original_max_position_embeddings", .integer(count)))
        }
        let short = try keys.floats("rope_factors_short.weight")
        let long = try keys.floats("rope_factors_long.weight")
        // Llama 3's frequencies are stored as what divides each of them.
        let factors = try keys.floats("rope_freqs.weight")
        if let short = short ?? factors, let long = long ?? factors {
            let attention = try keys.number("rope.scaling.attn_factor") ?? 1
            members.append(("rope_type", .string("longrope")))
            members.append(("short_factor", .array(short.map { .number($0) })))
            members.append(("long_factor", .array(long.map { .number($0) })))
            members.append(("attention_factor", .number(attention)))
            return members
        }
        let older = try keys.number("rope.scale_linear")
        let factor = try keys.number("rope.scaling.factor") ?? older ?? 0
        switch try keys.text("rope.scaling.type") ?? (factor > 0 ? "linear" : "none") {
        case "none": return nil
        case "linear":
            return factor > 0 ? [("rope_type", .string("linear")), ("factor", .number(factor))] : nil
        case "yarn":
            members.append(("rope_type", .string("yarn")))
            members.append(("factor", .number(factor)))
            let names = [
                ("attention_factor", "yarn_attn_factor"), ("beta_fast", "yarn_beta_fast"),
                ("beta_slow", "yarn_beta_slow"),
            ]
            for (name, key) in names {
                if let value = try keys.number("rope.scaling.\(key)") {
                    members.append((name, .number(value)))
                }
            }
            return members
        case let other:
            throw ModelError(
                .unsupported,
                "\(keys.file.file.path): \(keys.architecture.rawValue).rope.scaling.type is \"\(other)\", allowed are "
                    + "none, linear, yarn, and longrope with its tensors of factors")
        }
    }

    func phi3() throws(ModelError) -> [Member] {
        guard let window = try keys.integer("attention.sliding_window"), window > 0 else { return [] }
        return [("sliding_window", .integer(window))]
    }

    /// llama.cpp's constants for the two sizes that scale scores otherwise than by the head's elements.
    func gemma() throws(ModelError) -> [Member] {
        let isLargest =
            keys.architecture == .gemma2 && layerCount == 46
            || keys.architecture == .gemma3 && layerCount == 62
        let scalar = isLargest ? hiddenCount / headCount : headDimension
        var members: [Member] = [
            ("query_pre_attn_scalar", .integer(scalar)), ("hidden_activation", .string("gelu_pytorch_tanh")),
        ]
        let final = try keys.number("final_logit_softcapping")
        switch keys.architecture {
        case .gemma2:
            if let bound = try keys.number("attn_logit_softcapping") {
                members.append(("attn_logit_softcapping", .number(bound)))
            }
            if let final { members.append(("final_logit_softcapping", .number(final))) }
        case .gemma3:
            members.append(("final_logit_softcapping", final.map { .number($0) } ?? .null))
            if let base = try keys.number("rope.freq_base_swa") {
                members.append(("rope_local_base_freq", .number(base)))
            }
        default: break
        }
        if let window = try keys.integer("attention.sliding_window") {
            members.append(("sliding_window", .integer(window)))
        }
        return members
    }

    /// The file says that halves are parallel where there is no second norm.
    func stableLM() -> [Member] {
        [
            ("use_parallel_residual", .bool(!keys.has("blk.0.ffn_norm.weight"))),
            ("qk_layernorm", .bool(keys.has("blk.0.attn_q_norm.weight"))),
            ("use_qkv_bias", .bool(keys.has("blk.0.attn_q.bias"))),
        ]
    }

    func falcon() throws(ModelError) -> [Member] {
        let count = try keys.integer("attention.head_count_kv") ?? 1
        return [
            ("new_decoder_architecture", .bool(count > 1)), ("num_kv_heads", .integer(count)),
            ("multi_query", .bool(count == 1)), ("bias", .bool(keys.has("blk.0.attn_qkv.bias"))),
            ("alibi", .bool(false)), ("parallel_attn", .bool(!keys.has("blk.0.ffn_norm.weight"))),
        ]
    }

    func mpt() throws(ModelError) -> [Member] {
        var attention: [String: JSONValue] = [:]
        let bias = try keys.number("attention.max_alibi_bias") ?? 0
        attention["alibi"] = .bool(bias > 0)
        if bias > 0 { attention["alibi_bias_max"] = .integer(Int(min(bias, 1_000_000))) }
        if let clamp = try keys.number("attention.clamp_kqv"), clamp > 0 {
            attention["clip_qkv"] = .number(clamp)
        }
        return [("attn_config", .object(attention))]
    }
}
