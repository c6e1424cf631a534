extension MutableFloatView {
    /// Divides every element by `divisor`, one rounding each.
    package func divide(by divisor: Float) {
        for row in 0..<rowCount {
            let start = unsafe base + row * stride
            for column in 0..<columnCount { unsafe start[column] /= divisor }
        }
    }

    /// Adds `addend` to every element, one rounding each.
    package func add(_ addend: Float) {
        for row in 0..<rowCount {
            let start = unsafe base + row * stride
            for column in 0..<columnCount { unsafe start[column] += addend }
        }
    }

    /// Sets every element to +0.
    package func clear() {
        for row in 0..<rowCount {
            unsafe (base + row * stride).update(repeating: 0, count: columnCount)
        }
    }

    /// Hands out the elements of a vector (one row).
    package func withMutableSpan<Result>(_ body: (inout MutableSpan<Float>) -> Result) -> Result {
        precondition(rowCount == 1, "a matrix of \(rowCount) rows")
        var span = unsafe MutableSpan(_unsafeStart: base, count: columnCount)
        return body(&span)
    }

    /// Copies `source`, which has the same shape and does not overlap.
    package func copy(from source: FloatView) {
        precondition(
            source.rowCount == rowCount && source.columnCount == columnCount,
            "\(source.rowCount) x \(source.columnCount) into \(rowCount) x \(columnCount)")
        for row in 0..<rowCount {
            unsafe (base + row * stride).update(from: source.base + row * source.stride, count: columnCount)
        }
    }
}

extension FloatView {
    /// Appends the bytes of a vector (little-endian f32) to a list.
    package func appendBytes(to bytes: inout [UInt8]) {
        precondition(rowCount == 1, "a matrix of \(rowCount) rows")
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: columnCount * 4))
    }
}
