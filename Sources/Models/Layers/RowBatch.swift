import Tensors
import WorkerMessages

/// The rows of one pass through the layers: all row groups of a step, one after the other.
struct RowBatch {
    /// One row's place.
    struct Row {
        let tokenID: Int32
        let slot: Int
        let position: Int
    }

    /// Up to 32 neighbouring rows of one sequence, the unit in which attention is dealt.
    struct Chunk {
        let slot: Int
        let firstPosition: Int
        /// Rows of the batch.
        let rows: Range<Int>
    }

    /// A row that yields logits.
    struct LogitsRow {
        /// Row of the batch.
        let row: Int
        /// Row group of the frame.
        let group: Int
        /// How its token is decided.
        let route: TokenRoute
    }

    private(set) var rows: [Row] = []
    private(set) var chunks: [Chunk] = []
    private(set) var logitsRows: [LogitsRow] = []

    /// Reserves memory for so many rows.
    init(rowCountMax: Int) {
        rows.reserveCapacity(rowCountMax)
        chunks.reserveCapacity(rowCountMax)
        logitsRows.reserveCapacity(rowCountMax)
    }

    /// Lists the rows of a checked frame, whose groups have been applied to the slots.
    mutating func fill(from frame: StepFrame, sequences: [SequenceState]) {
        removeAll()
        for (index, group) in frame.rowGroups.enumerated() {
            append(
                frame.tokenIDs[group.tokenIDs], slot: Int(group.slot), startPosition: Int(group.startPosition)
            )
            guard group.logitsRows != .none else { continue }
            let first = group.logitsRows == .last ? rows.count - 1 : rows.count - group.tokenIDs.count
            for row in first..<rows.count {
                var route = TokenRoute.none
                if row == rows.count - 1 {
                    if group.wantsToken {
                        route = TokenRoute(sequences[Int(group.slot)].parameters)
                    } else if group.continuationCount > 0 {
                        route = .continuations(count: Int(group.continuationCount))
                    }
                }
                logitsRows.append(LogitsRow(row: row, group: index, route: route))
            }
        }
    }

    /// Lists one row of another batch alone.
    mutating func isolate(row: Int, of batch: RowBatch) {
        let kept = batch.rows[row]
        removeAll()
        append(CollectionOfOne(kept.tokenID), slot: kept.slot, startPosition: kept.position)
    }

    private mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        chunks.removeAll(keepingCapacity: true)
        logitsRows.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ tokenIDs: some Collection<Int32>, slot: Int, startPosition: Int) {
        let firstRow = rows.count
        for (offset, id) in tokenIDs.enumerated() {
            rows.append(Row(tokenID: id, slot: slot, position: startPosition + offset))
        }
        var start = firstRow
        while start < rows.count {
            let end = min(start + AttentionRows.rowCountMax, rows.count)
            chunks.append(Chunk(slot: slot, firstPosition: rows[start].position, rows: start..<end))
            start = end
        }
    }
}
