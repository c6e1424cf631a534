import Platform
import WorkerMessages

/// All ranks of one reader during one life: what the controller says to them and hears from them.
///
/// Everything here blocks and runs on the reader's own thread. A wait is bounded by the supervisor, which
/// ends workers that stand still, and their end ends the wait.
struct ReaderWorkers: Sendable {
    /// How long the other ranks may take to refuse a step that rank 0 has refused, and how often a long wait
    /// for rank 0 looks whether another rank has.
    static let refusalLimitMilliseconds: Int32 = 1000

    /// Ends them, and hears when they began to serve.
    let launched: any LaunchedWorkers
    /// The page they share with the controller.
    let controlPage: ControlPage
    /// The processors that each rank's threads are pinned to; empty where they are not.
    let cores: [[Int]]
    /// By rank.
    private(set) var processes: [WorkerProcess]

    private var buffer: [UInt8] = []
    private var writer = ByteWriter()
    /// Each rank's progress when it was last looked at.
    private var progress: [UInt64]

    /// Takes over workers that were just started.
    init(_ launched: any LaunchedWorkers, controlPage: ControlPage, cores: [[Int]]) {
        self.launched = launched
        self.cores = cores
        self.controlPage = controlPage
        progress = Array(repeating: 0, count: controlPage.rankCount)
        processes = zip(launched.pids, launched.channels).enumerated().map { rank, ends in
            WorkerProcess(rank: rank, pid: ends.0, channel: ends.1)
        }
        precondition(processes.count == controlPage.rankCount, "\(processes.count) workers were started")
    }
}

// MARK: - Loading

extension ReaderWorkers {
    /// Hears every rank's hello, checks the version and gives it its order.
    mutating func load(
        _ order: (_ rank: Int) -> LoadOrder, links: GatherLinks, writablePack: MemoryFile?
    ) throws(WorkerError) {
        for process in processes {
            let byteCount = try process.receive(.hello, into: &buffer)
            let hello = try process.decode(Hello.self, buffer, byteCount)
            guard hello.protocolVersion == protocolVersion else {
                throw .violation(
                    rank: process.rank,
                    reason: "speaks protocol version \(hello.protocolVersion), expected \(protocolVersion)")
            }
            var descriptors = [controlPage.descriptor] + links.descriptors(of: process.rank)
            if let writablePack { descriptors.append(writablePack.descriptor) }
            try process.send(
                .load, payload: Self.encode(order(process.rank)), descriptors: descriptors)
        }
    }

    /// Waits until every rank has written its share of the pack and let go of it.
    mutating func awaitPack() throws(WorkerError) {
        for index in processes.indices {
            let byteCount = try processes[index].receive(.packBuilt, into: &buffer)
            let report = try processes[index].decode(PackReport.self, buffer, byteCount)
            processes[index].bytesRead = report.bytesRead
        }
    }

    /// Hands every rank the finished pack and waits until all can take steps.
    mutating func map(_ pack: OwnedDescriptor) throws(WorkerError) {
        for process in processes { try process.send(.mapPack, descriptors: [pack]) }
        for index in processes.indices {
            let byteCount = try processes[index].receive(.ready, into: &buffer)
            let report = try processes[index].decode(ReadyReport.self, buffer, byteCount)
            processes[index].bytesRead = report.bytesRead
        }
    }

    /// The refusal that a rank may have sent before all were ended on its account, else `error` itself.
    mutating func firstRefusal(insteadOf error: WorkerError) -> WorkerError {
        for process in processes {
            // Losing these errors is the point: the socket is over, and its last words are all that matters.
            while (try? process.hasFrame(within: 0)) == true,
                let frame = try? process.receiveAny(into: &buffer)
            {
                if frame.kind == .failure,
                    let report = try? WorkerProcess.report(buffer, frame.byteCount, process.rank)
                {
                    return .refused(rank: process.rank, report)
                }
            }
        }
        return error
    }

    private static func encode(_ value: some Encodable) -> [UInt8] {
        guard let bytes = try? RareFrame.encode(value) else {
            preconditionFailure("an order of plain numbers and text cannot be written as JSON")
        }
        return bytes
    }
}

// MARK: - Steps

extension ReaderWorkers {
    /// Sends the step to every rank; calls `onLast` when the last one is about to have it.
    ///
    /// The rank on this thread's processor comes last: it may take the processor the moment it is woken, and would
    /// then wait in a gather for ranks whose frames this thread still has.
    mutating func send(_ frame: StepFrame, onLast: () -> Void) throws(WorkerError) {
        writer.removeAll()
        frame.encode(into: &writer)
        let processor = ThreadAffinity.processor() ?? -1
        let last = cores.firstIndex { $0.contains(processor) } ?? processes.count - 1
        for process in processes where process.rank != last {
            try process.send(.step, payload: writer.bytes)
        }
        onLast()
        try processes[last].send(.step, payload: writer.bytes)
    }

    /// Waits for rank 0's answer. A report instead of nil: every rank has refused the step and waits for the
    /// next.
    mutating func receiveResult(
        into result: inout StepResult, limits: StepLimits, onProgress: () -> Void
    ) throws(WorkerError) -> FailureReport? {
        let root = processes[0]
        while !(try root.hasFrame(within: Self.refusalLimitMilliseconds)) {
            try requireNoRefusalAlone()
            if haveAllMoved() { onProgress() }
        }
        let (kind, byteCount) = try root.receiveAny(into: &buffer)
        switch kind {
        case .stepResult:
            try decodeResult(byteCount, into: &result, limits: limits)
            return nil
        case .failure:
            let report = try WorkerProcess.report(buffer, byteCount, 0)
            try awaitRefusals()
            return report
        default: throw .violation(rank: 0, reason: "sent \(kind) where a step's result was due")
        }
    }

    /// Whether every rank's progress counter has moved since this was last asked.
    mutating func haveAllMoved() -> Bool {
        let now = controlPage.snapshots().map(\.progress)
        defer { progress = now }
        return zip(now, progress).allSatisfy { $0 != $1 }
    }

    /// Tells every rank to end by itself.
    func shutDown() {
        launched.expectExit()
        // A rank that is gone already needs no word.
        for process in processes { try? process.send(.shutdown) }
    }

    private func decodeResult(
        _ byteCount: Int, into result: inout StepResult, limits: StepLimits
    ) throws(WorkerError) {
        var reader = ByteReader(buffer, range: 0..<byteCount)
        do throws(WireError) {
            try result.decode(from: &reader, limits: limits)
        } catch {
            throw .violation(rank: 0, reason: "sent a malformed step result: \(error)")
        }
    }

    /// The ranks check a step alike, so one that refuses what rank 0 computes is not to be trusted.
    private mutating func requireNoRefusalAlone() throws(WorkerError) {
        for process in processes.dropFirst() where try process.hasFrame(within: 0) {
            let (kind, byteCount) = try process.receiveAny(into: &buffer)
            guard kind == .failure else {
                throw .violation(rank: process.rank, reason: "sent \(kind) during a step")
            }
            throw .refused(rank: process.rank, try WorkerProcess.report(buffer, byteCount, process.rank))
        }
    }

    private mutating func awaitRefusals() throws(WorkerError) {
        for process in processes.dropFirst() {
            guard try process.hasFrame(within: Self.refusalLimitMilliseconds) else {
                throw .violation(rank: process.rank, reason: "did not refuse a step that rank 0 refused")
            }
            let (kind, _) = try process.receiveAny(into: &buffer)
            guard kind == .failure else {
                throw .violation(rank: process.rank, reason: "sent \(kind) for a step that rank 0 refused")
            }
        }
    }
}
