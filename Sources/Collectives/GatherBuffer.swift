/// The matrix of one gather: row-major f32, [rowCount][columnCount], rows one after another.
///
/// Between `begin` and `finish` this rank writes `ownColumns` of every row and touches nothing else; after
/// `finish` every rank reads the whole matrix, until its second next `begin`.
@safe package struct GatherBuffer {
    /// Element [0][0]; element [r][c] is at `r * columnCount + c`. Aligned to 64 bytes at least.
    @unsafe package let base: UnsafeMutablePointer<Float>
    /// How many rows are gathered.
    package let rowCount: Int
    /// The width of the matrix, which is its stride.
    package let columnCount: Int
    /// The columns that this rank writes.
    package let ownColumns: Range<Int>

    init(base: UnsafeMutablePointer<Float>, rowCount: Int, shape: GatherShape, rank: Int) {
        unsafe self.base = unsafe base
        self.rowCount = rowCount
        columnCount = shape.columnCount
        ownColumns = shape.columns(of: rank)
    }

    /// One element, with its place checked; kernels use `base`.
    package subscript(row: Int, column: Int) -> Float {
        get { unsafe base[offset(row, column)] }
        nonmutating set { unsafe base[offset(row, column)] = newValue }
    }

    private func offset(_ row: Int, _ column: Int) -> Int {
        precondition(
            0..<rowCount ~= row && 0..<columnCount ~= column,
            "element [\(row)][\(column)] is outside [\(rowCount)][\(columnCount)]")
        return row * columnCount + column
    }
}
