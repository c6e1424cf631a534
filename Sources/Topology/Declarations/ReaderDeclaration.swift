package import Foundation

/// One reader group, resolved: what a topology file, a `--model` flag or POST /reader asks for. nil is
/// `auto`.
package struct ReaderDeclaration: Equatable, Sendable {
    /// The group's name; its readers' ids come from it.
    package var name: String
    /// Directory in Hugging Face layout, absolute; whether it exists is not known yet.
    package var modelDirectory: Setting<URL>
    /// Whose queue its readers take from.
    package var consumerGroup: Setting<String>
    /// Ranks of one reader.
    package var tensorParallel: Setting<Int>
    /// Readers.
    package var replicas: Setting<Int>
    /// Weight format.
    package var quantType: Setting<QuantType>
    /// KV cache format.
    package var kvCacheType: Setting<KVCacheType>
    /// How ranks exchange slices.
    package var transport: Setting<TransportChoice>
    /// Threads of each rank's team.
    package var threadsPerRank: Setting<Int?>
    /// Prompt tokens in one step.
    package var prefillChunk: Setting<Int?>
    /// Sequences at once.
    package var maxBatchSize: Setting<Int>
    /// Prompt and new tokens of one sequence.
    package var maxSequenceLength: Setting<Int?>
    /// KV blocks of 32 positions; `auto` is enough for every slot's longest sequence.
    package var kvBlocks: Setting<Int?>
    /// Whether sequences that begin alike share blocks.
    package var prefixCache: Setting<PrefixCaching>
    /// Where ranks run.
    package var placement: Setting<Placement>

    /// A declaration that says nothing but where the model is.
    package init(name: String, modelDirectory: Setting<URL>, consumerGroup: Setting<String>) {
        self.name = name
        self.modelDirectory = modelDirectory
        self.consumerGroup = consumerGroup
        tensorParallel = Setting(Defaults.tensorParallel, .default)
        replicas = Setting(Defaults.replicas, .default)
        quantType = Setting(Defaults.quantType, .default)
        kvCacheType = Setting(Defaults.kvCacheType, .default)
        transport = Setting(Defaults.transport, .default)
        threadsPerRank = Setting(nil, .default)
        prefillChunk = Setting(nil, .default)
        maxBatchSize = Setting(Defaults.maxBatchSize, .default)
        maxSequenceLength = Setting(nil, .default)
        kvBlocks = Setting(nil, .default)
        prefixCache = Setting(Defaults.prefixCache, .default)
        placement = Setting(Defaults.placement, .default)
    }

    /// Ids of its readers: the name, or name-0, name-1, … for several.
    package var readerIDs: [String] {
        replicas.value == 1 ? [name] : (0..<replicas.value).map { "\(name)-\($0)" }
    }

    /// Prompt tokens in one step, `auto` resolved.
    package var resolvedPrefillChunk: Int { prefillChunk.value ?? Defaults.prefillChunk }

    /// Prompt and new tokens of one sequence, `auto` resolved by the model's own maximum.
    package func resolvedMaxSequenceLength(modelMaxPositionCount: Int) -> Int {
        maxSequenceLength.value ?? min(modelMaxPositionCount, Defaults.maxSequenceLengthCap)
    }
}
