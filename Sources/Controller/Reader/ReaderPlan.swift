import Serving
import WorkerMessages

/// Everything that is decided about a reader before it starts; nothing here is `auto`.
struct ReaderPlan: Sendable {
    /// Its name.
    let readerID: ReaderID
    /// The declaration it is a replica of.
    let readerGroup: String
    /// The group it takes from.
    let consumerGroup: String
    /// The model's directory as the declaration names it.
    let modelName: String
    /// The directory's real path, which was checked and is what workers open.
    let modelDirectory: String
    /// What its files say.
    let summary: ModelSummary
    /// What it has in common with its consumer group's other readers.
    let identity: ReaderIdentity
    /// Slots, lengths, blocks.
    let limits: SchedulerLimits
    /// Threads and processors.
    let placement: ReaderPlacement
    /// Asked transport; nil is auto: shm, or unix where shm cannot be had.
    let transport: Transport?
    /// The pack it maps.
    let packKey: PackKey
    /// What was reserved for it.
    let memory: ReaderMemory

    /// Its pack in the pack cache; nil where nobody can say which files the weights are in.
    var packCacheKey: PackCacheKey? { summary.weightStamp.isEmpty ? nil : PackCacheKey(summary) }

    /// Ranks.
    var rankCount: Int { summary.ranks.count }

    /// Whether its pack lies in another place than its ranks.
    var isPackRemote: Bool { packKey.place != placement.place }

    /// Limits for the codec of its steps.
    var stepLimits: StepLimits { limits.stepLimits(vocabularyCount: summary.vocabularyCount) }

    /// What rank `rank` is told.
    func order(rank: Int, role: PackRole, transport: Transport) -> LoadOrder {
        var order = LoadOrder(
            readerID: readerID.name, modelDirectory: modelDirectory, rank: rank, rankCount: rankCount,
            threadCount: placement.threadCount, cores: placement.cores.isEmpty ? [] : placement.cores[rank],
            weightType: identity.quantType, keyValueType: identity.kvCacheType, transport: transport,
            packRole: role, packByteCount: summary.packByteCount, layoutID: summary.layoutID,
            checkpointDigest: summary.checkpointDigest, maxBatchSize: limits.maxBatchSize,
            maxSequenceLength: limits.maxSequenceLength, blockCount: limits.blockCount,
            rowCountMax: limits.rowCountMax)
        order.memoryNodes = placement.memoryNodes[rank]
        return order
    }

    /// The snapshot of this reader before it starts.
    func firstSnapshot() -> ReaderSnapshot {
        var snapshot = ReaderSnapshot(
            readerID: readerID, readerGroup: readerGroup, consumerGroup: consumerGroup,
            modelName: modelName, modelType: summary.modelType,
            layout: ReaderLayout(
                tensorParallel: rankCount, transport: transport ?? .shm,
                threadsPerRank: placement.threadCount,
                quantType: identity.quantType, kvCacheType: identity.kvCacheType,
                maxBatchSize: limits.maxBatchSize, maxSequenceLength: limits.maxSequenceLength,
                prefillChunk: limits.prefillChunk, blockCount: limits.blockCount,
                hasPrefixCache: limits.hasPrefixCache, cores: placement.cores))
        snapshot.layout.place = packKey.place
        snapshot.layout.memoryNodes = placement.memoryNodes
        snapshot.footprints = summary.ranks
        snapshot.memory = memory
        snapshot.isPackRemote = isPackRemote
        return snapshot
    }
}
