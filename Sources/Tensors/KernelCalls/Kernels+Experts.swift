import CKernels

extension Kernels {
    /// Experts at most in one layer.
    package static let expertCountMax = 1024

    /// The most probable experts of one row, as many as `ids` holds, and their weights; ids ascending (numerics.md
    /// rule 15).
    ///
    /// logits: one row of up to 1024. weights: softmax, divided by the chosen ones' sum if `isNormalized`; as many as
    /// ids.
    package func chooseExperts(
        _ logits: FloatView, isNormalized: Bool, ids: inout MutableSpan<Int32>,
        weights: inout MutableSpan<Float>
    ) {
        precondition(
            logits.rowCount == 1 && (1...Self.expertCountMax).contains(logits.columnCount),
            "router logits are \(logits.rowCount) x \(logits.columnCount)")
        precondition(
            ids.count == weights.count && (1...logits.columnCount).contains(ids.count),
            "\(ids.count) ids and \(weights.count) weights of \(logits.columnCount) experts")
        unsafe ids.withUnsafeMutableBufferPointer { ids in
            unsafe weights.withUnsafeMutableBufferPointer { weights in
                guard let idsBase = ids.baseAddress, let weightsBase = weights.baseAddress else { return }
                unsafe table.pointee.choose_experts_f32(
                    logits.base, logits.columnCount, ids.count, isNormalized, idsBase, weightsBase)
            }
        }
    }
}
