/// Which part of every pack entry one rank packs: pure arithmetic.
///
/// A tile belongs to the rank that owns its first row in the shard plan (the lowest such rank where KV heads
/// are shared); table rows are dealt evenly; the vectors, in the layout's order, go to the ranks in turn. The
/// shares of all ranks cover every entry exactly once.
package struct PackShare: Equatable, Sendable {
    /// Per entry of the layout: tiles of a matrix, rows of a table, or 0 ..< 1 for a vector; may be empty.
    package let units: [Range<Int>]

    /// The share of a rank.
    package init(_ layout: PackLayout, _ plan: ShardPlan, rank: Int) {
        var vectorNumber = 0
        units = layout.entries.map { entry in
            switch entry.storage {
            case .tiles:
                return PackShare.tiles(beginningIn: PackShare.rows(of: entry, plan, rank: rank))
            case .table(let rowCount, _):
                return ShardPlan.part(rank, of: plan.rankCount, dealing: rowCount)
            case .vector:
                defer { vectorNumber += 1 }
                return 0..<(vectorNumber % plan.rankCount == rank ? 1 : 0)
            }
        }
    }

    private static func tiles(beginningIn rows: Range<Int>) -> Range<Int> {
        let unit = ShardPlan.tileRowCount
        return (rows.lowerBound + unit - 1) / unit..<(rows.upperBound + unit - 1) / unit
    }

    /// The rows of a matrix that a rank owns and no lower rank does.
    private static func rows(of entry: PackLayout.Entry, _ plan: ShardPlan, rank: Int) -> Range<Int> {
        let rows = plan[rank].rows(of: entry)
        let start = (0..<rank).reduce(rows.lowerBound) { max($0, plan[$1].rows(of: entry).upperBound) }
        return start..<max(start, rows.upperBound)
    }
}
