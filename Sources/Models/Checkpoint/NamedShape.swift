/// The shape of a well-known model, for benchmarks with random weights.
package enum NamedShape: String, Sendable, CaseIterable {
    /// GPT-2 small.
    case gpt2Small = "gpt2-124m"
    /// TinyLlama 1.1B.
    case tinyLlama = "tinyllama-1.1b"
    /// OPT 125M.
    case optSmall = "opt-125m"
    /// The larger of the small models that tell children's stories.
    case stories15M = "stories15m"
    /// SmolLM 135M.
    case smolLM = "smollm-135m"
    /// Llama 3.1 8B.
    case llama8B = "llama-8b"

    /// Whether the published weights are bf16.
    package var isHalf: Bool { self == .tinyLlama || self == .smolLM || self == .llama8B }

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
        case .optSmall:
            """
            {"model_type": "opt", "vocab_size": 50272, "max_position_embeddings": 2048, "hidden_size": 768,
             "ffn_dim": 3072, "num_hidden_layers": 12, "num_attention_heads": 12, "word_embed_proj_dim": 768,
             "activation_function": "relu", "do_layer_norm_before": true, "bos_token_id": 2, "eos_token_id": 2,
             "pad_token_id": 1, "tie_word_embeddings": true}
            """
        case .stories15M:
            """
            {"model_type": "llama", "vocab_size": 32000, "max_position_embeddings": 256, "hidden_size": 288,
             "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 6,
             "num_key_value_heads": 6, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
             "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": true}
            """
        case .smolLM:
            """
            {"model_type": "llama", "vocab_size": 49152, "max_position_embeddings": 2048, "hidden_size": 576,
             "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
             "num_key_value_heads": 3, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
             "bos_token_id": 0, "eos_token_id": 0, "tie_word_embeddings": true}
            """
        case .llama8B:
            """
            {"model_type": "llama", "vocab_size": 128256, "max_position_embeddings": 8192, "hidden_size": 4096,
             "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
             "num_key_value_heads": 8, "hidden_act": "silu", "rms_norm_eps": 1e-05, "rope_theta": 500000.0,
             "bos_token_id": 128000, "eos_token_id": 128001, "tie_word_embeddings": false}
            """
        }
    }
}
