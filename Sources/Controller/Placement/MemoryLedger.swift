/// Keeps what readers have reserved and not touched yet, so that a new one is reckoned against what is really
/// left.
///
/// Available memory as the system states it already lacks every touched page; only the untouched part of a
/// reservation has to be taken off. A pack is counted once, as long as a reader that uses it is declared.
struct MemoryLedger: Equatable, Sendable {
    /// What the system and the readers' processes say at the moment of a reservation.
    struct Reading: Equatable, Sendable {
        /// Bytes that could still be allocated.
        var availableByteCount: Int
        /// Private bytes each reader's processes hold already.
        var touched: [ReaderID: Int]
        /// Packs whose pages have all been touched, and are the system's to drop no more.
        var sealedPacks: Set<PackKey>
    }

    private struct Reservation: Equatable {
        var ownByteCount: Int
        var pack: PackKey
        var packByteCount: Int
    }

    private var reservations: [ReaderID: Reservation] = [:]

    /// Whether a declared reader uses this pack, built or not.
    func holds(_ pack: PackKey) -> Bool { reservations.values.contains { $0.pack == pack } }

    /// The pack of a declared reader with the same bytes in another place, if there is one.
    func holdsElsewhere(_ pack: PackKey) -> PackKey? {
        reservations.values.map(\.pack).filter { $0 != pack && $0.hasSameBytes(as: pack) }
            .min { $0.place.lexicographicallyPrecedes($1.place) }
    }

    /// Bytes promised to readers and packs and not touched.
    func outstandingByteCount(_ reading: Reading) -> Int {
        var packs: [PackKey: Int] = [:]
        var own = 0
        for (reader, reservation) in reservations {
            own += max(0, reservation.ownByteCount - reading.touched[reader, default: 0])
            if !reading.sealedPacks.contains(reservation.pack) {
                packs[reservation.pack] = reservation.packByteCount
            }
        }
        return own + packs.values.reduce(0, +)
    }

    /// Reserves a reader's memory and says how much was left for it, or refuses with the numbers. `demand` counts the
    /// pack unless this ledger holds it.
    @discardableResult
    mutating func reserve(
        _ demand: MemoryDemand, for reader: ReaderID, pack: PackKey, packByteCount: Int, reading: Reading
    ) throws(MemoryRefusal) -> Int {
        let left = reading.availableByteCount - outstandingByteCount(reading)
        if let refusal = demand.refusal(available: left) { throw refusal }
        reservations[reader] = Reservation(
            ownByteCount: demand.ownByteCount, pack: pack, packByteCount: packByteCount)
        return left
    }

    /// Packs of all reservations, each counted once.
    var packByteCount: Int {
        Dictionary(
            reservations.values.map { ($0.pack, $0.packByteCount) }, uniquingKeysWith: { first, _ in first }
        )
        .values.reduce(0, +)
    }

    /// The reader is gone.
    mutating func release(_ reader: ReaderID) { reservations[reader] = nil }
}
