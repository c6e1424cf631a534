import Logging
import Platform
import Serving
import WorkerMessages

/// What a reader needs of the rest of the controller.
struct ReaderSurroundings: Sendable {
    /// Starts its workers.
    let launcher: any WorkerLaunching
    /// Where its pack comes from.
    let packs: PackStore
    /// Where packs outlive the process; nil: nowhere.
    let packKeeper: PackKeeper?
    /// Whose queue it takes from.
    let group: ConsumerGroup
    /// Time.
    let clock: ServingClock
    /// The process's logger.
    let logger: Logger
    /// Its counters.
    let metrics: ReaderMetrics
    /// How long it may measure its steps before it serves; zero: not at all.
    let calibrationLimit: Duration
    /// How pressed the machine is, 0 to 1; may block.
    let machinePressure: @Sendable () -> Double
}

/// One replica of a model: starts its workers, takes sequences, executes steps, and begins again when workers
/// die.
///
/// Runs on a thread of its own, where step I/O may block; between steps it suspends at least once. Only
/// `run()` changes its state, so nothing changes behind an `await` but what the desk says.
actor Reader {
    /// How long the end of workers that were killed is waited for; a process that the kernel cannot end is
    /// left behind.
    static let reapLimit: Duration = .seconds(10)
    /// How long workers may take to end by themselves.
    static let exitLimit: Duration = .seconds(5)
    /// How long the supervisor may take to say why a control socket ended.
    static let causeLimit: Duration = .seconds(2)

    nonisolated let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.unowned }
    /// Where others leave word and read its state.
    nonisolated let desk: ReaderDesk
    /// What was decided about it.
    nonisolated let plan: ReaderPlan

    let surroundings: ReaderSurroundings
    var lifecycle = ReaderLifecycle()
    var scheduler: Scheduler
    var meter = StepMeter()
    var workers: ReaderWorkers?
    var frame = StepFrame()
    var result = StepResult()
    /// Its place at the queue.
    let seat: ReaderSeat
    /// What it was told when the queue last had nothing for it.
    var deferral: QueueDeferral?
    var pressure: PressureGauge
    /// Whether its workers map a file of the pack cache.
    var mapsCachedPack = false
    private var pack: PackGrant?
    private var transport: Transport
    private var shownState: ReaderState?

    /// Makes a reader; `run()` starts it.
    init(plan: ReaderPlan, surroundings: ReaderSurroundings) {
        self.plan = plan
        self.surroundings = surroundings
        executor = ThreadExecutor(name: "reader \(plan.readerID)")
        seat = ReaderSeat(readerID: plan.readerID.name)
        desk = ReaderDesk(plan.firstSnapshot(), seat: seat)
        scheduler = Scheduler(limits: plan.limits, tracksPrefixChanges: true)
        pressure = PressureGauge(read: surroundings.machinePressure)
        transport = plan.transport ?? .shm
    }

    /// Serves until it is told to end and has ended. Call it once.
    func run() async {
        await withTaskCancellationHandler {
            var turn = lifecycle.begin()
            while turn != .end {
                // Before it is shown to serve: who sees that may send requests at once.
                if turn == .serve, desk.stopOrder == nil {
                    await surroundings.group.markReady(plan.readerID.name)
                }
                showState()
                turn = desk.stopOrder == nil ? await take(turn) : await stop()
            }
            showState()
            pack = nil
            // What this gives back is closed here, on the reader's own thread.
            _ = await surroundings.packs.release(plan.readerID)
            surroundings.metrics.destroy()
        } onCancel: {
            desk.stop(.now)
        }
        executor.stop()
    }

    private func take(_ turn: ReaderLifecycle.Turn) async -> ReaderLifecycle.Turn {
        switch turn {
        case .obtainPack: return await obtainPack()
        case .load: return await load()
        case .serve: return await serve()
        case .wait(let duration):
            let clock = surroundings.clock
            _ = await untilStopped { try? await clock.sleep(duration) }
            return lifecycle.waited()
        case .park:
            _ = await untilStopped { await Self.waitForCancellation() }
            return .park
        case .end: return .end
        }
    }

    /// It was told to end before the turn began: workers that had just become ready must not outlive it.
    private func stop() async -> ReaderLifecycle.Turn {
        if workers != nil { await shutDown() }
        return lifecycle.stopped()
    }

    /// Puts the lifecycle up on the desk.
    func showState() {
        desk.update { snapshot in
            snapshot.state = lifecycle.state
            snapshot.restarts = lifecycle.restartCount
            snapshot.lastError = lifecycle.lastError
            snapshot.isPackCached = mapsCachedPack
            if lifecycle.state != shownState { snapshot.loading = loadingProgress }
        }
        guard lifecycle.state != shownState else { return }
        shownState = lifecycle.state
        surroundings.logger.debug(
            "reader changed its state", metadata: logMetadata(["reader.state": "\(lifecycle.state.name)"]))
    }

    /// Where nothing of the pack is done yet.
    private var loadingProgress: LoadingProgress? {
        let work: LoadingProgress.Work
        switch lifecycle.state {
        case .buildingPack: work = .packing
        case .checkingPack: work = .checking
        default: return nil
        }
        return LoadingProgress(work: work, doneByteCount: 0, totalByteCount: plan.summary.packByteCount)
    }

    /// Waits for `wait` to end, or for an order to stop, which makes it nil.
    private func untilStopped<Value: Sendable>(
        _ wait: @escaping @Sendable () async -> Value?
    ) async -> Value? {
        let desk = desk
        return await withTaskGroup(of: Value?.self) { tasks in
            tasks.addTask { await wait() }
            tasks.addTask {
                for await _ in desk.news() where desk.stopOrder != nil { break }
                return nil
            }
            let first = await tasks.next()
            tasks.cancelAll()
            return first ?? nil
        }
    }

    private static func waitForCancellation() async -> Void? {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in stream {}
        continuation.finish()
        return nil
    }
}

