package import Platform

/// Room for quantized rows of any group size, whose pages exist from their first touch on.
///
/// A class: it owns the mapping, and views of it are valid as long as it lives.
@safe package final class QuantizedBuffer {
    /// Rows at most.
    package let rowCountMax: Int
    /// Elements of a row at most.
    package let columnCountMax: Int
    private let region: MappedRegion

    private static let groupCountMin = 32
    private static let groupCountMax = 128

    /// Reserves room; throws if the address space does not hold it.
    package init(rowCountMax: Int, columnCountMax: Int) throws(SystemError) {
        precondition(
            rowCountMax >= 0 && columnCountMax >= 0, "\(rowCountMax) x \(columnCountMax) is negative")
        self.rowCountMax = rowCountMax
        self.columnCountMax = columnCountMax
        let byteCount = QuantizedBuffer.byteCount(rowCountMax: rowCountMax, columnCountMax: columnCountMax)
        region = try MappedRegion.anonymous(byteCount: max(byteCount, 1))
    }

    /// Bytes of a buffer: the codes, and a scale and a sum of each of the smallest groups.
    package static func byteCount(rowCountMax: Int, columnCountMax: Int) -> Int {
        rowCountMax * (codeCount(columnCountMax) + 8 * scaleCount(columnCountMax))
    }

    /// The start of the buffer for rows of a shape, which must fit.
    package func view(rowCount: Int, columnCount: Int, groupCount: Int) -> QuantizedRows {
        precondition(
            (0...rowCountMax).contains(rowCount) && (0...columnCountMax).contains(columnCount),
            "\(rowCount) x \(columnCount) in a buffer of \(rowCountMax) x \(columnCountMax)")
        precondition((QuantizedBuffer.groupCountMin...QuantizedBuffer.groupCountMax).contains(groupCount))
        let scales = rowCountMax * QuantizedBuffer.codeCount(columnCountMax)
        let sums = scales + 4 * rowCountMax * QuantizedBuffer.scaleCount(columnCountMax)
        return unsafe QuantizedRows(
            codes: region.base.assumingMemoryBound(to: Int8.self),
            scales: (region.base + scales).assumingMemoryBound(to: Float.self),
            sums: (region.base + sums).assumingMemoryBound(to: Int32.self), rowCapacity: rowCount,
            rowCount: rowCount, columnCount: columnCount, groupCount: groupCount)
    }

    private static func codeCount(_ columnCount: Int) -> Int {
        (columnCount + groupCountMax - 1) / groupCountMax * groupCountMax
    }

    private static func scaleCount(_ columnCount: Int) -> Int {
        (columnCount + groupCountMin - 1) / groupCountMin
    }
}
