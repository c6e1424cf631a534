import DequeModule

/// Surges of arrivals: what they have been like, and what the present one will be like if it is like them.
///
/// A surge is a row of arrivals with gaps of at most `gapMax`. One that is much smaller than most (a quarter of the
/// middle one) is a straggler and not remembered, so that single requests between floods do not hide the floods.
struct SurgeHistory: Equatable, Sendable {
    /// Surges remembered.
    static let surgeCountMax = 16
    /// Surges before which nothing is expected.
    static let surgeCountMin = 2
    /// How far, as a share of the middle one, the pauses between surges may lie apart for the next start to be known.
    static let rhythmTolerance = 0.25

    /// One surge.
    struct Surge: Equatable, Sendable {
        /// Its first arrival.
        let start: Duration
        /// Its last arrival so far.
        var end: Duration
        /// Arrivals.
        var count: Int
    }

    /// The longest gap inside a surge.
    let gapMax: Duration
    private var past: Deque<Surge> = []
    private var present: Surge?

    /// No history.
    init(gapMax: Duration) {
        self.gapMax = gapMax
    }

    /// Takes note of `count` arrivals at once.
    mutating func note(_ count: Int, at now: Duration) {
        if let surge = present, now - surge.end <= gapMax {
            present = Surge(start: surge.start, end: now, count: surge.count + count)
            return
        }
        if let surge = present { remember(surge) }
        present = Surge(start: now, end: now, count: count)
    }

    /// Until when the present surge is expected to bring more; nil if it is over, has brought all that was to be
    /// expected, or nothing is known.
    func expectedEnd(at now: Duration) -> Duration? {
        guard let present, now - present.end <= gapMax else { return nil }
        // Those that grew at least as large as this one has.
        let similar = past.filter { $0.count >= present.count }
        guard similar.count >= Self.surgeCountMin else { return nil }
        let count = Self.middle(similar.map(\.count))
        guard count > present.count else { return nil }
        let end = present.start + Self.middle(similar.map { $0.end - $0.start })
        // If it goes on at all, then within the longest gap.
        let expected = min(end, present.end + gapMax)
        return expected > now ? expected : nil
    }

    /// When the next surge is expected to begin, if they have kept a rhythm; nil otherwise.
    func expectedStart(after now: Duration) -> Duration? {
        guard past.count > Self.surgeCountMin, let last = past.last else { return nil }
        let pauses = zip(past.dropFirst(), past).map { $0.start - $1.start }
        let pause = Self.middle(pauses)
        guard pause > gapMax, let shortest = pauses.min(), let longest = pauses.max(),
            longest - shortest <= pause * Self.rhythmTolerance
        else { return nil }
        let start = last.start + pause
        return start > now ? start : nil
    }

    private mutating func remember(_ surge: Surge) {
        if past.count >= Self.surgeCountMin, surge.count * 4 < Self.middle(past.map(\.count)) { return }
        past.append(surge)
        if past.count > Self.surgeCountMax { past.removeFirst() }
    }

    private static func middle<Value: Comparable>(_ values: [Value]) -> Value {
        values.sorted()[values.count / 2]
    }
}