// MARK: - Starting

extension Reader {
    private func obtainPack() async -> ReaderLifecycle.Turn {
        let grants = await surroundings.packs.request(
            plan.packKey, byteCount: plan.summary.packByteCount, by: plan.readerID)
        pack = await untilStopped {
            for await grant in grants { return grant }
            return nil
        }
        switch pack {
        case .build: return await findPack()
        case .map: return lifecycle.gotPack(isBuilder: false)
        case .failed(let error): return await recover(from: .system(error), in: .loading)
        case nil:
            _ = await surroundings.packs.withdraw(plan.readerID)
            return lifecycle.stopped()
        }
    }

    /// Looks into the pack cache before anything is built. Blocks this thread while a file is checked.
    private func findPack() async -> ReaderLifecycle.Turn {
        guard let keeper = surroundings.packKeeper, let key = plan.packCacheKey else {
            return lifecycle.gotPack(isBuilder: true)
        }
        lifecycle.checksPack()
        showState()
        let desk = desk
        let found = keeper.find(key, metadata: logMetadata) { byteCount in
            desk.notePackChecked(byteCount: byteCount)
            return desk.stopOrder == nil
        }
        guard desk.stopOrder == nil else {
            _ = await surroundings.packs.withdraw(plan.readerID)
            return lifecycle.stopped()
        }
        guard let found else { return lifecycle.gotPack(isBuilder: true) }
        do throws(SystemError) {
            pack = .map(try await surroundings.packs.adopt(found, as: plan.packKey, by: plan.readerID))
        } catch {
            return await recover(from: .system(error), in: .loading)
        }
        return lifecycle.gotPack(isBuilder: false)
    }

    private func load() async -> ReaderLifecycle.Turn {
        let grant = pack
        pack = nil
        let built: SealedPack?
        do throws(WorkerError) {
            let links = try makeLinks()
            try await start()
            built = try await load(grant, links: links)
        } catch {
            return await recover(from: error, in: .loading)
        }
        workers?.launched.beginServing()
        desk.setBytesRead(workers?.processes.map(\.bytesRead) ?? [])
        do throws(WorkerError) {
            try calibrate()
        } catch {
            return await recover(from: error, in: .loading)
        }
        // Not before: copying would be measured, too.
        if let built, let key = plan.packCacheKey {
            surroundings.packKeeper?.offer(
                PackToKeep(key: key, descriptor: built.descriptor), of: plan.modelDirectory)
        }
        return lifecycle.becameReady()
    }

