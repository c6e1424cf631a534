package import Platform

/// A zeroed f32 matrix of a worker's own, whose pages exist from their first touch on.
///
/// Row-major without gaps, page-aligned. A class: it owns the mapping, and views of it are valid as long as
/// it lives.
@safe package final class FloatBuffer {
    /// Rows.
    package let rowCount: Int
    /// Elements of a row, and the distance between rows.
    package let columnCount: Int
    private let region: MappedRegion
    private let base: UnsafeMutablePointer<Float>

    /// Reserves rowCount x columnCount elements; throws if the address space does not hold them.
    package init(rowCount: Int, columnCount: Int) throws(SystemError) {
        precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) x \(columnCount) is negative")
        self.rowCount = rowCount
        self.columnCount = columnCount
        region = try MappedRegion.anonymous(byteCount: max(rowCount * columnCount, 1) * 4)
        unsafe base = unsafe region.base.assumingMemoryBound(to: Float.self)
    }

    /// Bytes of the matrix.
    package var byteCount: Int { rowCount * columnCount * 4 }

    /// The whole matrix.
    package var view: MutableFloatView { view(rowCount: rowCount, columnCount: columnCount) }

    /// The buffer's start as a matrix of another shape without gaps, which must fit.
    package func view(rowCount: Int, columnCount: Int) -> MutableFloatView {
        precondition(
            rowCount >= 0 && columnCount >= 0
                && rowCount * columnCount <= self.rowCount * self.columnCount,
            "\(rowCount) x \(columnCount) in a buffer of \(self.rowCount) x \(self.columnCount)")
        return unsafe MutableFloatView(
            base: base, rowCount: rowCount, columnCount: columnCount, stride: columnCount)
    }
}
