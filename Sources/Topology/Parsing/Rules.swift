/// The rules of all settings that stand in one scalar.
enum Rules {
    static let host = Rule<String>.text("host", allowed: "a host name or an address")
    static let port = Rule.number("port", takeoffKey: "port", TopologyLimits.ports)
    static let managementHost = Rule<String>.text("management_host", allowed: "a host name or an address")
    static let managementPort = Rule.number(
        "management_port", takeoffKey: "management_port", TopologyLimits.ports)
    static let openAIPort = Rule.number("openai_port", takeoffKey: "openai_port", TopologyLimits.ports)
    static let logFormat = Rule<LogFormat>.choice("log_format")
    static let drainTimeout = Rule.duration("drain_timeout", TopologyLimits.timeout)
    static let queueTimeout = Rule.duration("queue_timeout", TopologyLimits.timeout)
    static let bodyLimit = Rule.byteCount(
        "body_limit", takeoffKey: "body_size_limit_bytes", TopologyLimits.bodyLimit)
    static let packCache = Rule<String>.text(
        "pack_cache", allowed: "on (skein in XDG_CACHE_HOME or ~/.cache), off, or a directory")
    static let packCacheLimit = Rule.byteCount("pack_cache_limit", TopologyLimits.packCacheLimit)
    static let logLevel: Rule<LogLevel> = {
        var rule = Rule<LogLevel>.choice("log_level", takeoffKey: "log_level")
        rule.parseTakeoff = { text in
            let word = text.lowercased()
            return LogLevel(rawValue: word == "warn" ? "warning" : word).map { .value($0) } ?? .invalid
        }
        return rule
    }()

    static let maxQueue = Rule.number("max_queue", TopologyLimits.maxQueue)
    static let maxQueueTokens = Rule.number("max_queue_tokens", TopologyLimits.maxQueueTokens)
    static let defaultPriority = Rule.number("default_priority", TopologyLimits.priority)
    static let batching = Rule<Batching>.choice("batching")
    static let batchWindow = Rule.duration(BatchingKey.window.rawValue, TopologyLimits.batchWindow)
    static let minBatch = Rule.number(BatchingKey.minBatch.rawValue, TopologyLimits.maxBatchSize)
    static let maxBatch = Rule.numberOrAuto(BatchingKey.maxBatch.rawValue, TopologyLimits.maxBatchSize)
    static let urgentPriority = Rule.number(BatchingKey.urgentPriority.rawValue, TopologyLimits.priority)
    static let reservedSlots = Rule.number(BatchingKey.reservedSlots.rawValue, TopologyLimits.reservedSlots)
    static let lowPressure = Rule.number(BatchingKey.lowPressure.rawValue, TopologyLimits.pressure)
    static let highPressure = Rule.number(BatchingKey.highPressure.rawValue, TopologyLimits.pressure)

    static let modelName = Rule<String>.text(
        "model_name", takeoffKey: "model_name", allowed: "a directory in Hugging Face layout or a GGUF file")
    static let consumerGroup = Rule<String>.name("consumer_group", takeoffKey: "consumer_group")
    static let tensorParallel = Rule.number(
        "tensor_parallel", takeoffKey: "tensor_parallel", TopologyLimits.tensorParallel)
    static let replicas = Rule.number("replicas", TopologyLimits.replicas)
    static let quantType = Rule<QuantType>.choice("quant_type", takeoffKey: "quant_type")
    static let kvCacheType = Rule<KVCacheType>.choice("kv_cache_type")
    static let transport = Rule<TransportChoice>.choice("transport")
    static let threadsPerRank = Rule.numberOrAuto(
        "threads_per_rank", flag: "--threads", TopologyLimits.threadsPerRank)
    static let prefillChunk = Rule.numberOrAuto(
        "prefill_chunk", takeoffKey: "prefill_chunk_size", TopologyLimits.prefillChunk)
    static let maxBatchSize = Rule.number(
        "max_batch_size", takeoffKey: "max_batch_size", TopologyLimits.maxBatchSize)
    static let maxSequenceLength = Rule.numberOrAuto(
        "max_sequence_length", takeoffKey: "max_sequence_length", TopologyLimits.maxSequenceLength)

    static let kvBlocks = Rule.numberOrAuto("kv_blocks", TopologyLimits.kvBlocks)
    static let prefixCache = Rule<PrefixCaching>.choice("prefix_cache")

    /// SKEIN_ variables that are not settings: the kernels' forced instruction set.
    static let otherVariables: Set<String> = ["SKEIN_ISA"]
    /// Variables of `model_roots` and `placement`, which are not scalars in a file.
    static let modelRootsVariable = "SKEIN_MODEL_ROOTS"
    static let placementVariable = "SKEIN_PLACEMENT"
    static let deviceVariable = "TAKEOFF_DEVICE"

    /// Every variable that means something.
    static let variables: Set<String> = {
        var names = otherVariables
        names.formUnion([modelRootsVariable, placementVariable, deviceVariable])
        func add<Value>(_ rule: Rule<Value>) {
            names.formUnion([rule.variable(in: .skein), rule.variable(in: .takeoff)].compactMap(\.self))
        }
        add(host)
        add(port)
        add(managementHost)
        add(managementPort)
        add(openAIPort)
        add(logLevel)
        add(logFormat)
        add(drainTimeout)
        add(queueTimeout)
        add(bodyLimit)
        add(packCache)
        add(packCacheLimit)
        add(maxQueue)
        add(maxQueueTokens)
        add(defaultPriority)
        add(batching)
        for key in BatchingKey.allCases { names.insert(key.variable) }
        add(modelName)
        add(consumerGroup)
        add(tensorParallel)
        add(replicas)
        add(quantType)
        add(kvCacheType)
        add(transport)
        add(threadsPerRank)
        add(prefillChunk)
        add(maxBatchSize)
        add(maxSequenceLength)
        add(kvBlocks)
        add(prefixCache)
        return names
    }()
}
