import Serving
import WorkerMessages

/// What one reader will ask of memory, in bytes.
struct MemoryDemand: Equatable, Sendable {
    /// The pack, 0 if it is in memory already.
    var packByteCount: Int
    /// One KV block on all ranks together.
    var blockByteCount: Int
    /// Activation buffers of all ranks.
    var activationByteCount: Int
    /// Shared gather memory.
    var gatherByteCount: Int
    /// Sequences that hold blocks at the same time.
    var maxBatchSize: Int
    /// Positions of one sequence at most.
    var maxSequenceLength: Int
    /// KV blocks of all sequences together.
    var blockCount: Int

    /// Reckons a reader's demand from its model.
    init(
        summary: ModelSummary, isPackPresent: Bool, gatherByteCount: Int, limits: SchedulerLimits
    ) {
        packByteCount = isPackPresent ? 0 : summary.packByteCount
        blockByteCount = summary.ranks.reduce(0) { $0 + $1.keyValueBlockByteCount }
        activationByteCount = summary.ranks.reduce(0) { $0 + $1.activationByteCount }
        self.gatherByteCount = gatherByteCount
        maxBatchSize = limits.maxBatchSize
        maxSequenceLength = limits.maxSequenceLength
        blockCount = limits.blockCount
    }

    /// KV cache of all ranks.
    var keyValueByteCount: Int { blockCount * blockByteCount }

    /// What belongs to the reader alone: everything but the pack.
    var ownByteCount: Int { keyValueByteCount + activationByteCount + gatherByteCount }

    /// What would have to be free.
    var totalByteCount: Int { packByteCount + ownByteCount }

    /// Nil if it fits into `available` bytes, else the sum and what would fit.
    func refusal(available: Int) -> MemoryRefusal? {
        guard totalByteCount > available else { return nil }
        let forBlocks = available - packByteCount - activationByteCount - gatherByteCount
        let fittingBlocks = blockByteCount > 0 ? max(0, forBlocks / blockByteCount) : 0
        let blocksEach = fittingBlocks / maxBatchSize
        return MemoryRefusal(
            packByteCount: packByteCount, keyValueByteCount: keyValueByteCount,
            activationByteCount: activationByteCount, gatherByteCount: gatherByteCount,
            availableByteCount: available, blockCount: blockCount, maxBatchSize: maxBatchSize,
            maxSequenceLength: maxSequenceLength,
            fittingSequenceLength: blocksEach > 0
                ? min(maxSequenceLength, blocksEach * SchedulerLimits.blockSize) : nil,
            fittingBatchSize: fittingBlocks > 0 ? fittingBlocks : nil)
    }
}
