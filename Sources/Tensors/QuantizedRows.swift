/// Rows of activations as signed codes with a scale each group, in memory that somebody else owns.
///
/// Group-major: group g of row r has `groupCount` codes at (g * rowCapacity + r) * groupCount; see `sk_quantized_rows`
/// in CKernels.
@safe package struct QuantizedRows {
    let codes: UnsafeMutablePointer<Int8>
    let scales: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Int32>
    /// Rows from one group to the next.
    let rowCapacity: Int
    /// Rows.
    package let rowCount: Int
    /// Elements of a row.
    package let columnCount: Int
    /// Elements of a group.
    package let groupCount: Int

    /// The rows of a range, as a view of its own.
    package func rows(_ range: Range<Int>) -> QuantizedRows {
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of \(rowCount)")
        return unsafe QuantizedRows(
            codes: codes + range.lowerBound * groupCount, scales: scales + range.lowerBound,
            sums: sums + range.lowerBound, rowCapacity: rowCapacity, rowCount: range.count,
            columnCount: columnCount, groupCount: groupCount)
    }
}
