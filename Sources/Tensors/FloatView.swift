/// A row-major f32 matrix in memory that somebody else owns, for reading.
///
/// Shape: rowCount x columnCount, row r starting at base + r * stride, stride in elements. A vector is one
/// row. The owner keeps the memory alive and unchanged while a view is read; views are made and dropped
/// within one step.
@safe package struct FloatView {
    package let base: UnsafePointer<Float>
    /// Rows.
    package let rowCount: Int
    /// Elements of one row that belong to the matrix.
    package let columnCount: Int
    /// Elements from one row to the next, at least columnCount (or anything if there is at most one row).
    package let stride: Int

    /// Views memory of rowCount rows; the memory must hold (rowCount - 1) * stride + columnCount elements.
    @unsafe package init(base: UnsafePointer<Float>, rowCount: Int, columnCount: Int, stride: Int) {
        precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) x \(columnCount) is negative")
        precondition(
            rowCount <= 1 || stride >= columnCount, "stride \(stride) is under \(columnCount) columns")
        unsafe self.base = unsafe base
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.stride = stride
    }

    /// Views one contiguous vector.
    @unsafe package init(base: UnsafePointer<Float>, count: Int) {
        unsafe self.init(base: base, rowCount: 1, columnCount: count, stride: count)
    }

    /// The rows of a range, as a view of its own.
    package func rows(_ range: Range<Int>) -> FloatView {
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(rowCount)")
        return unsafe FloatView(
            base: base + range.lowerBound * stride, rowCount: range.count, columnCount: columnCount,
            stride: stride)
    }

    /// One row, as a view of its own.
    package func row(_ index: Int) -> FloatView { rows(index..<index + 1) }

    /// The columns of a range, in all rows.
    package func columns(_ range: Range<Int>) -> FloatView {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= columnCount, "columns \(range) of \(columnCount)")
        return unsafe FloatView(
            base: base + range.lowerBound, rowCount: rowCount, columnCount: range.count, stride: stride)
    }

    /// One element; both indices are checked.
    package subscript(row: Int, column: Int) -> Float {
        precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
        return unsafe base[row * stride + column]
    }
}

/// A row-major f32 matrix in memory that somebody else owns, for reading and writing; see `FloatView`.
@safe package struct MutableFloatView {
    package let base: UnsafeMutablePointer<Float>
    /// Rows.
    package let rowCount: Int
    /// Elements of one row that belong to the matrix.
    package let columnCount: Int
    /// Elements from one row to the next, at least columnCount (or anything if there is at most one row).
    package let stride: Int

    /// Views memory of rowCount rows; the memory must hold (rowCount - 1) * stride + columnCount elements.
    @unsafe package init(base: UnsafeMutablePointer<Float>, rowCount: Int, columnCount: Int, stride: Int) {
        precondition(rowCount >= 0 && columnCount >= 0, "shape \(rowCount) x \(columnCount) is negative")
        precondition(
            rowCount <= 1 || stride >= columnCount, "stride \(stride) is under \(columnCount) columns")
        unsafe self.base = unsafe base
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.stride = stride
    }

    /// Views one contiguous vector.
    @unsafe package init(base: UnsafeMutablePointer<Float>, count: Int) {
        unsafe self.init(base: base, rowCount: 1, columnCount: count, stride: count)
    }

    /// The same memory, for reading.
    package var readOnly: FloatView {
        unsafe FloatView(
            base: UnsafePointer(base), rowCount: rowCount, columnCount: columnCount, stride: stride)
    }

    /// The rows of a range, as a view of its own.
    package func rows(_ range: Range<Int>) -> MutableFloatView {
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(rowCount)")
        return unsafe MutableFloatView(
            base: base + range.lowerBound * stride, rowCount: range.count, columnCount: columnCount,
            stride: stride)
    }

    /// One row, as a view of its own.
    package func row(_ index: Int) -> MutableFloatView { rows(index..<index + 1) }

    /// The columns of a range, in all rows.
    package func columns(_ range: Range<Int>) -> MutableFloatView {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= columnCount, "columns \(range) of \(columnCount)")
        return unsafe MutableFloatView(
            base: base + range.lowerBound, rowCount: rowCount, columnCount: range.count, stride: stride)
    }

    /// One row as a matrix of shorter ones, `columnCount` elements each, which must divide it.
    package func divided(intoRowsOf columnCount: Int) -> MutableFloatView {
        precondition(
            rowCount == 1 && columnCount > 0 && self.columnCount.isMultiple(of: columnCount),
            "\(rowCount) x \(self.columnCount) in rows of \(columnCount)")
        return unsafe MutableFloatView(
            base: base, rowCount: self.columnCount / columnCount, columnCount: columnCount,
            stride: columnCount)
    }

    /// One element; both indices are checked.
    package subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
            return unsafe base[row * stride + column]
        }
        nonmutating set {
            precondition(row >= 0 && row < rowCount && column >= 0 && column < columnCount)
            unsafe base[row * stride + column] = newValue
        }
    }
}
