import Models
import Platform
import Tensors
import WorkerMessages

/// A loaded worker's life: steps in turn until the controller says shutdown or closes its end.
///
/// A refused step is answered by a failure frame from every rank, and the worker stays. Buffers are used
/// again from step to step.
struct StepLoop {
    let socket: ControlSocket
    let loaded: WorkerLoading.Loaded

    /// Serves steps; returns when told to end.
    func run() throws {
        var frame = StepFrame()
        var result = StepResult()
        var writer = ByteWriter()
        loaded.page.enter(.idle)
        while let received = try socket.receive(bumping: loaded.page) {
            switch received.kind {
            case .shutdown: return
            case .step:
                loaded.page.enter(.computing)
                let refusal = try perform(received, &frame, into: &result)
                loaded.page.enter(.idle)
                if let refusal {
                    try socket.send(.failure, refusal)
                } else if loaded.rank == 0 {
                    result.encode(into: &writer)
                    try socket.send(.stepResult, payload: writer.bytes)
                }
            default:
                throw FailureReport(
                    code: .malformedFrame,
                    message: "a frame of kind \(received.kind) came where a step was due")
            }
        }
    }

    /// Executes one step; gives the reason if it is refused. Throws if the ranks lost each other.
    private func perform(
        _ received: ControlSocket.Frame, _ frame: inout StepFrame, into result: inout StepResult
    ) throws -> FailureReport? {
        let executor = loaded.executor
        loaded.team.setSpinCount(SpinCount.count(of: loaded.page))
        do {
            var reader = ByteReader(socket.buffer, range: 0..<received.byteCount)
            do { try frame.decode(from: &reader, limits: executor.limits) } catch {
                executor.skipStep()
                throw error
            }
            try executor.execute(frame, into: &result)
            return nil
        } catch let error as WireError {
            return FailureReport(error)
        } catch let report as FailureReport {
            return report
        }
    }
}

/// How long a team's threads spin between runs, from the control page's budget in nanoseconds.
private enum SpinCount {
    /// A look at the flag and a pause take about so long.
    static let nanosecondsPerLook: UInt32 = 20

    static func count(of page: RankPage) -> UInt32 {
        page.page.spinBudgetNanoseconds / nanosecondsPerLook
    }
}
