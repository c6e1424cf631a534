/// Splits the time in which a reader had work into waiting for rank 0 and everything else, the controller's
/// share.
struct StepMeter: Equatable, Sendable {
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

    /// A step is over: waited for rank 0 for `waiting`, of which it spent `repeated` on what every rank
    /// repeats, and its tokens are on their way at `time`.
    mutating func finishedStep(
        tokenCount drawn: Int, waiting: Duration, repeated: Duration, at time: Duration
    ) {
        let start = workSince ?? time
        stepCount += 1
        tokenCount += UInt64(drawn)
        busy += time - start
        controller += max(.zero, time - start - waiting)
        serial += repeated
        workSince = time
    }
}
