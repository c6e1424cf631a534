import Glibc

/// One reader as the supervisor's thread sees it.
///
/// watching -> (dying | leaving) -> finished, leaving -> (dying | evicted) -> finished. Dying and evicted:
/// killed, not all reaped yet; evicted: it had been told to leave, so its end is no death.
struct WatchedReader {
    /// Something of a rank that can be polled.
    enum Part {
        case process(rank: Int)
        case standardError(rank: Int)
    }

    private enum Stage: Equatable {
        case watching
        case leaving
        case evicted
        case dying(DeathCause)
        case finished
    }

    var phase = SupervisionPhase.loading
    private let reader: SupervisedReader
    private var stage = Stage.watching
    private var detector: StallDetector
    private var statuses: [ProcessExit?]
    private var standardErrors: [OwnedDescriptor?]
    private var lines: [LineSplitter]
    /// What each rank's threads did when its process was last looked at.
    private var activities: [ThreadActivity]

    init(_ reader: SupervisedReader) {
        self.reader = reader
        detector = StallDetector(rankCount: reader.controlPage.rankCount)
        statuses = reader.processes.map { _ in nil }
        standardErrors = reader.processes.map(\.standardError)
        lines = reader.processes.map { _ in LineSplitter() }
        activities = reader.processes.map { _ in ThreadActivity() }
        if reader.processes.isEmpty { report() }
    }

    var isFinished: Bool { stage == .finished }

    /// What is worth polling, with its descriptor.
    var openParts: [(descriptor: Int32, part: Part)] {
        var parts: [(descriptor: Int32, part: Part)] = []
        for (rank, process) in reader.processes.enumerated() {
            if let pipe = standardErrors[rank] { parts.append((pipe.rawValue, .standardError(rank: rank))) }
            if statuses[rank] == nil { parts.append((process.pidfd.rawValue, .process(rank: rank))) }
        }
        return parts
    }

    mutating func expectExit() {
        if stage == .watching { stage = .leaving }
    }

    /// Kills every process; the report follows when all have been reaped.
    mutating func kill(because cause: DeathCause) {
        switch stage {
        case .watching: stage = .dying(cause)
        case .leaving: stage = cause == .killed ? .evicted : .dying(cause)
        case .evicted, .dying, .finished: return
        }
        reader.controlPage.abort()
        for (rank, process) in reader.processes.enumerated() where statuses[rank] == nil {
            process.killGroup()
        }
    }

    /// Takes what a readable part has to give.
    mutating func read(_ part: Part) {
        switch part {
        case .standardError(let rank): drain(rank, readCountMax: Self.readCountMax)
        case .process(let rank): reap(rank)
        }
    }

    /// Looks at the progress counters.
    mutating func tick(isOnTime: Bool) {
        guard stage == .watching else { return }
        let ranks = reader.controlPage.snapshots()
        let processes = reader.processes
        var activities = activities
        let stalled = detector.tick(isOnTime: isOnTime, phase: phase, ranks: ranks) { rank in
            guard rank < processes.count else { return false }
            let earlier = activities[rank]
            activities[rank] = ThreadActivity.sample(pid: processes[rank].pid)
            return activities[rank].isStarved(since: earlier)
        }
        self.activities = activities
        if let stalled { kill(because: .stalled(rank: stalled, snapshot: ranks[stalled])) }
    }

    private mutating func reap(_ rank: Int) {
        // It has ended. What it started must not outlive it; until it is reaped, its group's number is its
        // own.
        reader.processes[rank].killGroup()
        let status: ProcessExit
        do throws(SystemError) {
            guard let reaped = try reader.processes[rank].reap() else { return }
            status = reaped
        } catch {
            // Someone else reaped it: it is gone, and how it ended is unknown.
            status = .killed(signal: 0)
        }
        statuses[rank] = status
        // Nobody writes any more, so this ends.
        drain(rank, readCountMax: Int.max)
        let isExpected = stage == .leaving && status == .exited(code: 0)
        if !isExpected { kill(because: .exited(rank: rank, status: status)) }
        if !statuses.contains(nil) { report() }
    }

    private mutating func report() {
        for rank in lines.indices { closeStandardError(rank) }
        switch stage {
        case .dying(let cause): reader.onEvent(.died(cause))
        case .watching, .leaving, .evicted: reader.onEvent(.ended(statuses.compactMap(\.self)))
        case .finished: return
        }
        stage = .finished
    }
}

// MARK: - Standard error

extension WatchedReader {
    /// How often one pipe is read before the others have their turn: a worker that writes without end must
    /// not keep the supervisor from its ticks.
    private static let readCountMax = 16

    private mutating func drain(_ rank: Int, readCountMax: Int) {
        guard let pipe = standardErrors[rank] else { return }
        let onEvent = reader.onEvent
        var part = [UInt8](repeating: 0, count: LineSplitter.byteCountMax)
        for _ in 0..<readCountMax {
            let count = unsafe Glibc.read(pipe.rawValue, &part, part.count)
            if count > 0 {
                lines[rank].append(part[..<count]) { onEvent(.standardErrorLine(rank: rank, line: $0)) }
            } else if count == 0 {
                return closeStandardError(rank)
            } else if errno != EINTR {
                return
            }
        }
    }

    private mutating func closeStandardError(_ rank: Int) {
        let onEvent = reader.onEvent
        lines[rank].finish { onEvent(.standardErrorLine(rank: rank, line: $0)) }
        standardErrors[rank] = nil
    }
}
