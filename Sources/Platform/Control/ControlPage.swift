import CPlatform

/// The page that a reader's controller and all its ranks map: the abort word, the spin budget and a line a
/// rank.
///
/// Layout, all zero at first: [0] UInt32 rank count; [128] UInt32 abort word; [256] UInt32 spin budget; [512
/// + 128 r] rank r's line, see `RankPage`. Every access is one atomic operation on an aligned word.
package final class ControlPage: Sendable {
    /// The page's length.
    package static let byteCount = 4096
    /// The most ranks a reader has.
    package static let rankCountMax = 16

    /// How many ranks the reader has.
    package let rankCount: Int
    private let file: MemoryFile
    private let region: MappedRegion

    /// Makes the page in the controller.
    package init(rankCount: Int) throws(SystemError) {
        precondition(
            1...Self.rankCountMax ~= rankCount, "rank count \(rankCount) is outside 1...\(Self.rankCountMax)")
        self.rankCount = rankCount
        file = try MemoryFile.create(name: "skein-control", byteCount: Self.byteCount)
        region = try file.map(.readWrite)
        unsafe skein_store_release_u32(word(at: 0), UInt32(rankCount))
    }

    /// Maps the page in a worker from the descriptor that the controller sent.
    package init(adopting descriptor: OwnedDescriptor) throws(SystemError) {
        file = try MemoryFile(adopting: descriptor, expectedByteCount: Self.byteCount)
        region = try file.map(.readWrite)
        let count = unsafe skein_load_acquire_u32(region.base.assumingMemoryBound(to: UInt32.self))
        guard 1...UInt32(Self.rankCountMax) ~= count else {
            throw SystemError(
                .unexpectedDescriptor,
                "control page names \(count) ranks, allowed are 1 to \(Self.rankCountMax)")
        }
        rankCount = Int(count)
    }

    /// What is passed to the workers.
    package var descriptor: OwnedDescriptor { file.descriptor }

    /// Tells every waiting rank to give up: collectives throw within 100 ms. There is no way back.
    package func abort() {
        unsafe skein_store_release_u32(word(at: 128), 1)
    }

    /// Whether `abort()` was called by anyone.
    package var isAborted: Bool {
        unsafe skein_load_acquire_u32(word(at: 128)) != 0
    }

    /// How long a wait spins before it sleeps, in nanoseconds; 0 where there are more threads than
    /// processors.
    package var spinBudgetNanoseconds: UInt32 {
        get { unsafe skein_load_relaxed_u32(word(at: 256)) }
        set { unsafe skein_store_relaxed_u32(word(at: 256), newValue) }
    }

    /// One rank's line.
    package func rank(_ rank: Int) -> RankPage {
        RankPage(page: self, rank: rank)
    }

    /// What every rank is doing, in rank order.
    package func snapshots() -> [RankSnapshot] {
        (0..<rankCount).map { rank($0).snapshot() }
    }

    @unsafe func line(of rank: Int) -> UnsafeMutableRawPointer {
        unsafe region.base + (512 + 128 * rank)
    }

    @unsafe private func word(at offset: Int) -> UnsafeMutablePointer<UInt32> {
        unsafe (region.base + offset).assumingMemoryBound(to: UInt32.self)
    }
}
