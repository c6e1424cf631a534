import WorkerMessages

/// Splits the time in which a reader had work into waiting for rank 0 and everything else, the controller's
/// share.
struct StepMeter: Equatable, Sendable {
    /// Where one step's time went.
    struct Step: Equatable, Sendable {
        /// From the last step's end, or the arrival of work, to this step's end.
        var total: Duration = .zero
        /// From the frame's sending to the result's arrival.
        var waiting: Duration = .zero
        /// The parts of `waiting` that rank 0 accounts for.
        var compute: Duration = .zero
        var collective: Duration = .zero
        var sample: Duration = .zero
        /// The part of `compute` that every rank repeats.
        var serial: Duration = .zero

        /// A phase's part; the parts add up to `total` unless rank 0 accounts for more than was waited.
        subscript(phase: ReaderMetrics.Phase) -> Duration {
            switch phase {
            case .plan: max(.zero, total - waiting)
            case .compute: compute
            case .collective: collective
            case .sample: sample
            case .wait: max(.zero, waiting - compute - collective - sample)
            }
        }
    }

    /// Steps finished.
    private(set) var stepCount: UInt64 = 0
    /// Tokens drawn.
    private(set) var tokenCount: UInt64 = 0
    /// Time with work, from the moment it was there to the end of the step that follows.
    private(set) var busy: Duration = .zero
    /// The part of `busy` outside the wait for rank 0's result.
    private(set) var controller: Duration = .zero

    /// The part of `busy` that rank 0 spent on what every rank repeats.
    private(set) var serial: Duration = .zero

    private var workSince: Duration?

    /// Work is there (again); a step is about to be planned. Times are monotonic.
    mutating func hasWork(at time: Duration) {
        if workSince == nil { workSince = time }
    }

    /// The reader has nothing to do, or lost its workers: what follows is not counted.
    mutating func hasNoWork() { workSince = nil }

    /// A step is over: waited for rank 0 for `waiting`, of which `result` accounts for the most, and its tokens
    /// are on their way at `time`.
    mutating func finishedStep(
        tokenCount drawn: Int, waiting: Duration, result: StepResult, at time: Duration
    ) -> Step {
        let step = Step(
            total: time - (workSince ?? time), waiting: waiting,
            compute: .nanoseconds(Int64(clamping: result.computeNanoseconds)),
            collective: .nanoseconds(Int64(clamping: result.gatherNanoseconds)),
            sample: .nanoseconds(Int64(clamping: result.sampleNanoseconds)),
            serial: .nanoseconds(Int64(clamping: result.serialNanoseconds)))
        stepCount += 1
        tokenCount += UInt64(drawn)
        busy += step.total
        controller += step[.plan]
        serial += step.serial
        workSince = time
        return step
    }
}
