/// What a topology may ask for.
package enum TopologyLimits {
    /// Bytes of a topology file.
    package static let fileByteCountMax = 1 << 20
    /// Characters of a reader group's or consumer group's name.
    package static let nameLengthMax = 64
    /// Reader groups, and consumer groups, in one file.
    package static let groupCountMax = 256
    /// Port numbers; 0 is any free one.
    package static let ports = 0...65535
    /// Ranks of one reader.
    package static let tensorParallel = 1...16
    /// Readers of one group.
    package static let replicas = 1...64
    /// Threads of one rank.
    package static let threadsPerRank = 1...256
    /// Prompt tokens in one step.
    package static let prefillChunk = 1...8192
    /// Sequences at once in one reader.
    package static let maxBatchSize = 1...256
    /// Prompt and new tokens of one sequence.
    package static let maxSequenceLength = 2...1_048_576
    /// KV blocks of one reader.
    package static let kvBlocks = 1...16_777_216
    /// CPU numbers of `placement`.
    package static let core = 0...4095
    /// Sequences waiting in one group.
    package static let maxQueue = 1...1_000_000
    /// Prompt tokens waiting in one group.
    package static let maxQueueTokens = 1...1_000_000_000
    /// Priorities, urgent first.
    package static let priority = 0...9
    /// `batch_window`.
    package static let batchWindow = Duration.zero...Duration.seconds(60)
    /// `reserved_slots`.
    package static let reservedSlots = 0...255
    /// `low_pressure` and `high_pressure`, in percent.
    package static let pressure = 0...100
    /// `drain_timeout` and `queue_timeout`.
    package static let timeout = Duration.zero...Duration.seconds(86_400)
    /// Bytes of an HTTP body.
    package static let bodyLimit = 1024...(1 << 30)
    /// Bytes of all packs in the pack cache.
    package static let packCacheLimit = (1 << 20)...(1 << 46)
}
