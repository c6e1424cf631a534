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

    /// One group of a row: its codes, scale and sum of codes.
    package func group(_ index: Int, ofRow row: Int) -> (codes: [Int8], scale: Float, sum: Int32) {
        let first = index * groupCount
        precondition((0..<rowCount).contains(row) && index >= 0 && first < columnCount)
        let place = index * rowCapacity + row
        let count = min(groupCount, columnCount - first)
        let codes = unsafe Array(UnsafeBufferPointer(start: self.codes + place * groupCount, count: count))
        return unsafe (codes, scales[place], sums[place])
    }
}
