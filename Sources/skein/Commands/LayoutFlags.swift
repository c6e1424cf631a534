import ArgumentParser
import Topology

extension QuantType: ExpressibleByArgument {}
extension KVCacheType: ExpressibleByArgument {}
extension TransportChoice: ExpressibleByArgument {}
extension PrefixCaching: ExpressibleByArgument {}
extension LogLevel: ExpressibleByArgument {}

/// The layout flags that serve, plan and generate share; each overrides every reader group of a file.
struct LayoutFlags: ParsableArguments {
    @Option(help: "Ranks each reader is split over.")
    var tensorParallel: Int?

    @Option(help: "Readers of each reader group.")
    var replicas: Int?

    @Option(help: "Weight format.")
    var quantType: QuantType?

    @Option(help: "KV cache format.")
    var kvCacheType: KVCacheType?

    @Option(help: "How ranks put their slices together.")
    var transport: TransportChoice?

    @Option(help: "Threads of each rank.")
    var threads: Int?

    @Option(help: "Prompt tokens in one step.")
    var prefillChunk: Int?

    @Option(help: "Sequences in one step at most.")
    var maxBatchSize: Int?

    @Option(help: "Tokens of prompt and answer at most.")
    var maxSequenceLength: Int?

    @Option(help: "KV blocks of 32 positions; fewer than all slots need make sequences wait for them.")
    var kvBlocks: Int?

    @Option(help: "Whether sequences that begin alike share KV blocks.")
    var prefixCache: PrefixCaching?

    /// The flags as the topology takes them.
    var overrides: LayoutOverrides {
        var overrides = LayoutOverrides()
        overrides.tensorParallel = tensorParallel
        overrides.replicas = replicas
        overrides.quantType = quantType
        overrides.kvCacheType = kvCacheType
        overrides.transport = transport
        overrides.threadsPerRank = threads
        overrides.prefillChunk = prefillChunk
        overrides.maxBatchSize = maxBatchSize
        overrides.maxSequenceLength = maxSequenceLength
        overrides.kvBlocks = kvBlocks
        overrides.prefixCache = prefixCache
        return overrides
    }
}
