import CKernels

extension Kernels {
    /// Linear layer over the outputs `rows` of a matrix: y[m][n - rows.lowerBound] = x[m] . W[n] (+ bias[n]).
    ///
    /// x: M x inputCount; y: M x rows.count; bias: one vector indexed by the unsplit output, at least
    /// rows.upperBound elements. f32, one FMA chain per output over the inputs ascending (numerics.md rule
    /// 1). y overlaps nothing. Any range; bounds that are multiples of 32 are fastest.
    package func matmul(
        _ x: FloatView, _ matrix: TileMatrix, rows: Range<Int>, bias: FloatView? = nil,
        into y: MutableFloatView
    ) {
        precondition(
            x.columnCount == matrix.inputCount, "\(x.columnCount) columns for \(matrix.inputCount) inputs")
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= matrix.outputCount,
            "outputs \(rows) of \(matrix.outputCount)")
        precondition(
            y.rowCount == x.rowCount && y.columnCount == rows.count,
            "y is \(y.rowCount) x \(y.columnCount), not \(x.rowCount) x \(rows.count)")
        precondition(
            (bias?.columnCount ?? rows.upperBound) >= rows.upperBound, "bias is shorter than the range")
        unsafe table.pointee.matmul_f32(
            x.base, x.stride, x.rowCount, matrix.inputCount, matrix.tiles, rows.lowerBound, rows.upperBound,
            bias.map { unsafe $0.base }, y.base, y.stride)
    }

    /// y = row, or row + positionRow, element by element: the input of the first layer.
    package func embed(_ row: FloatView, positionRow: FloatView? = nil, into y: MutableFloatView) {
        precondition(
            row.rowCount == 1 && y.rowCount == 1 && row.columnCount == y.columnCount,
            "row of \(row.columnCount) into \(y.columnCount)")
        precondition(
            (positionRow?.columnCount ?? y.columnCount) == y.columnCount, "position row has another width")
        unsafe table.pointee.embed_f32(row.base, positionRow.map { unsafe $0.base }, y.columnCount, y.base)
    }

    /// y = the weights of one output, read back out of the tiles (an embedding row of a tied matrix).
    package func embed(_ matrix: TileMatrix, output: Int, into y: MutableFloatView) {
        precondition(output >= 0 && output < matrix.outputCount, "output \(output) of \(matrix.outputCount)")
        precondition(y.rowCount == 1 && y.columnCount == matrix.inputCount, "y has another width")
        unsafe table.pointee.embed_tiled_f32(matrix.tiles, output, matrix.inputCount, y.base)
    }
}
