import Serving
import WorkerMessages

/// What one reader will ask of memory, in bytes.
struct MemoryDemand: Equatable, Sendable {
    /// Memory of a worker besides what is reckoned by itself: the program's own pages, stacks, the checkpoint's
    /// headers, and while it packs the buffers for reading. An allowance: an idle worker of the demo model takes 14 MB.
    static let processByteCount = 24 << 20

    /// The pack, 0 if it is in memory already.
    var packByteCount: Int
    /// By rank: one KV block.
    var blockByteCounts: [Int]
    /// By rank: activation buffers.
    var activationByteCounts: [Int]
    /// Shared gather memory.
    var gatherByteCount: Int
    /// What it was reckoned for.
    var limits: SchedulerLimits

    /// Reckons a reader's demand from its model.
    init(summary: ModelSummary, isPackPresent: Bool, limits: SchedulerLimits) {
        packByteCount = isPackPresent ? 0 : summary.packByteCount
        blockByteCounts = summary.ranks.map(\.keyValueBlockByteCount)
        activationByteCounts = summary.ranks.map(\.activationByteCount)
        gatherByteCount = summary.ranks.count > 1 ? summary.gatherByteCount : 0
        self.limits = limits
    }

    /// One KV block on all ranks together.
    var blockByteCount: Int { blockByteCounts.reduce(0, +) }

    /// KV cache of all ranks.
    var keyValueByteCount: Int { limits.blockCount * blockByteCount }

    /// Activation buffers of all ranks.
    var activationByteCount: Int { activationByteCounts.reduce(0, +) }

    /// What all processes take besides.
    var processByteCount: Int { blockByteCounts.count * Self.processByteCount }

    /// What belongs to the reader alone: everything but the pack.
    var ownByteCount: Int { keyValueByteCount + activationByteCount + gatherByteCount + processByteCount }

    /// What would have to be free.
    var totalByteCount: Int { packByteCount + ownByteCount }

    /// By rank: what its process takes for itself.
    var byteCountsByRank: [Int] {
        zip(blockByteCounts, activationByteCounts).map {
            limits.blockCount * $0 + $1 + Self.processByteCount
        }
    }

    /// KV blocks that fit into `available` bytes beside everything else.
    func fittingBlockCount(available: Int) -> Int {
        let left = available - (totalByteCount - keyValueByteCount)
        return blockByteCount > 0 ? max(0, left / blockByteCount) : 0
    }

    /// The longest max_sequence_length, up to `limit`, that fits into `available` bytes with the asked batch; nil
    /// if not even a block each does.
    func fittingSequenceLength(available: Int, limit: Int) -> Int? {
        let blocksEach = fittingBlockCount(available: available) / limits.maxBatchSize
        return blocksEach > 0 ? min(limit, blocksEach * SchedulerLimits.blockSize) : nil
    }

    /// Nil if it fits into `available` bytes, else the sum and what would fit.
    func refusal(available: Int) -> MemoryRefusal? {
        guard totalByteCount > available else { return nil }
        let fittingBlockCount = fittingBlockCount(available: available)
        return MemoryRefusal(
            packByteCount: packByteCount, keyValueByteCount: keyValueByteCount,
            activationByteCount: activationByteCount, gatherByteCount: gatherByteCount,
            processByteCount: processByteCount, byteCountsByRank: byteCountsByRank,
            availableByteCount: available, limits: limits,
            fittingSequenceLength: fittingSequenceLength(
                available: available, limit: limits.maxSequenceLength),
            fittingBlockCount: fittingBlockCount)
    }
}
