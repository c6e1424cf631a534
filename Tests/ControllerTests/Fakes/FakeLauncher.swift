import Platform
import Synchronization
import WorkerMessages

@testable import Controller

/// Starts workers on threads of this process, over real sockets, control pages and memory files.
final class FakeLauncher: WorkerLaunching {
    /// What workers did, in order.
    enum Event: Sendable {
        case loaded(rank: Int, role: PackRole, transport: Transport, order: LoadOrder)
        case step(StepFrame)
        case violation(String)
    }

    /// Names a rank of one life of a reader, lives counted from 1.
    struct Identity: Sendable {
        let reader: String
        let life: Int
        let rank: Int
    }

    /// What the tests decide.
    let faults: @Sendable (Identity) -> Fault
    /// Builders pass it before they report.
    let buildGate = Gate(isOpen: true)
    /// Every rank passes it in every step.
    let stepGate = Gate(isOpen: true)

    private struct Contents {
        var lives: [(reader: String, life: FakeLife)] = []
        var events: [(reader: String, event: Event)] = []
        var channels: [WeakChannel] = []
    }

    private struct WeakChannel {
        weak let channel: FrameChannel?
    }

    private let contents = Mutex(Contents())

    init(faults: @escaping @Sendable (Identity) -> Fault = { _ in .none }) {
        self.faults = faults
    }

    func launch(_ launch: WorkerLaunch) async throws(SystemError) -> any LaunchedWorkers {
        let reader = launch.readerID.name
        var near: [FrameChannel] = []
        var far: [FrameChannel] = []
        for _ in 0..<launch.controlPage.rankCount {
            let (first, second) = try FrameChannel.pair()
            near.append(first)
            far.append(second)
        }
        let life = FakeLife(launcher: self, launch: launch, near: near, far: far)
        let number = contents.withLock { contents in
            contents.lives.append((reader, life))
            contents.channels += (near + far).map { WeakChannel(channel: $0) }
            return contents.lives.count { $0.reader == reader }
        }
        for rank in far.indices {
            let fault = faults(Identity(reader: reader, life: number, rank: rank))
            life.start(rank: rank, fault: fault)
        }
        return life
    }

    func record(_ event: Event, of reader: String) {
        contents.withLock { $0.events.append((reader, event)) }
    }

    /// Kills one rank of a reader's present life, as `kill -9` or another signal would.
    func kill(_ reader: String, rank: Int, signal: Int32 = 9) {
        let life = contents.withLock { $0.lives.last { $0.reader == reader }?.life }
        life?.strike(rank: rank, signal: signal)
    }

    /// What the workers of one reader, or of all, did.
    func events(of reader: String? = nil) -> [Event] {
        contents.withLock { $0.events.filter { reader == nil || $0.reader == reader }.map(\.event) }
    }

    /// Rules the controller broke.
    var violations: [String] {
        events().compactMap { if case .violation(let reason) = $0 { reason } else { nil } }
    }

    /// Frames that rank 0 of a reader has executed.
    func steps(of reader: String) -> [StepFrame] {
        events(of: reader).compactMap { if case .step(let frame) = $0 { frame } else { nil } }
    }

    /// Orders that rank 0 of a reader, or of all, got.
    func orders(of reader: String? = nil) -> [LoadOrder] {
        events(of: reader).compactMap {
            if case .loaded(rank: 0, _, _, let order) = $0 { order } else { nil }
        }
    }

    /// How many lives a reader has had.
    func lifeCount(of reader: String) -> Int { contents.withLock { $0.lives.count { $0.reader == reader } } }

    /// Control sockets that are still open somewhere. Forgets the lives first: what is left is the
    /// controller's.
    func openChannelCount() -> Int {
        contents.withLock { contents in
            contents.lives = []
            return contents.channels.count { $0.channel != nil }
        }
    }
}

/// One life of a reader's fake workers: plays the supervisor for them.
final class FakeLife: LaunchedWorkers {
    let launcher: FakeLauncher
    let rankCount: Int
    private let reader: String
    private let onEvent: @Sendable (SupervisionEvent) -> Void

    private struct Contents {
        /// Both ends are let go of before the end is reported, so that what is left open is the controller's
        /// fault.
        var near: [FrameChannel]
        var far: [FrameChannel]
        var running: Int
        var cause: DeathCause?
        var isLeaving = false
        var isOver = false
        var kept: [MappedRegion] = []
    }

    private let contents: Mutex<Contents>

    init(launcher: FakeLauncher, launch: WorkerLaunch, near: [FrameChannel], far: [FrameChannel]) {
        self.launcher = launcher
        rankCount = near.count
        reader = launch.readerID.name
        onEvent = launch.onEvent
        contents = Mutex(Contents(near: near, far: far, running: far.count))
    }

    var channels: [FrameChannel] { contents.withLock { $0.near } }

    var pids: [Int32] { (0..<rankCount).map(pid) }

    /// A number that is no process: negative ids never are.
    func pid(of rank: Int) -> Int32 { -1000 - Int32(rank) }

    var isOver: Bool { contents.withLock { $0.isOver } }

    func record(_ event: FakeLauncher.Event) { launcher.record(event, of: reader) }

    /// Keeps a mapping until the life is over.
    func keep(_ region: MappedRegion) { contents.withLock { $0.kept.append(region) } }

    func start(rank: Int, fault: Fault) {
        DedicatedThread.start(name: "fake \(rank)") { [self] in ended(rank, live(rank, fault)) }
    }

    private func live(_ rank: Int, _ fault: Fault) -> FakeWorker.End {
        var worker = FakeWorker(
            life: self, rank: rank, fault: fault, channel: contents.withLock { $0.far[rank] })
        return worker.run()
    }

    func beginServing() {}

    func expectExit() { contents.withLock { $0.isLeaving = true } }

    func kill() { end(because: .killed) }

    /// One rank dies, and with it all others.
    func strike(rank: Int, signal: Int32) {
        end(because: .exited(rank: rank, status: .killed(signal: signal)))
    }

    private func ended(_ rank: Int, _ end: FakeWorker.End) {
        let isExpected = contents.withLock { $0.isLeaving } && end == .asTold
        if !isExpected { self.end(because: .exited(rank: rank, status: .killed(signal: 9))) }
        let report: SupervisionEvent? = contents.withLock { contents in
            contents.running -= 1
            guard contents.running == 0 else { return nil }
            contents.near = []
            contents.far = []
            contents.kept = []
            if let cause = contents.cause { return .died(cause) }
            return .ended(Array(repeating: .exited(code: 0), count: rankCount))
        }
        if let report { onEvent(report) }
    }

    private func end(because cause: DeathCause) {
        let far = contents.withLock { contents in
            if contents.cause == nil { contents.cause = cause }
            contents.isOver = true
            return contents.far
        }
        for channel in far { channel.shutDown() }
        launcher.stepGate.wake()
        launcher.buildGate.wake()
    }
}
