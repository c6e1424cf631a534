/// Which sequences one reader passes over because another one holds their prefix in its cache and could take them now.
struct Passing {
    /// Readers that have asked, by name.
    let seats: [String: ReaderSeat]
    /// The reader that takes; nil passes nothing over.
    let seat: ReaderSeat?
    let now: Duration
    /// How long after its arrival a sequence waits for such a reader.
    let affinityWait: Duration
    /// When the first of those passed over is anybody's.
    private(set) var end: Duration?
    private var passedOverCount = 0
    /// Sequences left to each reader so far; it is not left more than it has room for.
    private var claims: [String: Int] = [:]

    init(seats: [String: ReaderSeat], seat: ReaderSeat?, now: Duration, affinityWait: Duration) {
        self.seats = seats
        self.seat = seat
        self.now = now
        self.affinityWait = affinityWait
    }

    /// Whether to leave a sequence to another reader.
    mutating func passesOver(_ sequence: QueuedSequence) -> Bool {
        guard let seat, !sequence.preferredReaders.isEmpty,
            !sequence.preferredReaders.contains(seat.readerID)
        else { return false }
        let end = sequence.arrival + affinityWait
        guard now < end, passedOverCount < QueueState.passedOverCountMax else { return false }
        let holder = sequence.preferredReaders.first { reader in
            guard let seat = seats[reader] else { return false }
            return seat.freeCount > claims[reader, default: 0]
        }
        guard let holder else { return false }
        claims[holder, default: 0] += 1
        passedOverCount += 1
        self.end = min(self.end ?? end, end)
        return true
    }
}
