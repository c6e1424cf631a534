/// A place where ranks put their columns together: four in every layer, and the logits.
package enum Gather: Int, Sendable, CaseIterable {
    /// Gather 1: attention output, `queryHeadCount x headDimension` columns.
    case attention
    /// Gather 2: output of the attention's projection, `hiddenCount` columns.
    case attentionProjection
    /// Gather 3: activated MLP, `feedForwardCount` columns.
    case feedForward
    /// Gather 3 of a sparse layer: the activated experts, a row for each expert that a row goes to, as many columns as
    /// an expert is wide.
    case expertFeedForward
    /// Before it: the activated shared expert.
    case sharedExpertFeedForward
    /// Gather 4: output of the MLP, `hiddenCount` columns.
    case feedForwardProjection
    /// Logits, `vocabularyCount` columns; not every step gathers them.
    case logits
}

/// Which rows of the unsplit tensors one rank computes. Every range may be empty.
package struct RankShard: Equatable, Sendable {
    /// The rank, `0 ..< rankCount`.
    package let rank: Int
    /// Query heads.
    package let queryHeads: Range<Int>
    /// KV heads its query heads use; neighbours may share one.
    package let keyValueHeads: Range<Int>
    /// Rows of the query matrix: its heads'.
    package let queryRows: Range<Int>
    /// Rows of the key and of the value matrix: its heads'.
    package let keyValueRows: Range<Int>
    /// Rows of the attention's output projection, whole 32-row tiles but for the last.
    package let attentionOutputRows: Range<Int>
    /// Rows of gate and up, whole tiles but for the last.
    package let feedForwardRows: Range<Int>
    /// Rows of every expert's gate and up, whole tiles but for the last.
    package let expertRows: Range<Int>
    /// Rows of the shared expert's gate and up, whole tiles but for the last.
    package let sharedExpertRows: Range<Int>
    /// Rows of down, whole tiles but for the last.
    package let downRows: Range<Int>
    /// 128-id segments of the vocabulary.
    package let vocabularySegments: Range<Int>
    /// Ids of those segments, which are rows of the output head.
    package let vocabularyIDs: Range<Int>

    /// The columns this rank writes into `gather`, as a range of the unsplit row.
    package func columns(of gather: Gather) -> Range<Int> {
        switch gather {
        case .attention: queryRows
        case .attentionProjection: attentionOutputRows
        case .feedForward: feedForwardRows
        case .expertFeedForward: expertRows
        case .sharedExpertFeedForward: sharedExpertRows
        case .feedForwardProjection: downRows
        case .logits: vocabularyIDs
        }
    }
}

/// Which rows of which tensor belong to which rank: pure arithmetic, the same on every machine.
///
/// Units are never cut: query heads, 32-row tiles, 128-id segments. They are dealt as evenly as can be, in
/// order, the first ranks getting one more, so that ranks may own nothing:
///
///     3 heads over 4 ranks:   0 ..< 1 | 1 ..< 2 | 2 ..< 3 | 3 ..< 3
///     100 rows over 2 ranks:  0 ..< 64 | 64 ..< 100            (4 tiles, the last of 4 rows)
///     1013 ids over 3 ranks:  0 ..< 384 | 384 ..< 768 | 768 ..< 1013
package struct ShardPlan: Equatable, Sendable {
    /// Ranks at most.
    package static let rankCountMax = 16
    /// Rows of a tile.
    package static let tileRowCount = 32
    /// Ids of a vocabulary segment.
    package static let segmentIDCount = 128

    /// Ranks of the reader.
    package let rankCount: Int
    /// One shard per rank, in order.
    package let shards: [RankShard]

    /// Splits a model over `rankCount` ranks; throws if that is not in `1 ... rankCountMax`.
    package init(_ configuration: ModelConfiguration, rankCount: Int) throws(ModelError) {
        guard (1...ShardPlan.rankCountMax).contains(rankCount) else {
            throw ModelError(
                .invalidOrder, "tensor_parallel is \(rankCount), allowed are 1 to \(ShardPlan.rankCountMax)")
        }
        self.rankCount = rankCount
        shards = (0..<rankCount).map { RankShard(configuration, rank: $0, rankCount: rankCount) }
    }

    /// The shard of a rank.
    package subscript(rank: Int) -> RankShard { shards[rank] }

    /// Columns of each rank in `gather`, in rank order: what a `GatherShape` is made from.
    package func columnCounts(of gather: Gather) -> [Int] {
        shards.map { $0.columns(of: gather).count }
    }

    /// Part `index` of `0 ..< count`, dealt into `partCount` contiguous parts whose sizes differ by at most
    /// one.
    package static func part(_ index: Int, of partCount: Int, dealing count: Int) -> Range<Int> {
        let (size, extra) = count.quotientAndRemainder(dividingBy: partCount)
        let start = index * size + min(index, extra)
        return start..<start + size + (index < extra ? 1 : 0)
    }

    /// Part `index` of `0 ..< count` in whole units of `unitCount` (the last may be short).
    package static func part(_ index: Int, of partCount: Int, dealing count: Int, inUnitsOf unitCount: Int)
        -> Range<Int>
    {
        let units = part(index, of: partCount, dealing: (count + unitCount - 1) / unitCount)
        return min(units.lowerBound * unitCount, count)..<min(units.upperBound * unitCount, count)
    }
}

extension RankShard {
    fileprivate init(_ configuration: ModelConfiguration, rank: Int, rankCount: Int) {
        func rows(_ count: Int, _ unitCount: Int) -> Range<Int> {
            ShardPlan.part(rank, of: rankCount, dealing: count, inUnitsOf: unitCount)
        }
        let heads = ShardPlan.part(rank, of: rankCount, dealing: configuration.queryHeadCount)
        let group = configuration.queryGroupCount
        let keyValueHeads =
            heads.isEmpty
            ? heads.lowerBound / group..<heads.lowerBound / group
            : heads.lowerBound / group..<(heads.upperBound + group - 1) / group
        let dimension = configuration.headDimension
        let segmentCount =
            (configuration.vocabularyCount + ShardPlan.segmentIDCount - 1) / ShardPlan.segmentIDCount
        self.init(
            rank: rank, queryHeads: heads, keyValueHeads: keyValueHeads,
            queryRows: heads.lowerBound * dimension..<heads.upperBound * dimension,
            keyValueRows: keyValueHeads.lowerBound * dimension..<keyValueHeads.upperBound * dimension,
            attentionOutputRows: rows(configuration.hiddenCount, ShardPlan.tileRowCount),
            feedForwardRows: rows(configuration.feedForwardCount, ShardPlan.tileRowCount),
            expertRows: rows(configuration.experts?.feedForwardCount ?? 0, ShardPlan.tileRowCount),
            sharedExpertRows: rows(
                configuration.experts?.sharedFeedForwardCount ?? 0, ShardPlan.tileRowCount),
            downRows: rows(configuration.hiddenCount, ShardPlan.tileRowCount),
            vocabularySegments: ShardPlan.part(rank, of: rankCount, dealing: segmentCount),
            vocabularyIDs: rows(configuration.vocabularyCount, ShardPlan.segmentIDCount))
    }
}
