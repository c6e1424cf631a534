/// Decides how long a reader whose workers died waits before it starts them again (design 2).
///
/// A reader that did useful work restarts at once; one that dies again and again while it starts waits twice
/// as long each time, so that a broken model does not burn a machine that other readers serve on.
struct RestartPolicy: Equatable, Sendable {
    /// What the workers were doing when they died.
    enum Phase: Equatable, Sendable {
        /// They had not reported ready.
        case loading
        /// They had been ready for `age` and finished `stepCount` steps.
        case serving(stepCount: UInt64, age: Duration)
    }

    /// The first wait.
    static let backoffMin: Duration = .milliseconds(250)
    /// The longest wait.
    static let backoffMax: Duration = .seconds(30)
    /// A death within this time of a start that finished no step counts as a failed start.
    static let earlyAge: Duration = .seconds(5)

    /// Failed starts in a row.
    private(set) var failedStartCount = 0

    /// Takes note of a death and returns the wait, zero for none.
    mutating func died(in phase: Phase) -> Duration {
        if case .serving(let stepCount, let age) = phase, stepCount > 0 || age >= Self.earlyAge {
            failedStartCount = 0
            return .zero
        }
        // 0.25 s doubles to 32 s in seven steps; more would only overflow.
        let doublings = min(failedStartCount, 7)
        failedStartCount += 1
        return min(Self.backoffMin * (1 << doublings), Self.backoffMax)
    }
}