    /// Measures some steps, so that the first ones already have the right size. Ends early where the next step would
    /// take longer than what is left of the time for it.
    private func calibrate() throws(WorkerError) {
        var left = surroundings.calibrationLimit
        let steps = scheduler.calibrationSteps
        for (index, step) in steps.enumerated() {
            let expected = Duration.seconds(scheduler.costs.seconds(rowCount: step.rowCount, readCount: 0))
            guard left > max(.zero, expected) else { return }
            scheduler.planCalibration(step, into: &frame)
            let (duration, refusal) = try exchange()
            if let refusal { throw .violation(rank: 0, reason: "calibration refused: \(refusal.message)") }
            scheduler.noteCalibration(step, isFirst: index == 0, duration: duration)
            left -= duration
        }
    }

    /// Sends the frame and waits for its result; gives the time of that, or the refusal of all ranks.
    func exchange() throws(WorkerError) -> (duration: Duration, refusal: FailureReport?) {
        let clock = surroundings.clock
        // Not the end of the last send: the rank that it wakes may hold this thread up while it computes.
        var start = clock.now()
        try workers?.send(frame) { start = clock.now() }
        let desk = desk
        let refusal = try workers?.receiveResult(into: &result, limits: plan.stepLimits) {
            desk.noteProgress(at: clock.now())
        }
        return (clock.now() - start, refusal)
    }

    /// Makes what connects the ranks; where shared memory cannot be had and nobody insists on it, sockets.
    private func makeLinks() throws(WorkerError) -> GatherLinks {
        let byteCount = plan.summary.gatherByteCount
        do throws(SystemError) {
            return try GatherLinks(transport, rankCount: plan.rankCount, byteCount: byteCount)
        } catch {
            guard plan.transport == nil, transport == .shm else { throw .system(error) }
            surroundings.logger.warning(
                "shared gather memory cannot be had, ranks use sockets",
                metadata: logMetadata(["error": "\(error)"]))
        }
        transport = .unix
        desk.update { $0.layout.transport = .unix }
        do throws(SystemError) {
            return try GatherLinks(.unix, rankCount: plan.rankCount, byteCount: byteCount)
        } catch {
            throw .system(error)
        }
    }

    private func start() async throws(WorkerError) {
        let number = desk.nextLifeNumber()
        let reader = plan.readerID
        let desk = desk
        let logger = surroundings.logger
        do throws(SystemError) {
            let page = try ControlPage(rankCount: plan.rankCount)
            let launch = WorkerLaunch(readerID: reader, controlPage: page) { event in
                switch event {
                case .standardErrorLine(let rank, let line):
                    WorkerLogLine(line).emit(to: logger, reader: reader, rank: rank)
                case .died(let cause): desk.reportEnd(.died(cause), ofLife: number)
                case .ended: desk.reportEnd(.ended, ofLife: number)
                }
            }
            let launched = try await surroundings.launcher.launch(launch)
            workers = ReaderWorkers(launched, controlPage: page, cores: plan.placement.cores)
            desk.begin(life: number, launched, controlPage: page)
        } catch {
            throw .system(error)
        }
    }

    /// Loads the workers with the pack that was granted; gives it back if they have built it.
    private func load(_ grant: PackGrant?, links: GatherLinks) async throws(WorkerError) -> SealedPack? {
        let plan = plan
        let transport = transport
        switch grant {
        case .build(let file):
            mapsCachedPack = false
            try workers?.load(
                { plan.order(rank: $0, role: .build, transport: transport) }, links: links, writablePack: file
            )
            try workers?.awaitPack()
            let sealed: SealedPack
            do throws(SystemError) {
                sealed = try await surroundings.packs.seal(plan.packKey, by: plan.readerID)
            } catch {
                throw .system(error)
            }
            lifecycle.sealedPack()
            showState()
            try workers?.map(sealed.descriptor)
            return sealed
        case .map(let pack):
            mapsCachedPack = pack.isCached
            try workers?.load(
                { plan.order(rank: $0, role: pack.role, transport: transport) }, links: links,
                writablePack: nil)
            try workers?.map(pack.descriptor)
            return nil
        case .failed, nil: preconditionFailure("\(plan.readerID) loads without a pack")
        }
    }
}
