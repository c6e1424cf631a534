/// Every default that decides behaviour in production, once. `skein plan` prints them with the origin
/// `default`.
package enum Defaults {
    // MARK: Server

    /// Where inference listens.
    package static let host = "127.0.0.1"
    /// Takeoff's inference port.
    package static let port = 3000
    /// Where management listens; never inherited from `host`, since management has no password until keys
    /// exist.
    package static let managementHost = "127.0.0.1"
    /// `management_port` less `port`.
    package static let managementPortOffset = 1
    /// `openai_port` less `port`.
    package static let openAIPortOffset = 3
    /// Where POST /reader may load from, under the working directory.
    package static let modelRoots = ["Models"]
    /// Least urgent log lines that are written.
    package static let logLevel = LogLevel.info
    /// How log lines look.
    package static let logFormat = LogFormat.text
    /// How long SIGTERM and DELETE /reader let sequences finish.
    package static let drainTimeout = Duration.seconds(30)
    /// How long queued requests outlive the last ready reader.
    package static let queueTimeout = Duration.seconds(60)
    /// Bytes of an HTTP body.
    package static let bodyLimit = 2 << 20

    /// Whether packs are kept for later starts: as they are as large as the model, only where someone wants it.
    package static let packCache = "off"
    /// Bytes of all packs that are kept: a dozen models of a few billion parameters at 4 bits.
    package static let packCacheLimit = 32 << 30

    // MARK: Consumer groups

    /// The group of requests and readers that name none.
    package static let consumerGroup = "primary"
    /// Sequences waiting in one group.
    package static let maxQueue = 512
    /// Prompt tokens waiting in one group: as many sequences of 512 tokens.
    package static let maxQueueTokens = 262_144
    /// The priority of requests that name none: the middle of 0...9.
    package static let priority = 5
    /// How a group's readers make batches.
    package static let batching = Batching.continuous
    /// `batch_window`: the time from which on a person notices, and half of it where the rate decides whether to wait
    /// at all. A static batch waits until it is full, for as long as a client may be left without an answer.
    package static func batchWindow(of mode: Batching) -> Duration {
        switch mode {
        case .static: .seconds(1)
        case .adaptive, .hybrid: .milliseconds(50)
        default: .milliseconds(100)
        }
    }
    /// `min_batch`: 5 sequences of a window go at once; a pressed machine still computes one.
    package static func minBatch(of mode: Batching) -> Int { mode == .window ? 5 : 1 }
    /// `urgent_priority`: 0, 1 and 2 are urgent.
    package static let urgentPriority = 2
    /// `reserved_slots` of each reader.
    package static let reservedSlots = 2
    /// `low_pressure` and `high_pressure`, in percent of the time in which something runnable waits for a processor.
    /// A server that keeps its own processors busy comes to the lower one by itself.
    package static let lowPressure = 40
    /// See `lowPressure`.
    package static let highPressure = 80
    /// How long a sequence waits for a reader that holds its prefix: some steps.
    package static let affinityWait = Duration.milliseconds(50)
    /// How much longer a request must have waited to overtake one that is one step of priority more urgent.
    package static let agingInterval = Duration.seconds(5)
    /// The least and most that Retry-After says.
    package static let retryAfter = Duration.seconds(1)...Duration.seconds(60)

    // MARK: Readers

    /// Workers of one reader.
    package static let tensorParallel = 1
    /// Readers of one reader group.
    package static let replicas = 1
    /// Weight format.
    package static let quantType = QuantType.auto
    /// KV cache format.
    package static let kvCacheType = KVCacheType.auto
    /// How ranks exchange slices.
    package static let transport = TransportChoice.auto
    /// Prompt tokens in one step where `prefill_chunk` is auto.
    package static let prefillChunk = 128
    /// Sequences at once.
    package static let maxBatchSize = 16
    /// See `ReaderDeclaration.prefixCache`.
    package static let prefixCache = PrefixCaching.on
    /// `max_sequence_length` where it is auto, unless the model's own is less.
    package static let maxSequenceLengthCap = 4096
    /// Where ranks run.
    package static let placement = Placement.auto
}
