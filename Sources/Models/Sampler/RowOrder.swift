package import Platform
package import Tensors

/// The ids of a row in order (logit descending, id ascending), found only as far as they are asked for.
///
/// Either given (the merged candidates of all ranks) or taken from a whole row: the first 256 by the kernel,
/// the rest from a heap. All memory is reserved at the start, for rows of up to `capacity` ids.
package final class RowOrder {
    /// Ids found so far, in order.
    package private(set) var ids: [Int32]
    /// How many are found.
    private(set) var count = 0
    /// How many there are at most.
    private(set) var limit = 0

    private let logits: MutableFloatView
    private let weights: MutableFloatView
    private let buffer: FloatBuffer
    private let kernels: Kernels
    private var wholeRow: FloatView?
    private var heap: OrderHeap
    private var hasHeap = false
    private static let batchCount = 256

    /// Reserves memory for `capacity` ids.
    package init(capacity: Int, kernels: Kernels) throws(SystemError) {
        self.kernels = kernels
        buffer = try FloatBuffer(rowCount: 2, columnCount: max(capacity, 1))
        logits = buffer.view.row(0)
        weights = buffer.view.row(1)
        ids = [Int32](repeating: 0, count: max(capacity, 1))
        heap = OrderHeap(capacity: max(capacity, 1))
    }

    /// Starts with an empty list, to which `appendCandidate` adds all there are.
    package func beginCandidates() {
        wholeRow = nil
        count = 0
        limit = 0
    }

    /// Adds the next candidate in order.
    package func appendCandidate(id: Int32, logit: Float) {
        ids[count] = id
        logits[0, count] = logit
        count += 1
        limit = count
    }

    /// Ends the list: weights become known.
    package func endCandidates() { weigh(0..<count) }

    /// Starts with a whole row, whose column is the id; at most `limit` ids in order will be asked for.
    package func begin(wholeRow row: FloatView, limit: Int) {
        wholeRow = row
        hasHeap = false
        count = 0
        self.limit = min(limit, row.columnCount)
    }

    /// The logit at an index, which `find` has been asked for.
    func logit(_ index: Int) -> Float { logits[0, index] }

    /// exp(logit - maximum) at an index, in f32.
    func weight(_ index: Int) -> Float { weights[0, index] }

    /// Removes an index from what can be drawn.
    func drop(_ index: Int) { weights[0, index] = 0 }

    /// Finds the order up to `index`, which is below `limit`.
    package func find(_ index: Int) {
        precondition(index < limit, "index \(index) of \(limit) in order")
        while count <= index { findBatch() }
    }

    private func findBatch() {
        guard let wholeRow else { preconditionFailure("candidates are complete from the start") }
        let start = count
        if start == 0 {
            var batchIDs = ids.mutableSpan
            count = kernels.firstCandidates(
                of: wholeRow, count: min(limit, RowOrder.batchCount), ids: &batchIDs, values: logits)
        } else {
            if !hasHeap { fillHeap(wholeRow) }
            while count < limit, count < start + RowOrder.batchCount {
                let id = OrderHeap.index(of: heap.takeFirst())
                ids[count] = Int32(truncatingIfNeeded: id)
                logits[0, count] = wholeRow[0, id]
                count += 1
            }
        }
        weigh(start..<count)
    }

    /// Makes the heap and takes from it what the kernel has found already.
    private func fillHeap(_ row: FloatView) {
        heap.removeAll()
        for id in 0..<row.columnCount {
            heap.append(OrderHeap.key(logit: row[0, id], id: Int32(truncatingIfNeeded: id)))
        }
        heap.restore()
        for _ in 0..<count { _ = heap.takeFirst() }
        hasHeap = true
    }

    private func weigh(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        kernels.exp(
            logits.columns(range).readOnly, minus: logit(0), into: weights.columns(range))
    }
}

extension Kernels {
    /// `topCandidates` into the starts of an array and a row.
    func firstCandidates(
        of row: FloatView, count: Int, ids: inout MutableSpan<Int32>, values: MutableFloatView
    ) -> Int {
        var ids = ids._mutatingExtracting(first: count)
        return values.columns(0..<count).withMutableSpan { span in
            topCandidates(row, firstID: 0, ids: &ids, values: &span)
        }
    }
}
