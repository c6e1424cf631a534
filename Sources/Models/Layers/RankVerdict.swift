import Tensors

/// What one rank tells rank 0 about one row of logits, as columns of a gathered row.
///
///     0         1 if a raw logit of the rank's slice is not finite, else 0
///     1         number of candidates (bit pattern)
///     2, 3      id (bit pattern) and logit of the best one
///     4 ..< 260          ids of the candidates (bit patterns), in order
///     260 ..< 516        their logits
///
/// A verdict ends after 4 columns. Where segments are gathered instead of candidates, the columns from 4 on are the
/// maximum of each of the rank's s segments, then the exp-sum of each.
struct RankVerdict {
    static let idsColumn = ActivationPlan.verdictColumnCount
    static let logitsColumn = idsColumn + TokenRoute.candidateCountMax
    static let segmentsColumn = ActivationPlan.verdictColumnCount

    /// The rank's columns of one gathered row.
    let columns: FloatView

    var isNonFinite: Bool { columns[0, 0] != 0 }
    var candidateCount: Int { Int(columns[0, 1].bitPattern) }
    var bestID: Int32 { Int32(bitPattern: columns[0, 2].bitPattern) }
    var bestLogit: Float { columns[0, 3] }

    func id(_ index: Int) -> Int32 {
        Int32(bitPattern: columns[0, RankVerdict.idsColumn + index].bitPattern)
    }

    func logit(_ index: Int) -> Float { columns[0, RankVerdict.logitsColumn + index] }

    func segmentMaximum(_ index: Int) -> Float { columns[0, RankVerdict.segmentsColumn + index] }

    func segmentSum(_ index: Int, segmentCount: Int) -> Float {
        columns[0, RankVerdict.segmentsColumn + segmentCount + index]
    }
}

/// Writes a rank's verdicts. Holds scratch for one candidate list.
struct VerdictWriter {
    private let kernels: Kernels
    private let firstID: Int32
    private let segmentCount: Int
    private var ids = [Int32](repeating: 0, count: TokenRoute.candidateCountMax)

    init(shard: RankShard, kernels: Kernels) {
        self.kernels = kernels
        firstID = Int32(shard.vocabularyIDs.lowerBound)
        segmentCount = shard.vocabularySegments.count
    }

    /// Writes flag and number of candidates; the rest stays as it is.
    func writeFlag(_ isNonFinite: Bool, candidateCount: Int = 0, into row: MutableFloatView) {
        row[0, 0] = isNonFinite ? 1 : 0
        row[0, 1] = Float(bitPattern: UInt32(candidateCount))
    }

    /// Writes the best id of a slice without NaN.
    func writeBest(of slice: FloatView, into row: MutableFloatView) {
        guard slice.columnCount > 0 else { return writeFlag(false, into: row) }
        let best = kernels.indexOfMaximum(slice)
        writeFlag(false, candidateCount: 1, into: row)
        row[0, 2] = Float(bitPattern: UInt32(bitPattern: firstID + Int32(best)))
        row[0, 3] = slice[0, best]
    }

    /// Writes the `count` best ids of a slice without NaN.
    mutating func writeCandidates(of slice: FloatView, count: Int, into row: MutableFloatView) {
        let values = row.columns(RankVerdict.logitsColumn..<RankVerdict.logitsColumn + count)
        let (kernels, firstID) = (kernels, firstID)
        var span = ids.mutableSpan
        var wanted = span._mutatingExtracting(first: count)
        let found = values.withMutableSpan { values in
            kernels.topCandidates(slice, firstID: firstID, ids: &wanted, values: &values)
        }
        writeFlag(false, candidateCount: found, into: row)
        for index in 0..<found {
            row[0, RankVerdict.idsColumn + index] = Float(
                bitPattern: UInt32(bitPattern: ids[index]))
        }
    }

    /// Writes maximum and exp-sum of each segment of a slice without NaN.
    func writeSegments(of slice: FloatView, into row: MutableFloatView) {
        let start = RankVerdict.segmentsColumn
        let maxima = row.columns(start..<start + segmentCount)
        let sums = row.columns(start + segmentCount..<start + 2 * segmentCount)
        maxima.withMutableSpan { maxima in
            sums.withMutableSpan { sums in
                kernels.segmentStatistics(slice, maxima: &maxima, sums: &sums)
            }
        }
    }
}

/// Merges the ranks' candidate lists of one row. Ranks hold ascending ids, so that the first of equals comes
/// first.
struct CandidateMerge {
    private var next: [Int]

    init(rankCount: Int) {
        next = [Int](repeating: 0, count: rankCount)
    }

    /// Hands out the best `count` of all ranks in order (logit descending, id ascending).
    mutating func merge(
        count: Int, rankCount: Int, verdict: (Int) -> RankVerdict, _ body: (Int32, Float) -> Void
    ) {
        for rank in 0..<rankCount { next[rank] = 0 }
        for _ in 0..<count {
            var bestRank = -1
            var bestLogit = -Float.infinity
            for rank in 0..<rankCount where next[rank] < verdict(rank).candidateCount {
                let logit = verdict(rank).logit(next[rank])
                if bestRank < 0 || logit > bestLogit { (bestRank, bestLogit) = (rank, logit) }
            }
            guard bestRank >= 0 else { return }
            body(verdict(bestRank).id(next[bestRank]), bestLogit)
            next[bestRank] += 1
        }
    }
}
