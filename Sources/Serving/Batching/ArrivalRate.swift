/// How fast sequences arrive, from the gaps between them.
///
/// The mean gap weighs the last arrivals most (each an eighth), so it follows a change within some arrivals, however
/// fast they come; a silence counts as a gap of `gapMax`, so that it does not outweigh many of them. A gap that is
/// still open counts as soon as it is longer than the mean.
struct ArrivalRate: Equatable, Sendable {
    /// What a new gap weighs.
    static let weight = 0.125
    /// Arrivals at one moment that are told apart; more of them would change nothing.
    static let simultaneousCountMax = 32

    /// What a longer gap counts as.
    let gapMax: Duration
    private var last: Duration?
    private var meanGap: Duration?

    /// No history.
    init(gapMax: Duration) {
        self.gapMax = gapMax
    }

    /// Takes note of `count` arrivals at once.
    mutating func note(_ count: Int, at now: Duration) {
        defer { last = now }
        guard let last else { return }
        let gap = min(now - last, gapMax) / max(1, count)
        for _ in 0..<min(count, Self.simultaneousCountMax) {
            meanGap = meanGap.map { $0 + (gap - $0) * Self.weight } ?? gap
        }
    }

    /// How long until the next arrival, by all that is known at `now`; nil before the second arrival.
    func gap(at now: Duration) -> Duration? {
        guard let last, let meanGap else { return nil }
        return max(meanGap, now - last)
    }

    /// When the open gap will be `length` long.
    func time(whenGapIs length: Duration) -> Duration? {
        last.map { $0 + length }
    }
}
