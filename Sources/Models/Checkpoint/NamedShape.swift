/// The shape of a well-known model, for benchmarks with random weights.
package enum NamedShape: String, Sendable, CaseIterable {
    /// GPT-2 small.
    case gpt2Small = "gpt2-124m"
    /// TinyLlama 1.1B.
    case tinyLlama = "tinyllama-1.1b"

    /// What stands in the model's config.json, as far as it is read.
    package var configurationJSON: String {
        switch self {
        case .gpt2Small:
            """
            {"model_type": "gpt2", "vocab_size": 50257, "n_positions": 1024, "n_embd": 768, "n_layer": 12,
             "n_head": 12, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-05,
             "bos_token_id": 50256, "eos_token_id": 50256, "tie_word_embeddings": true}
            """
        case .tinyLlama:
            """
            {"model_type": "llama", "vocab_size": 32000, "max_position_embeddings": 2048, "hidden_size": 2048,
             "intermediate_size": 5632, "num_hidden_layers": 22, "num_attention_heads": 32,
             "num_key_value_heads": 4, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
             "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": false}
            """
        }
    }
}
