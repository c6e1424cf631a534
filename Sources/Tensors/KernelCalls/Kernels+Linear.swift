import CKernels

extension Kernels {
    /// Linear layer over the outputs `rows` of a matrix: y[m][n - rows.lowerBound] = x[m] . W[n] (+ bias[n]).
    ///
    /// x: M x inputCount; y: M x rows.count; bias: one vector indexed by the unsplit output, at least
    /// rows.upperBound elements. The matrix is f32 or bf16; one f32 FMA chain per output over the inputs ascending
    /// (numerics.md rule 1). y overlaps nothing. Any range; bounds that are multiples of 32 are fastest.
    package func matmul(
        _ x: FloatView, _ matrix: TileMatrix, rows: Range<Int>, bias: FloatView? = nil,
        into y: MutableFloatView
    ) {
        check(x.rowCount, x.columnCount, matrix, rows, bias, y)
        let bias = unsafe bias.map { unsafe $0.base }
        switch matrix.format {
        case .f32:
            unsafe table.pointee.matmul_f32(
                x.base, x.stride, x.rowCount, matrix.inputCount,
                matrix.tiles.assumingMemoryBound(to: Float.self), rows.lowerBound, rows.upperBound, bias,
                y.base, y.stride)
        case .bf16:
            unsafe table.pointee.matmul_bf16(
                x.base, x.stride, x.rowCount, matrix.inputCount,
                matrix.tiles.assumingMemoryBound(to: UInt16.self), rows.lowerBound, rows.upperBound, bias,
                y.base, y.stride)
        case .quantized: preconditionFailure("a quantized matrix needs quantized rows")
        }
    }

    /// The same with quantized rows and a quantized matrix of the same groups.
    package func matmul(
        _ x: QuantizedRows, _ matrix: TileMatrix, rows: Range<Int>, bias: FloatView? = nil,
        into y: MutableFloatView
    ) {
        check(x.rowCount, x.columnCount, matrix, rows, bias, y)
        guard case .quantized(let quantization) = matrix.format, quantization.groupCount == x.groupCount
        else {
            preconditionFailure("rows in groups of \(x.groupCount) for a matrix of \(matrix.format)")
        }
        var value = quantization.kernelValue
        var input = unsafe x.kernelValue
        unsafe table.pointee.matmul_quantized(
            &input, x.rowCount, matrix.inputCount, &value, matrix.tiles, rows.lowerBound, rows.upperBound,
            bias.map { unsafe $0.base }, y.base, y.stride)
    }

    /// Quantizes rows of activations, group by group (numerics.md rule 8).
    package func quantize(_ x: FloatView, into y: QuantizedRows) {
        precondition(
            x.rowCount == y.rowCount && x.columnCount == y.columnCount,
            "\(x.rowCount) x \(x.columnCount) into \(y.rowCount) x \(y.columnCount)")
        var output = unsafe y.kernelValue
        unsafe table.pointee.quantize_rows(
            x.base, x.stride, x.rowCount, x.columnCount, y.groupCount, &output)
    }

    private func check(
        _ rowCount: Int, _ columnCount: Int, _ matrix: TileMatrix, _ rows: Range<Int>, _ bias: FloatView?,
        _ y: MutableFloatView
    ) {
        precondition(
            columnCount == matrix.inputCount, "\(columnCount) columns for \(matrix.inputCount) inputs")
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= matrix.outputCount,
            "outputs \(rows) of \(matrix.outputCount)")
        precondition(
            y.rowCount == rowCount && y.columnCount == rows.count,
            "y is \(y.rowCount) x \(y.columnCount), not \(rowCount) x \(rows.count)")
        precondition(
            (bias?.columnCount ?? rows.upperBound) >= rows.upperBound, "bias is shorter than the range")
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
}

extension QuantizedRows {
    fileprivate var kernelValue: sk_quantized_rows {
        unsafe sk_quantized_rows(codes: codes, scales: scales, sums: sums, row_capacity: rowCapacity)
    }
}
