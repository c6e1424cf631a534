/// The attention of a step, divided into pieces that threads take one by one.
///
/// A piece is up to 32 rows of one query head, or, where a sequence has one row in the step, several query heads that
/// share its KV head: they load each key and value once. Which pieces there are changes no bit. All memory is reserved
/// at the start.
struct AttentionItems {
    /// One piece; heads count from the rank's first query head.
    struct Item {
        let chunk: RowBatch.Chunk
        let heads: Range<Int>
    }

    /// Query heads of a piece at most: as many as the widest kernel takes together.
    private static let headCountMax = 8

    /// Of the current step.
    private(set) var items: [Item] = []
    private let headCount: Int
    /// The rank's query heads in groups that share a KV head.
    private let headGroups: [Range<Int>]

    /// Groups a rank's heads, in smaller groups if there were fewer than threads.
    init(_ shard: RankShard, queryGroupCount: Int, sharesKeys: Bool, memberCount: Int, rowCountMax: Int) {
        headCount = shard.queryHeads.count
        var limit = sharesKeys ? AttentionItems.headCountMax : 1
        var groups = AttentionItems.groups(shard.queryHeads, queryGroupCount: queryGroupCount, limit: limit)
        while groups.count < memberCount, limit > 1 {
            limit /= 2
            groups = AttentionItems.groups(shard.queryHeads, queryGroupCount: queryGroupCount, limit: limit)
        }
        headGroups = groups
        items.reserveCapacity(rowCountMax * max(headCount, 1))
    }

    /// Lists the pieces of a step.
    mutating func fill(from batch: RowBatch) {
        items.removeAll(keepingCapacity: true)
        for chunk in batch.chunks {
            if chunk.rows.count == 1 {
                for heads in headGroups { items.append(Item(chunk: chunk, heads: heads)) }
            } else {
                for head in 0..<headCount { items.append(Item(chunk: chunk, heads: head..<head + 1)) }
            }
        }
    }

    private static func groups(_ heads: Range<Int>, queryGroupCount: Int, limit: Int) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = heads.lowerBound
        while start < heads.upperBound {
            let groupEnd = (start / queryGroupCount + 1) * queryGroupCount
            let end = min(heads.upperBound, groupEnd, start + limit)
            groups.append(start - heads.lowerBound..<end - heads.lowerBound)
            start = end
        }
        return groups
    }
}
