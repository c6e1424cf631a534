package import Platform

/// A mapped pack, seen as headers, matrices, tables and vectors at byte offsets. All offsets and shapes are
/// checked against the mapping; what lies where is `PackLayout`'s business.
///
/// Views given out live as long as the mapping; whoever holds them holds this.
package struct PackRegion: Sendable {
    private let region: MappedRegion

    /// Sees `region` as a pack.
    package init(_ region: MappedRegion) { self.region = region }

    /// Bytes of the mapping.
    package var byteCount: Int { region.byteCount }

    /// Reads the first 4096 bytes.
    package func header() throws(WireError) -> PackHeader {
        let count = min(PackHeader.byteCount, region.byteCount)
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: region.base, count: count))
        return try PackHeader(decoding: bytes)
    }

    /// Writes the first 4096 bytes; the mapping must be writable.
    package func write(_ header: PackHeader) {
        precondition(region.byteCount >= PackHeader.byteCount, "the pack has \(region.byteCount) bytes")
        unsafe header.encoded.withUnsafeBytes { bytes in
            unsafe region.base.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
    }

    /// The matrix whose tile 0 is at `byteOffset`.
    package func matrix(at byteOffset: Int, format: MatrixFormat, outputCount: Int, inputCount: Int)
        -> TileMatrix
    {
        guard
            let count = TileMatrix.byteCount(format: format, outputCount: outputCount, inputCount: inputCount)
        else { preconditionFailure("a matrix of \(outputCount) x \(inputCount) overflows") }
        return unsafe TileMatrix(
            tiles: UnsafeRawPointer(start(ofBytes: count, at: byteOffset)), format: format,
            outputCount: outputCount, inputCount: inputCount)
    }

    /// The bytes of a range, for writing; the mapping must be writable.
    package func mutableBytes(at byteOffset: Int, count: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: start(ofBytes: count, at: byteOffset), count: count)
    }

    /// The contiguous rows at `byteOffset`.
    package func floats(at byteOffset: Int, rowCount: Int, columnCount: Int) -> FloatView {
        let base = unsafe floats(at: byteOffset, count: rowCount * columnCount)
        return unsafe FloatView(base: base, rowCount: rowCount, columnCount: columnCount, stride: columnCount)
    }

    /// The same rows, for writing; the mapping must be writable.
    package func mutableFloats(at byteOffset: Int, rowCount: Int, columnCount: Int) -> MutableFloatView {
        let base = unsafe start(of: rowCount * columnCount, at: byteOffset)
        return unsafe MutableFloatView(
            base: base, rowCount: rowCount, columnCount: columnCount, stride: columnCount)
    }

    private func floats(at byteOffset: Int, count: Int) -> UnsafePointer<Float> {
        unsafe UnsafePointer(start(of: count, at: byteOffset))
    }

    private func start(of count: Int, at byteOffset: Int) -> UnsafeMutablePointer<Float> {
        precondition(
            byteOffset.isMultiple(of: 4) && count <= Int.max / 4, "\(count) floats at byte \(byteOffset)")
        return unsafe start(ofBytes: count * 4, at: byteOffset).assumingMemoryBound(to: Float.self)
    }

    private func start(ofBytes count: Int, at byteOffset: Int) -> UnsafeMutableRawPointer {
        precondition(
            byteOffset >= 0 && count >= 0 && count <= region.byteCount - byteOffset,
            "\(count) bytes at byte \(byteOffset) of a pack of \(region.byteCount) bytes")
        return unsafe region.base + byteOffset
    }
}
