import CPlatform

/// Spinning within a budget of time, before a wait goes to sleep.
struct SpinWait {
    /// Rounds between two looks at the clock.
    static let roundCountBetweenLooks = 64

    /// No time is left; from now on the caller sleeps.
    private(set) var isExhausted: Bool
    private let budget: UInt64
    private var start: UInt64 = 0
    private var roundCount = 0

    /// A budget of 0 never spins.
    init(budgetNanoseconds: UInt32) {
        budget = UInt64(budgetNanoseconds)
        isExhausted = budgetNanoseconds == 0
    }

    /// Spins one short round. False: the caller looks at the abort word now, and whether the budget is
    /// exhausted.
    mutating func spin() -> Bool {
        if isExhausted { return false }
        skein_spin_pause()
        roundCount += 1
        if roundCount % Self.roundCountBetweenLooks != 0 { return true }
        return look()
    }

    /// Looks at the clock after a round that took long by itself, like a system call. Always false, as
    /// `spin`.
    @discardableResult
    mutating func look() -> Bool {
        if isExhausted { return false }
        let now = skein_monotonic_nanoseconds()
        if start == 0 { start = now }
        isExhausted = now - start >= budget
        return false
    }
}
