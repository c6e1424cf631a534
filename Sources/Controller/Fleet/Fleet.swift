package import Foundation
import Logging
import Platform
import Serving
package import Topology
import WorkerMessages

/// Everything that serves: consumer groups, readers and their packs. Starts and stops reader groups.
package actor Fleet {
    /// Readers at most, of all groups together.
    static let readerCountMax = 256

    /// A consumer group as the fleet knows it.
    struct GroupEntry {
        let group: ConsumerGroup
        let isDeclared: Bool
        /// Finished when the group is removed.
        let removal: AsyncStream<Never>.Continuation
        /// What its readers serve; nil before the first one.
        var served: ServedGroup?
    }

    /// A reader as the fleet knows it.
    struct ReaderEntry {
        let reader: Reader
        /// Its model's real path.
        let modelPath: String
        /// Those who wait for its end. Bound: one per DELETE of it.
        var waiting: [AsyncStream<Never>.Continuation] = []
    }

    let configuration: FleetConfiguration
    let surveyor: Surveyor
    let packs: PackStore
    /// Where packs outlive this process; nil: nowhere.
    let packKeeper: PackKeeper?
    var groups: [String: GroupEntry] = [:] {
        didSet { directory.replace(with: groups.mapValues(\.served)) }
    }
    private nonisolated let directory = GroupDirectory()
    var readers: [ReaderID: ReaderEntry] = [:]
    /// Order of declaration.
    var readerOrder: [ReaderID] = []
    var cores: CoreLedger
    var memory = MemoryLedger()
    var isDraining = false
    /// Consumer groups that readers are being declared for; one entry a declaration under way.
    var declaring: [String] = []
    /// Those who wait for the last reader's end.
    private var drainers: [AsyncStream<Never>.Continuation] = []
    /// What `run` is to start. Bound: readers and groups that exist.
    private let children: AsyncStream<FleetChild>
    private let startChild: AsyncStream<FleetChild>.Continuation

    /// Makes a fleet in which nothing runs.
    package init(_ configuration: FleetConfiguration) {
        self.configuration = configuration
        surveyor = Surveyor(
            inspector: configuration.inspector, availableByteCount: configuration.availableByteCount)
        packs = PackStore(logger: configuration.logger)
        packKeeper = configuration.packCacheFolder.map { folder in
            PackKeeper(
                folder, threadCount: configuration.machine.usableProcessorCount,
                inspector: configuration.inspector, clock: configuration.clock, logger: configuration.logger)
        }
        cores = CoreLedger(machine: configuration.machine)
        (children, startChild) = AsyncStream.makeStream()
    }

    /// Reads all models of the topology and declares their readers; nothing is started if one of them cannot
    /// be.
    package func start() async throws(ControllerError) {
        for declaration in configuration.topology.consumerGroups { makeGroup(declaration) }
        var later = configuration.topology.readerGroups.flatMap(Self.coreRequests)
        for declaration in configuration.topology.readerGroups {
            later.removeFirst(declaration.replicas.value)
            try await declare(
                declaration, ids: declaration.readerIDs.map { ReaderID($0) }, within: nil, before: later)
        }
    }

    /// Runs readers until `drain()` is done; being cancelled ends them in mid-step.
    package func run() async {
        await withDiscardingTaskGroup { tasks in
            if let packKeeper { tasks.addTask { await packKeeper.run() } }
            for await child in children {
                tasks.addTask { await self.run(child) }
            }
        }
        surveyor.executor.stop()
    }

    /// Ends everything: readers finish what they and the queues hold until drain_timeout, what is left fails
    /// with a reason, and `run()` returns.
    package func drain() async {
        if !isDraining {
            isDraining = true
            configuration.logger.info("fleet is draining", metadata: ["readers": "\(readers.count)"])
            let deadline = configuration.clock.now() + configuration.topology.server.drainTimeout.value
            packKeeper?.finish(by: deadline)
            for entry in readers.values { entry.reader.desk.stop(.drain(deadline: deadline)) }
            for entry in groups.values { entry.group.close() }
        }
        if !readers.isEmpty {
            let (end, continuation) = AsyncStream.makeStream(of: Never.self)
            drainers.append(continuation)
            for await _ in end {}
        }
        for entry in groups.values {
            entry.group.terminate()
            entry.removal.finish()
        }
        startChild.finish()
    }

    /// Declares one more reader, as POST /reader does; it loads after this returns. Its name is made from the
    /// model's.
    package func addReader(_ declaration: ReaderDeclaration) async throws(ControllerError) -> ReaderID {
        guard !isDraining else { throw .draining }
        var declaration = declaration
        let base = declaration.modelDirectory.value.lastPathComponent
        var id: ReaderID
        repeat {
            let number = String(configuration.randomNumber() & 0xFFFF_FFFF, radix: 16)
            id = ReaderID("\(base)-\(String(repeating: "0", count: 8 - number.count))\(number)")
        } while readers[id] != nil
        declaration.name = id.name
        declaration.replicas.value = 1
        await takeIdentity(of: declaration.consumerGroup.value, into: &declaration)
        let roots = configuration.topology.server.modelRoots.value
        try await declare(declaration, ids: [id], within: roots, before: [])
        return id
    }

    /// Stops a reader and returns when it is gone. What it cannot finish in drain_timeout goes back to the
    /// queue.
    package func removeReader(_ id: ReaderID) async throws(ControllerError) {
        guard let entry = readers[id] else { throw .unknownReader(id) }
        let deadline = configuration.clock.now() + configuration.topology.server.drainTimeout.value
        entry.reader.desk.stop(.remove(deadline: deadline))
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        readers[id]?.waiting.append(continuation)
        for await _ in end {}
    }

    // MARK: - Questions

    /// The group that requests of this name go to; nil while none of its readers has brought a model.
    package nonisolated func servedGroup(named name: String) -> ServedGroup? { directory[name] }

    /// Names of all consumer groups, sorted.
    package nonisolated var groupNames: [String] { directory.names }

    /// config.json of a reader's model as it stands in the file; nil for an unknown reader.
    package func configurationJSON(of id: ReaderID) -> Data? {
        readers[id]?.reader.plan.summary.configurationJSON
    }

    /// What the pack cache has of a reader's pack, as far as can be said without reading it.
    package func packCacheEntry(of id: ReaderID) -> PackCacheEntry? {
        guard let folder = packKeeper?.folder, let key = readers[id]?.reader.plan.packCacheKey else {
            return nil
        }
        return PackCacheEntry(path: folder.path(of: key), folder.look(for: key))
    }

    /// Everything that runs, as of now; waits for no reader.
    package func snapshot() async -> FleetSnapshot {
        let now = configuration.clock.now()
        let readers = readerOrder.compactMap { self.readers[$0]?.reader.desk.snapshot(at: now) }
        var result: [FleetSnapshot.Group] = []
        for (name, served) in groups.sorted(by: { $0.key < $1.key }) {
            let queue = served.group.queue.snapshot()
            let own = readers.filter { $0.consumerGroup == name }
            var entry = FleetSnapshot.Group(
                name: name, queueDepth: queue.depth, queueLimit: queue.limit,
                oldestAgeSeconds: queue.oldestAge?.inSeconds ?? 0, readers: own)
            entry.queuedTokenCount = queue.promptTokenCount
            entry.queuedTokenLimit = queue.promptTokenLimit
            entry.queueLines = queue.lines
            result.append(entry)
            // The group may have got a reader while its queue was asked: look again at what holds now.
            if queue.depth == 0, own.isEmpty { removeGroupIfVacant(name) }
        }
        return FleetSnapshot(groups: result, packByteCount: memory.packByteCount, isDraining: isDraining)
    }

    // MARK: - Children

    /// Hands a child to `run`.
    func begin(_ child: FleetChild) { startChild.yield(child) }

    private func run(_ child: FleetChild) async {
        switch child {
        case .readers(let group):
            await group.run { await self.readerEnded($0) }
        case .consumers(let group, let removal):
            await withTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await group.run() }
                tasks.addTask { for await _ in removal {} }
                await tasks.next()
                tasks.cancelAll()
            }
            // A request that was on its way into the queue when the group went must hear of it.
            group.terminate()
        }
    }

    /// A reader's `run` has returned: its processes are gone, and so is its right to cores and memory.
    private func readerEnded(_ id: ReaderID) async {
        guard let entry = readers.removeValue(forKey: id) else { return }
        readerOrder.removeAll { $0 == id }
        cores.release(id)
        memory.release(id)
        shareSpinBudget()
        await groups[entry.reader.plan.consumerGroup]?.group.detach(id.name)
        for continuation in entry.waiting { continuation.finish() }
        configuration.logger.info("reader removed", metadata: ["reader.id": "\(id)"])
        if readers.isEmpty {
            for continuation in drainers { continuation.finish() }
            drainers = []
        }
    }

    /// Tells every reader how long its waits may spin, now that the number of threads has changed.
    func shareSpinBudget() {
        for entry in readers.values {
            entry.reader.desk.setSpinBudget(nanoseconds: cores.spinBudgetNanoseconds)
        }
    }
}
