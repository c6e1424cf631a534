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
    /// Width of each buffer of `rowCountMax` rows: hidden, normed, query, key, value, gate, cosines, sines,
    /// embeddings that are projected, router logits, the shared expert's output and weight.
    let columnCounts: [Int]
    /// Assignments of one step to experts at most.
    let assignmentCountMax: Int
    /// Width of each buffer of `assignmentCountMax` rows: input, gate, output.
    let expertColumnCounts: [Int]
    /// Ids of this rank.
    let vocabularyIDCount: Int
    /// Whole rows of raw logits that the rank keeps until tokens are drawn, for their log-probabilities: rank 0 only.
    let rawRowElementCount: Int
    /// Width of the rows to be quantized; 0 if none are.
    let quantizedColumnCount: Int
    /// Rows that are quantized at once at most.
    var quantizedRowCountMax: Int { max(rowCountMax, assignmentCountMax) }

    /// Plans one rank's buffers.
    package init(_ configuration: ModelConfiguration, layout: PackLayout, shard: RankShard, rowCountMax: Int)
    {
        self.rowCountMax = rowCountMax
        logitsRowCount = min(rowCountMax, ActivationPlan.logitsRowCountMax)
        let hidden = configuration.hiddenCount
        let angleCount = configuration.rotaryDimension / 2 * configuration.rotaryCount
        let gateCount =
            configuration.hasGate ? max(shard.feedForwardRows.count, shard.sharedExpertRows.count) : 0
        let experts = configuration.experts
        let hasShared = experts?.sharedFeedForwardCount ?? 0 > 0
        columnCounts = [
            hidden, hidden, shard.queryRows.count, shard.keyValueRows.count, shard.keyValueRows.count,
            gateCount, angleCount, angleCount,
            configuration.hasEmbeddingProjections ? configuration.embeddingCount : 0, experts?.count ?? 0,
            hasShared ? shard.downRows.count : 0, hasShared ? 1 : 0,
        ]
        assignmentCountMax = rowCountMax * (experts?.chosenCount ?? 0)
        expertColumnCounts = [hidden, shard.expertRows.count, shard.downRows.count]
        vocabularyIDCount = shard.vocabularyIDs.count
        rawRowElementCount = shard.rank == 0 ? logitsRowCount * configuration.vocabularyCount : 0
        quantizedColumnCount = layout.format.isQuantized ? layout.inputCountMax : 0
    }

    /// Bytes of all buffers whose size depends on rows.
    package var byteCount: Int {
        4
            * (rowCountMax * columnCounts.reduce(0, +) + assignmentCountMax * expertColumnCounts.reduce(0, +)
                + logitsRowCount * vocabularyIDCount + rawRowElementCount)
            + QuantizedBuffer.byteCount(
                rowCountMax: quantizedRowCountMax, columnCountMax: quantizedColumnCount)
    }

    /// Bytes that one gather of a reader carries at most: every layer gather in one go, logits by as many
    /// rows as fit.
    package static func gatherByteCountMax(
        _ configuration: ModelConfiguration, rankCount: Int, rowCountMax: Int
    ) -> Int {
        let experts = configuration.experts
        let layer = max(
            configuration.queryRowCount, configuration.hiddenCount, configuration.feedForwardCount,
            experts.map { max($0.chosenCount * $0.feedForwardCount, $0.sharedFeedForwardCount) } ?? 0)
        let segmentCount =
            (configuration.vocabularyCount + ShardPlan.segmentIDCount - 1) / ShardPlan.segmentIDCount
        let candidates =
            rankCount * (verdictColumnCount + 2 * TokenRoute.candidateCountMax) + 2 * segmentCount
        return 4 * max(rowCountMax * layer, configuration.vocabularyCount, candidates)
    }
}
