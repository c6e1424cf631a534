import CPlatform

/// One rank's line of the control page, written by that rank and read by the controller.
///
/// Line: UInt64 [0] progress, [8] step, [16] compute ns, [24] wait ns, [32] read bytes, [40] gathered bytes,
/// [48] time of the last state change, [72] packed bytes; UInt32 [56] state, [60] layer, [64] gather. `bump` may
/// come from any thread of the rank, everything else from its main thread only.
package struct RankPage: Sendable {
    /// The page it is part of.
    package let page: ControlPage
    /// Whose line this is.
    package let rank: Int

    init(page: ControlPage, rank: Int) {
        precondition(0..<page.rankCount ~= rank, "rank \(rank) is outside 0..<\(page.rankCount)")
        self.page = page
        self.rank = rank
    }

    /// Says that one more work item is done: one relaxed addition.
    package func bump() {
        unsafe skein_add_relaxed_u64(long(at: 0), 1)
    }

    /// Changes the state, credits the time since the last change to the state left, and bumps.
    package func enter(_ state: RankState) {
        let now = skein_monotonic_nanoseconds()
        let since = unsafe skein_load_relaxed_u64(long(at: 48))
        let old = RankState(rawValue: unsafe skein_load_relaxed_u32(word(at: 56)))
        if since != 0 {
            switch old {
            case .waiting: unsafe skein_add_relaxed_u64(long(at: 24), now - since)
            case .computing, .loading: unsafe skein_add_relaxed_u64(long(at: 16), now - since)
            case .idle, nil: break
            }
        }
        unsafe skein_store_relaxed_u64(long(at: 48), now)
        unsafe skein_store_release_u32(word(at: 56), state.rawValue)
        bump()
    }

    /// Names the step that begins.
    package func begin(step: UInt64) {
        unsafe skein_store_relaxed_u64(long(at: 8), step)
    }

    /// Names the gather that comes next; a supervisor reports it if this rank stops.
    package func approach(layer: Int, gather: Int) {
        unsafe skein_store_relaxed_u32(word(at: 60), UInt32(layer))
        unsafe skein_store_relaxed_u32(word(at: 64), UInt32(gather))
        bump()
    }

    /// Counts bytes that were read from a checkpoint, and bumps.
    package func addRead(byteCount: Int) {
        unsafe skein_add_relaxed_u64(long(at: 32), UInt64(byteCount))
        bump()
    }

    /// Counts bytes that were written into the pack.
    package func addPacked(byteCount: Int) {
        unsafe skein_add_relaxed_u64(long(at: 72), UInt64(byteCount))
    }

    /// Counts bytes of a slice that were passed to another rank.
    package func addGathered(byteCount: Int) {
        unsafe skein_add_relaxed_u64(long(at: 40), UInt64(byteCount))
    }

    /// What the line says now.
    package func snapshot() -> RankSnapshot {
        var snapshot = RankSnapshot()
        unsafe snapshot.progress = skein_load_relaxed_u64(long(at: 0))
        snapshot.state = RankState(rawValue: unsafe skein_load_acquire_u32(word(at: 56))) ?? .computing
        unsafe snapshot.step = skein_load_relaxed_u64(long(at: 8))
        unsafe snapshot.layer = skein_load_relaxed_u32(word(at: 60))
        unsafe snapshot.gather = skein_load_relaxed_u32(word(at: 64))
        unsafe snapshot.computeNanoseconds = skein_load_relaxed_u64(long(at: 16))
        unsafe snapshot.waitNanoseconds = skein_load_relaxed_u64(long(at: 24))
        unsafe snapshot.readByteCount = skein_load_relaxed_u64(long(at: 32))
        unsafe snapshot.packedByteCount = skein_load_relaxed_u64(long(at: 72))
        unsafe snapshot.gatheredByteCount = skein_load_relaxed_u64(long(at: 40))
        return snapshot
    }

    @unsafe private func long(at offset: Int) -> UnsafeMutablePointer<UInt64> {
        unsafe (page.line(of: rank) + offset).assumingMemoryBound(to: UInt64.self)
    }

    @unsafe private func word(at offset: Int) -> UnsafeMutablePointer<UInt32> {
        unsafe (page.line(of: rank) + offset).assumingMemoryBound(to: UInt32.self)
    }
}
