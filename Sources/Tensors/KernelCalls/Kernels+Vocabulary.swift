import CKernels

extension Kernels {
    /// Ids in one vocabulary segment (numerics.md rule 10).
    package static let segmentIDCount = 128
    /// Candidates at most that `topCandidates` gives.
    package static let candidateCountMax = 256

    /// Maximum and exp-sum of every segment of 128 ids; logits[0] belongs to an id that is a multiple of 128.
    package func segmentStatistics(
        _ logits: FloatView, maxima: inout MutableSpan<Float>, sums: inout MutableSpan<Float>
    ) {
        let count = (logits.columnCount + Self.segmentIDCount - 1) / Self.segmentIDCount
        precondition(
            logits.rowCount == 1 && maxima.count == count && sums.count == count, "\(count) segments")
        guard count > 0 else { return }
        unsafe maxima.withUnsafeMutableBufferPointer { maxima in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                guard let maximaBase = maxima.baseAddress, let sumsBase = sums.baseAddress else { return }
                unsafe table.pointee.segment_stats_f32(logits.base, logits.columnCount, maximaBase, sumsBase)
            }
        }
    }

    /// Index of the largest logit, the lowest index among equals.
    package func indexOfMaximum(_ logits: FloatView) -> Int {
        precondition(logits.rowCount == 1 && logits.columnCount > 0, "no logits")
        return unsafe table.pointee.argmax_f32(logits.base, logits.columnCount)
    }

    /// The best min(ids.count, logit count) by (logit descending, id ascending); gives their number.
    ///
    /// ids[i] = firstID + index. ids and values have the same count, at most 256. The logits hold no NaN.
    package func topCandidates(
        _ logits: FloatView, firstID: Int32, ids: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
    ) -> Int {
        precondition(
            logits.rowCount <= 1 && ids.count == values.count, "\(ids.count) ids, \(values.count) values")
        precondition(ids.count <= Self.candidateCountMax, "\(ids.count) candidates, at most 256")
        return unsafe ids.withUnsafeMutableBufferPointer { ids in
            unsafe values.withUnsafeMutableBufferPointer { values in
                guard let idsBase = ids.baseAddress, let valuesBase = values.baseAddress else { return 0 }
                return unsafe table.pointee.top_candidates_f32(
                    logits.base, logits.columnCount, firstID, ids.count, idsBase, valuesBase)
            }
        }
    }

    /// Index of the first infinity or NaN of a vector, or nil.
    package func firstNonFinite(_ x: FloatView) -> Int? {
        precondition(x.rowCount <= 1, "a matrix of \(x.rowCount) rows")
        let index = unsafe table.pointee.find_nonfinite_f32(x.base, x.columnCount)
        return index < x.columnCount ? index : nil
    }
}
