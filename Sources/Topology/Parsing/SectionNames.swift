/// The keys of each section, for messages.
enum SectionNames {
    static let root = ["server", "consumer_groups", "reader_groups"]
    static let takeoff = ["server_config", "readers_config"]
    static let server = [
        "host", "port", "management_host", "management_port", "openai_port", "model_roots", "log_level",
        "log_format", "drain_timeout", "queue_timeout", "body_limit", "pack_cache",
        "pack_cache_limit",
    ]
    static let consumerGroup =
        ["max_queue", "max_queue_tokens", "default_priority", "batching"]
        + BatchingKey.allCases.map(\.rawValue)
    static let readerGroup = [
        "model_name", "consumer_group", "tensor_parallel", "replicas", "quant_type", "kv_cache_type",
        "transport", "threads_per_rank", "prefill_chunk", "max_batch_size", "max_sequence_length",
        "kv_blocks",
        "prefix_cache",
        "placement",
    ]
}

extension [String] {
    /// As a message lists them.
    var listed: String { joined(separator: ", ") }
}
