import Models

/// A config.json that a test takes apart: a few keys of a small model, some replaced or left out.
struct ConfigurationText {
    /// JSON by key.
    var members: [String: String]

    /// 3 query heads on 1 KV head of 8, hidden 36, ff 100, vocabulary 1013.
    static let llama = ConfigurationText(members: [
        "model_type": "\"llama\"", "hidden_size": "36", "intermediate_size": "100", "num_hidden_layers": "2",
        "num_attention_heads": "3", "num_key_value_heads": "1", "head_dim": "8", "vocab_size": "1013",
        "max_position_embeddings": "256", "rms_norm_eps": "1e-05", "rope_theta": "50000.0",
        "bos_token_id": "0",
        "eos_token_id": "1", "hidden_act": "\"silu\"",
    ])

    /// 3 heads of 16, hidden 48, n_inner 100, vocabulary 1013.
    static let gpt2 = ConfigurationText(members: [
        "model_type": "\"gpt2\"", "n_embd": "48", "n_inner": "100", "n_layer": "2", "n_head": "3",
        "vocab_size": "1013", "n_positions": "128", "bos_token_id": "1", "eos_token_id": "1",
    ])

    /// The same with other values; an empty one leaves the key out.
    func with(_ changes: [String: String]) -> ConfigurationText {
        ConfigurationText(members: members.merging(changes) { $1 })
    }

    /// The text of the file.
    var json: String {
        let lines = members.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        return "{" + lines.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    }

    /// The parsed configuration.
    func configuration(generation: String? = nil) throws(ModelError) -> ModelConfiguration {
        try ModelConfiguration(
            parsing: Array(json.utf8), generation: generation.map { Array($0.utf8) }, place: "config.json")
    }

    /// What the refusal says, or "accepted".
    func message(generation: String? = nil) -> String {
        do throws(ModelError) {
            _ = try configuration(generation: generation)
            return "accepted"
        } catch { return error.message }
    }

    /// The refusal's code, or nil.
    var code: ModelError.Code? {
        do throws(ModelError) {
            _ = try configuration()
            return nil
        } catch { return error.code }
    }
}
