package import Serving
package import WorkerMessages

/// What `/status`, `/reader_groups` and `/healthz` say about everything that runs, taken without waiting for
/// a step.
package struct FleetSnapshot: Equatable, Sendable {
    /// One consumer group: what waits in its queue and who takes from it.
    package struct Group: Equatable, Sendable {
        /// The name requests are addressed to.
        package var name: String
        /// Sequences that wait for a reader.
        package var queueDepth: Int
        /// Most sequences that may wait.
        package var queueLimit: Int
        /// How long the oldest of them has waited, in seconds.
        package var oldestAgeSeconds: Double
        /// Its readers, in the order in which they were declared; empty for a declared group without one.
        package var readers: [ReaderSnapshot]
        /// Tokens of the prompts that wait.
        package var queuedTokenCount = 0
        /// The most of them.
        package var queuedTokenLimit = 0
        /// What waits with each priority, `0 ... GenerationRequest.priorityMax`.
        package var queueLines: [QueueSnapshot.Line] = []

        /// Makes a group from all its fields.
        package init(
            name: String, queueDepth: Int, queueLimit: Int, oldestAgeSeconds: Double,
            readers: [ReaderSnapshot]
        ) {
            self.name = name
            self.queueDepth = queueDepth
            self.queueLimit = queueLimit
            self.oldestAgeSeconds = oldestAgeSeconds
            self.readers = readers
        }
    }

    /// Consumer groups by name, ascending.
    package var groups: [Group]
    /// Bytes of the packs in memory, each counted once.
    package var packByteCount: Int
    /// Whether `drain()` was called: nothing new is taken.
    package var isDraining: Bool

    /// Makes a snapshot from all its fields.
    package init(groups: [Group], packByteCount: Int, isDraining: Bool) {
        self.groups = groups
        self.packByteCount = packByteCount
        self.isDraining = isDraining
    }

    /// All readers, group after group.
    package var readers: [ReaderSnapshot] { groups.flatMap(\.readers) }
}

/// One reader as `/status` shows it.
package struct ReaderSnapshot: Equatable, Sendable {
    /// Its name.
    package var readerID: ReaderID
    /// The reader group it is a replica of.
    package var readerGroup: String
    /// The consumer group it takes from.
    package var consumerGroup: String
    /// Where it computes.
    package var device = "cpu"
    /// The model's directory, as the declaration names it.
    package var modelName: String
    /// `model_type` of config.json.
    package var modelType: String
    /// Process ids by rank; empty while no worker runs.
    package var pids: [Int32] = []
    /// Whether it serves and has shown progress within the last 30 seconds (design 2).
    package var ready = false
    /// What it does now.
    package var state: ReaderState = .starting
    /// The last failure, with rank and reason.
    package var lastError: String?
    /// How often its workers were started again.
    package var restarts = 0
    /// One entry per running worker, by rank.
    package var workers: [WorkerSnapshot] = []
    /// How it is split.
    package var layout: ReaderLayout
    /// What each rank of the split costs, by rank.
    package var footprints: [ModelSummary.RankFootprint] = []
    /// Steps since it was declared.
    package var steps: UInt64 = 0
    /// Tokens drawn since it was declared.
    package var tokens: UInt64 = 0
    /// Sequences that hold a slot now.
    package var activeSequences = 0
    /// Blocks, prefix cache, preemptions.
    package var scheduling = SchedulerStatistics()
    /// Seconds this reader had work, from one step's end to the next one's.
    package var busySeconds: Double = 0
    /// The part of `busySeconds` that was not spent waiting for rank 0: what the controller costs.
    package var controllerSeconds: Double = 0
    /// The part of `busySeconds` in which rank 0 did what every rank repeats: embedding, norms, residuals.
    package var serialSeconds: Double = 0
    /// What was reserved for it.
    package var memory = ReaderMemory()
    /// Whether its pack was built for another place (another NUMA node).
    package var isPackRemote = false
    /// Whether its workers map a file of the pack cache.
    package var isPackCached = false
    /// How far its pack is; nil once it serves, and where nothing is known.
    package var loading: LoadingProgress?

    /// Makes the snapshot of a reader that has not started.
    package init(
        readerID: ReaderID, readerGroup: String, consumerGroup: String, modelName: String, modelType: String,
        layout: ReaderLayout
    ) {
        self.readerID = readerID
        self.readerGroup = readerGroup
        self.consumerGroup = consumerGroup
        self.modelName = modelName
        self.modelType = modelType
        self.layout = layout
    }

    /// `controllerSeconds` as a share of `busySeconds`, 0 before the first step.
    package var controllerShare: Double { busySeconds > 0 ? controllerSeconds / busySeconds : 0 }
}

