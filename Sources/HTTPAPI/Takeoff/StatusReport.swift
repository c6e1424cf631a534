import Controller
import Serving
import WorkerMessages

/// The body of `/status` (contract 2.10), with what an operator and the page at `/` need besides.
///
/// Live is what serves now; everything else that is declared is dead, with its state and reason.
struct StatusReport: Encodable {
    let liveReaders: [String: Reader]
    let deadReaders: [String: Reader]
    let ports: [Int]
    let consumerGroups: [String: Group]
    let packBytes: Int
    let isDraining: Bool

    /// One consumer group's queue.
    struct Group: Encodable {
        let queueDepth: Int
        let queueLimit: Int
        let oldestAgeSeconds: Double
        let readers: [String]
    }

    /// One reader. `consumerGroup` is for clients of before Takeoff 0.19, `consumerGroups` for later ones.
    struct Reader: Encodable {
        let consumerGroup: String
        let consumerGroups: [String]
        let device: String
        let loras: String?
        let modelName: String
        let modelType: String
        let readerGroup: String
        let ready: Bool
        let state: String
        let stateReason: String?
        let lastError: String?
        let restarts: Int
        let pids: [Int32]
        let ranks: [Rank]
        let layout: Layout
        let steps: UInt64
        let tokens: UInt64
        let activeSequences: Int
        let scheduling: Scheduling
        let controllerShare: Double
        let reservedBytes: Int
        let pack: String
        let packCached: Bool
        let loading: Loading?
    }

    /// How far a reader's pack is.
    struct Loading: Encodable {
        let work: String
        let doneBytes: Int
        let totalBytes: Int
    }

    /// One worker.
    struct Rank: Encodable {
        let rank: Int
        let pid: Int32
        let state: String
        let computeSeconds: Double
        let waitSeconds: Double
        let bytesRead: Int
    }

    /// A reader's KV blocks.
    struct Scheduling: Encodable {
        let kvBlocksUsed: Int
        let kvBlocksCached: Int
        let prefixLookupTokens: Int
        let prefixHitTokens: Int
        let preemptions: Int
    }

    /// How a reader is split.
    struct Layout: Encodable {
        let tensorParallel: Int
        let transport: String
        let threadsPerRank: Int
        let quantType: String
        let kvCacheType: String
        let maxBatchSize: Int
        let maxSequenceLength: Int
        let prefillChunk: Int
        let kvBlocks: Int
        let prefixCache: String
        let cores: [[Int]]
    }

    /// The report on a snapshot.
    init(_ snapshot: FleetSnapshot, ports: [Int]) {
        let entries = snapshot.readers.map { ($0.readerID.name, $0.ready, Reader($0)) }
        liveReaders = Dictionary(entries.filter(\.1).map { ($0.0, $0.2) }) { first, _ in first }
        deadReaders = Dictionary(entries.filter { !$0.1 }.map { ($0.0, $0.2) }) { first, _ in first }
        self.ports = ports
        consumerGroups = Dictionary(snapshot.groups.map { ($0.name, Group($0)) }) { first, _ in first }
        packBytes = snapshot.packByteCount
        isDraining = snapshot.isDraining
    }
}

extension StatusReport.Group {
    fileprivate init(_ group: FleetSnapshot.Group) {
        queueDepth = group.queueDepth
        queueLimit = group.queueLimit
        oldestAgeSeconds = group.oldestAgeSeconds
        readers = group.readers.map(\.readerID.name)
    }
}

extension StatusReport.Reader {
    fileprivate init(_ reader: ReaderSnapshot) {
        consumerGroup = reader.consumerGroup
        consumerGroups = [reader.consumerGroup]
        device = reader.device
        loras = nil
        modelName = reader.modelName
        modelType = reader.modelType
        readerGroup = reader.readerGroup
        ready = reader.ready
        state = reader.state.name
        stateReason = reader.state.reason
        lastError = reader.lastError
        restarts = reader.restarts
        pids = reader.pids
        ranks = reader.workers.map {
            StatusReport.Rank(
                rank: $0.rank, pid: $0.pid, state: $0.state, computeSeconds: $0.computeSeconds,
                waitSeconds: $0.waitSeconds, bytesRead: $0.bytesRead)
        }
        layout = StatusReport.Layout(
            tensorParallel: reader.layout.tensorParallel, transport: reader.layout.transport.rawValue,
            threadsPerRank: reader.layout.threadsPerRank, quantType: reader.layout.quantType,
            kvCacheType: reader.layout.kvCacheType, maxBatchSize: reader.layout.maxBatchSize,
            maxSequenceLength: reader.layout.maxSequenceLength, prefillChunk: reader.layout.prefillChunk,
            kvBlocks: reader.layout.blockCount, prefixCache: reader.layout.hasPrefixCache ? "on" : "off",
            cores: reader.layout.cores)
        steps = reader.steps
        tokens = reader.tokens
        activeSequences = reader.activeSequences
        scheduling = StatusReport.Scheduling(
            kvBlocksUsed: reader.scheduling.usedBlockCount,
            kvBlocksCached: reader.scheduling.cachedBlockCount,
            prefixLookupTokens: reader.scheduling.prefixLookupTokenCount,
            prefixHitTokens: reader.scheduling.prefixHitTokenCount,
            preemptions: reader.scheduling.preemptionCount)
        controllerShare = reader.controllerShare
        reservedBytes = reader.memory.ownByteCount
        pack = reader.isPackRemote ? "remote" : "local"
        packCached = reader.isPackCached
        loading = reader.loading.map {
            StatusReport.Loading(
                work: $0.work.rawValue, doneBytes: $0.doneByteCount, totalBytes: $0.totalByteCount)
        }
    }

    private enum CodingKeys: CodingKey {
        case consumerGroup, consumerGroups, device, loras, modelName, modelType, readerGroup, ready, state
        case stateReason, lastError, restarts, pids, ranks, layout, steps, tokens, activeSequences, scheduling
        case controllerShare, reservedBytes, pack, packCached, loading
    }

    /// Nulls are written: clients look the keys up.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(consumerGroup, forKey: .consumerGroup)
        try container.encode(consumerGroups, forKey: .consumerGroups)
        try container.encode(device, forKey: .device)
        try container.encode(loras, forKey: .loras)
        try container.encode(modelName, forKey: .modelName)
        try container.encode(modelType, forKey: .modelType)
        try container.encode(readerGroup, forKey: .readerGroup)
        try container.encode(ready, forKey: .ready)
        try container.encode(state, forKey: .state)
        try container.encode(stateReason, forKey: .stateReason)
        try container.encode(lastError, forKey: .lastError)
        try container.encode(restarts, forKey: .restarts)
        try container.encode(pids, forKey: .pids)
        try container.encode(ranks, forKey: .ranks)
        try container.encode(layout, forKey: .layout)
        try container.encode(steps, forKey: .steps)
        try container.encode(tokens, forKey: .tokens)
        try container.encode(activeSequences, forKey: .activeSequences)
        try container.encode(scheduling, forKey: .scheduling)
        try container.encode(controllerShare, forKey: .controllerShare)
        try container.encode(reservedBytes, forKey: .reservedBytes)
        try container.encode(pack, forKey: .pack)
        try container.encode(packCached, forKey: .packCached)
        try container.encode(loading, forKey: .loading)
    }
}

extension ReaderState {
    /// What the state's name leaves out.
    fileprivate var reason: String? {
        switch self {
        case .restarting(let backoff): "starts again after \(backoff)"
        case .failed(let reason): reason
        default: nil
        }
    }
}
