import Tensors

/// How large a rank's buffers and a reader's gathers are: pure arithmetic, so that the summary by which the
/// controller reserves, and the worker, agree.
package struct ActivationPlan: Equatable, Sendable {
    /// Rows of logits computed at once at most; more are done in turns.
    package static let logitsRowCountMax = 64
    /// Columns of a rank's message to rank 0 before its candidates: flag, candidate count, best id, best
    /// logit.
    package static let verdictColumnCount = 4

    /// Rows of one step at most.
    package let rowCountMax: Int
    /// Rows of logits at once.
    package let logitsRowCount: Int
    /// Width of each buffer of `rowCountMax` rows: hidden, normed, query, key, value, gate, cosines, sines.
    let columnCounts: [Int]
    /// Ids of this rank.
    let vocabularyIDCount: Int
    /// Width of the rows to be quantized; 0 if none are.
    let quantizedColumnCount: Int

    /// Plans one rank's buffers.
    package init(_ configuration: ModelConfiguration, layout: PackLayout, shard: RankShard, rowCountMax: Int)
    {
        self.rowCountMax = rowCountMax
        logitsRowCount = min(rowCountMax, ActivationPlan.logitsRowCountMax)
        let angleCount = configuration.rotaryDimension / 2
        let gateCount = configuration.hasGate ? shard.feedForwardRows.count : 0
        columnCounts = [
            configuration.hiddenCount, configuration.hiddenCount, shard.queryRows.count,
            shard.keyValueRows.count, shard.keyValueRows.count, gateCount, angleCount, angleCount,
        ]
        vocabularyIDCount = shard.vocabularyIDs.count
        quantizedColumnCount = layout.format.isQuantized ? layout.inputCountMax : 0
    }

    /// Bytes of all buffers whose size depends on rows.
    package var byteCount: Int {
        4 * (rowCountMax * columnCounts.reduce(0, +) + logitsRowCount * vocabularyIDCount)
            + QuantizedBuffer.byteCount(rowCountMax: rowCountMax, columnCountMax: quantizedColumnCount)
    }

    /// Bytes that one gather of a reader carries at most: every layer gather in one go, logits by as many
    /// rows as fit.
    package static func gatherByteCountMax(
        _ configuration: ModelConfiguration, rankCount: Int, rowCountMax: Int
    ) -> Int {
        let layer = max(
            configuration.queryRowCount, configuration.hiddenCount, configuration.feedForwardCount)
        let segmentCount =
            (configuration.vocabularyCount + ShardPlan.segmentIDCount - 1) / ShardPlan.segmentIDCount
        let candidates =
            rankCount * (verdictColumnCount + 2 * TokenRoute.candidateCountMax) + 2 * segmentCount
        return 4 * max(rowCountMax * layer, configuration.vocabularyCount, candidates)
    }
}
