import CPlatform
import Platform

/// Gathers through memory that all ranks map: ranks write their columns of one matrix, then count up.
///
/// Layout: a line of 128 bytes a rank (UInt32 [0] number of its last published gather, UInt32 [4] sleepers on
/// it, UInt64 [8] and [16] the size of its odd and even gathers), in 4096 bytes together; then three matrices
/// in turn.
///
/// Why three: rank A may be at `begin` of gather g when rank B has only published g - 1. By the contract of
/// `GatherBuffer` B may still read gather g - 2 then, so A needs a matrix that is neither g - 1 nor g - 2.
struct SharedMemoryTransport: GatherTransport {
    static let matrixCount = 3
    static let headerByteCount = 4096
    static let lineByteCount = 128
    /// A sleeper looks at the abort word this often.
    static let sleepMilliseconds: UInt32 = 100

    private let region: MappedRegion
    private let rank: Int
    private let rankCount: Int
    private let byteCountEach: Int
    private let page: RankPage

    static func byteCount(rankCount: Int, gatherByteCountMax: Int) -> Int {
        precondition(rankCount * lineByteCount <= headerByteCount, "\(rankCount) ranks are too many")
        return headerByteCount + matrixCount * roundedToPages(gatherByteCountMax)
    }

    init(
        _ region: MappedRegion, rank: Int, rankCount: Int, byteCountMax: Int, page: RankPage
    ) throws(CollectiveError) {
        let needed = Self.byteCount(rankCount: rankCount, gatherByteCountMax: byteCountMax)
        guard region.byteCount >= needed else {
            throw .sharedMemoryTooSmall(byteCount: region.byteCount, needed: needed)
        }
        self.region = region
        self.rank = rank
        self.rankCount = rankCount
        self.page = page
        byteCountEach = roundedToPages(byteCountMax)
    }

    @unsafe func matrix(_ number: UInt64) -> UnsafeMutablePointer<Float> {
        let offset = Self.headerByteCount + Int(number % UInt64(Self.matrixCount)) * byteCountEach
        return unsafe (region.base + offset).assumingMemoryBound(to: Float.self)
    }

    func exchange(_ gather: Gather) throws(CollectiveError) {
        publish(gather)
        var peer = firstMissing(gather.number, from: 0)
        if peer < rankCount {
            page.enter(.waiting)
            var wait = SpinWait(budgetNanoseconds: page.page.spinBudgetNanoseconds)
            while peer < rankCount {
                try waitFor(peer, gather, &wait)
                peer = firstMissing(gather.number, from: peer + 1)
            }
            page.enter(.computing)
        }
        try checkSizes(gather)
    }

    private func publish(_ gather: Gather) {
        unsafe skein_store_relaxed_u64(sizeWord(of: rank, gather.number), Self.size(gather))
        // Ordered against the sleepers' count: either we see the sleeper or it sees the number.
        unsafe skein_store_ordered_u32(numberWord(of: rank), gather.number)
        if unsafe skein_load_ordered_u32(sleeperWord(of: rank)) != 0 {
            unsafe skein_futex_wake_all(numberWord(of: rank))
        }
    }

    /// The first rank from `start` on that has not published gather `number`; the rank count if all have.
    private func firstMissing(_ number: UInt32, from start: Int) -> Int {
        var peer = start
        while peer < rankCount, hasCome(peer, number) { peer += 1 }
        return peer
    }

    private func missing(_ number: UInt32) -> [Int] {
        (0..<rankCount).filter { !hasCome($0, number) }
    }

    private func hasCome(_ peer: Int, _ number: UInt32) -> Bool {
        Self.isReached(number, by: unsafe skein_load_acquire_u32(numberWord(of: peer)))
    }

    /// Whether a counter that wraps has come to `number`; they are at most one apart.
    static func isReached(_ number: UInt32, by counter: UInt32) -> Bool {
        Int32(bitPattern: counter &- number) >= 0
    }

    private func waitFor(_ peer: Int, _ gather: Gather, _ wait: inout SpinWait) throws(CollectiveError) {
        while !hasCome(peer, gather.number) {
            if wait.spin() { continue }
            guard !page.page.isAborted else { throw page.aborted(missing: missing(gather.number)) }
            if !wait.isExhausted { continue }
            sleep(on: peer, gather.number)
        }
    }

    private func sleep(on peer: Int, _ number: UInt32) {
        _ = unsafe skein_add_ordered_u32(sleeperWord(of: peer), 1)
        let seen = unsafe skein_load_ordered_u32(numberWord(of: peer))
        if !Self.isReached(number, by: seen) {
            unsafe skein_futex_wait(numberWord(of: peer), seen, Self.sleepMilliseconds)
        }
        _ = unsafe skein_subtract_ordered_u32(sleeperWord(of: peer), 1)
    }

    private func checkSizes(_ gather: Gather) throws(CollectiveError) {
        let expected = Self.size(gather)
        for peer in 0..<rankCount {
            let found = unsafe skein_load_relaxed_u64(sizeWord(of: peer, gather.number))
            guard found == expected else {
                throw .mismatch(
                    at: page.gatherPoint, rank: peer, expected: Self.text(expected), found: Self.text(found))
            }
        }
    }

    private static func size(_ gather: Gather) -> UInt64 {
        UInt64(gather.buffer.rowCount) << 32 | UInt64(gather.buffer.columnCount)
    }

    private static func text(_ size: UInt64) -> String {
        "\(size >> 32) rows of \(size & 0xffff_ffff) columns"
    }

    @unsafe private func numberWord(of rank: Int) -> UnsafeMutablePointer<UInt32> {
        unsafe (region.base + rank * Self.lineByteCount).assumingMemoryBound(to: UInt32.self)
    }

    @unsafe private func sleeperWord(of rank: Int) -> UnsafeMutablePointer<UInt32> {
        unsafe (region.base + rank * Self.lineByteCount + 4).assumingMemoryBound(to: UInt32.self)
    }

    /// Two places in turn: a fast peer may be one gather ahead.
    @unsafe private func sizeWord(of rank: Int, _ number: UInt32) -> UnsafeMutablePointer<UInt64> {
        unsafe (region.base + rank * Self.lineByteCount + 8 + 8 * Int(number % 2))
            .assumingMemoryBound(to: UInt64.self)
    }
}

extension RankPage {
    /// The gather that the page names.
    var gatherPoint: GatherPoint {
        let now = snapshot()
        return GatherPoint(step: now.step, layer: Int(now.layer), gather: Int(now.gather))
    }

    /// The error of a wait that is given up: of those that did not come, it names the one farthest behind,
    /// and of equals one that does not wait itself. Nobody is missing when the last one came just before the
    /// look: then this rank names itself.
    func aborted(missing: [Int]) -> CollectiveError {
        let ranks = page.snapshots()
        let late = missing.min { position(ranks[$0]) < position(ranks[$1]) }
        return .aborted(at: gatherPoint, lateRank: late ?? rank)
    }

    private func position(_ rank: RankSnapshot) -> (UInt64, UInt32, UInt32, Int) {
        (rank.step, rank.layer, rank.gather, rank.state == .waiting ? 1 : 0)
    }
}