/// How far a reader's pack is on its way into memory.
package struct LoadingProgress: Equatable, Sendable {
    /// What is being done.
    package enum Work: String, Sendable {
        /// The ranks read the checkpoint and write the pack.
        case packing
        /// A file of the pack cache is read and compared with its checksums.
        case checking
    }

    /// What is being done.
    package var work: Work
    /// Bytes of the pack that are done.
    package var doneByteCount: Int
    /// Bytes of the pack.
    package var totalByteCount: Int
}

/// What a reader does now.
package enum ReaderState: Equatable, Sendable {
    /// No worker yet. Goes to waitingForPack, loading, draining or failed.
    case starting
    /// Another reader has the pack in work. Goes to checkingPack, buildingPack, loading or draining.
    case waitingForPack
    /// A file of the pack cache is read and compared with its checksums. Goes to buildingPack, loading or draining.
    case checkingPack
    /// Its workers read the checkpoint and pack. Goes to loading, restarting, draining or failed.
    case buildingPack
    /// Its workers start or map the pack. Goes to buildingPack, serving, restarting, draining or failed.
    case loading
    /// Takes sequences. Goes to draining or restarting.
    case serving
    /// Takes nothing more and finishes what it has. Ends.
    case draining
    /// Its workers died; they start again after the wait. Goes to waitingForPack, loading or draining.
    case restarting(backoff: Duration)
    /// Starting again would not help. Stays until it is removed.
    case failed(reason: String)

    /// The state's name on `/status`.
    package var name: String {
        switch self {
        case .starting: "starting"
        case .waitingForPack: "waiting for pack"
        case .checkingPack: "checking pack"
        case .buildingPack: "building pack"
        case .loading: "loading"
        case .serving: "serving"
        case .draining: "draining"
        case .restarting: "restarting"
        case .failed: "failed"
        }
    }
}

/// One worker of a reader as `/status` shows it.
package struct WorkerSnapshot: Equatable, Sendable {
    /// `0 ..< tensorParallel`.
    package var rank: Int
    /// Its process.
    package var pid: Int32
    /// computing, waiting, idle or loading.
    package var state: String
    /// Seconds in arithmetic since it started.
    package var computeSeconds: Double
    /// Seconds in gathers since it started.
    package var waitSeconds: Double
    /// Bytes it read of the weights; 0 for a rank that mapped a sealed pack.
    package var bytesRead: Int

    /// Makes an entry from all its fields.
    package init(
        rank: Int, pid: Int32, state: String, computeSeconds: Double, waitSeconds: Double, bytesRead: Int
    ) {
        self.rank = rank
        self.pid = pid
        self.state = state
        self.computeSeconds = computeSeconds
        self.waitSeconds = waitSeconds
        self.bytesRead = bytesRead
    }
}

/// How a reader is split, with nothing left to `auto`.
package struct ReaderLayout: Equatable, Sendable {
    /// Ranks.
    package var tensorParallel: Int
    /// Which all-gather.
    package var transport: Transport
    /// Threads of each rank.
    package var threadsPerRank: Int
    /// Weight format.
    package var quantType: String
    /// KV cache format.
    package var kvCacheType: String
    /// Sequences in one step at most.
    package var maxBatchSize: Int
    /// Prompt and new tokens of one sequence at most.
    package var maxSequenceLength: Int
    /// Rows of one prefill chunk.
    package var prefillChunk: Int
    /// KV blocks of 32 positions.
    package var blockCount: Int
    /// Whether sequences that begin alike share blocks.
    package var hasPrefixCache: Bool
    /// One list of CPU numbers per rank; empty where threads are not pinned.
    package var cores: [[Int]]
    /// The NUMA nodes that its pack was placed for, in the order of ranks; one where all are the same.
    package var place: [Int] = []
    /// By rank: the nodes that its memory goes to; empty lists where there is one node only.
    package var memoryNodes: [[Int]] = []

    /// Makes a layout from all its fields.
    package init(
        tensorParallel: Int, transport: Transport, threadsPerRank: Int, quantType: String,
        kvCacheType: String,
        maxBatchSize: Int, maxSequenceLength: Int, prefillChunk: Int, blockCount: Int,
        hasPrefixCache: Bool, cores: [[Int]]
    ) {
        self.tensorParallel = tensorParallel
        self.transport = transport
        self.threadsPerRank = threadsPerRank
        self.quantType = quantType
        self.kvCacheType = kvCacheType
        self.maxBatchSize = maxBatchSize
        self.maxSequenceLength = maxSequenceLength
        self.prefillChunk = prefillChunk
        self.blockCount = blockCount
        self.hasPrefixCache = hasPrefixCache
        self.cores = cores
    }
}
