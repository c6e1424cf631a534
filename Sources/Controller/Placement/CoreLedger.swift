import Platform
import Topology

/// Which processors a reader's ranks compute on.
struct ReaderPlacement: Equatable, Sendable {
    /// Threads of each rank.
    var threadCount: Int
    /// One list of processor numbers per rank, one number per thread; empty where threads are not pinned.
    var cores: [[Int]]
    /// The ranks' NUMA nodes in order, one number if all are the same; all nodes where threads are not
    /// pinned.
    var place: [Int]
    /// By rank: the NUMA nodes that its memory goes to, ascending; empty lists where the machine has one node only.
    var memoryNodes: [[Int]]
}

/// What one reader asks of the machine.
struct CoreRequest: Equatable, Sendable {
    /// Ranks.
    var rankCount: Int
    /// Threads of each rank; nil is auto.
    var threadCount: Int?
    /// How processors are chosen; of `cores` this reader's own lists only.
    var choice: Placement
}

/// Deals the machine's cores to readers: one processor a core, in hwloc's order, so that neighbouring ranks share
/// caches and nodes.
struct CoreLedger: Sendable {
    /// How long a wait in a gather spins where every thread has a processor of its own, in nanoseconds: about
    /// what a futex takes to sleep and wake.
    static let spinBudgetNanoseconds: UInt32 = 50_000

    private let machine: Machine
    private var placed: [ReaderID: (rankCount: Int, placement: ReaderPlacement)] = [:]

    /// Begins with all of the machine free.
    init(machine: Machine) {
        self.machine = machine
    }

    /// Threads of all placed readers.
    var threadCount: Int { placed.values.reduce(0) { $0 + $1.rankCount * $1.placement.threadCount } }

    /// What every reader's waits may spin: nothing where a spinning thread would keep a computing one
    /// waiting.
    var spinBudgetNanoseconds: UInt32 {
        threadCount > machine.usableProcessorCount ? 0 : Self.spinBudgetNanoseconds
    }

    /// Places a reader. `later` are the requests that are known to follow at once, such as a topology's other
    /// readers: threads are pinned only where all fit.
    mutating func place(
        _ reader: ReaderID, _ request: CoreRequest, before later: [CoreRequest]
    ) throws(ControllerError) -> ReaderPlacement {
        let ranksPlaced = placed.values.reduce(0) { $0 + $1.rankCount }
        let rankTotal = ([request] + later).reduce(ranksPlaced) { $0 + $1.rankCount }
        let automatic = max(1, machine.usableCoreCount / rankTotal)
        let threads = try threadCount(of: request, automatic: automatic)
        let total = later.reduce(threadCount + request.rankCount * threads) {
            $0 + $1.rankCount * ($1.threadCount ?? automatic)
        }
        let placement =
            switch request.choice {
            case .auto: pinned(request, threads: threads, total: total) ?? unpinned(request, threads)
            case .none: unpinned(request, threads)
            case .cores(let cores): pinned(threads, to: cores)
            }
        placed[reader] = (request.rankCount, placement)
        return placement
    }

    /// The reader is gone.
    mutating func release(_ reader: ReaderID) { placed[reader] = nil }

    private func threadCount(of request: CoreRequest, automatic: Int) throws(ControllerError) -> Int {
        guard case .cores(let cores) = request.choice else { return request.threadCount ?? automatic }
        let known = Set(machine.cores.flatMap(\.processors))
        let unknown = cores.flatMap { $0 }.filter { !known.contains($0) }
        let threads = request.threadCount ?? cores.first?.count ?? 0
        guard unknown.isEmpty, threads > 0, cores.count == request.rankCount,
            cores.allSatisfy({ $0.count == threads })
        else {
            throw .invalidSetting(
                key: "placement.cores", value: "\(cores)",
                allowed: "\(request.rankCount) lists a reader, of equal length (threads_per_rank), "
                    + "of the processors \(known.sorted())")
        }
        return threads
    }

    private func pinned(_ request: CoreRequest, threads: Int, total: Int) -> ReaderPlacement? {
        guard total <= machine.usableCoreCount else { return nil }
        let taken = Set(placed.values.flatMap { $0.placement.cores.flatMap { $0 } })
        let free = machine.cores.filter { $0.processors.allSatisfy { !taken.contains($0) } }
            .compactMap(\.processors.first)
        guard request.rankCount * threads <= free.count else { return nil }
        let cores = (0..<request.rankCount).map { Array(free[$0 * threads..<($0 + 1) * threads]) }
        return pinned(threads, to: cores)
    }

    /// Threads on processors of their own: a rank's memory goes to the nodes of its processors.
    private func pinned(_ threads: Int, to cores: [[Int]]) -> ReaderPlacement {
        let nodes = cores.map { processors in processors.map(node) }
        let firsts = nodes.compactMap(\.first)
        return ReaderPlacement(
            threadCount: threads, cores: cores,
            place: Set(firsts).count == 1 ? Array(firsts.prefix(1)) : firsts,
            memoryNodes: nodes.map { machine.nodes.count > 1 ? Array(Set($0)).sorted() : [] })
    }

    /// Threads that run anywhere: memory is spread over all nodes.
    private func unpinned(_ request: CoreRequest, _ threads: Int) -> ReaderPlacement {
        let nodes = machine.nodes.count > 1 ? machine.nodes : []
        return ReaderPlacement(
            threadCount: threads, cores: [], place: machine.nodes,
            memoryNodes: Array(repeating: nodes, count: request.rankCount))
    }

    private func node(of processor: Int) -> Int {
        machine.cores.first { $0.processors.contains(processor) }?.node ?? 0
    }
}
