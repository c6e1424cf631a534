/// Appends little-endian fields to a buffer that is reused from frame to frame.
///
/// Each type has a function: a generic one, called from another module, looks its type up each time.
package struct ByteWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []

    /// Makes an empty writer that grows past `byteCount` only by allocating.
    package init(reservingCapacity byteCount: Int = 0) {
        bytes.reserveCapacity(byteCount)
    }

    /// Forgets the bytes and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    /// Appends a byte.
    package mutating func append(_ value: UInt8) { bytes.append(value) }
    /// Appends an integer, least significant byte first.
    package mutating func append(_ value: UInt16) { appendInteger(value) }
    /// Appends an integer, least significant byte first.
    package mutating func append(_ value: UInt32) { appendInteger(value) }
    /// Appends an integer, least significant byte first.
    package mutating func append(_ value: UInt64) { appendInteger(value) }
    /// Appends an integer, least significant byte first.
    package mutating func append(_ value: Int32) { appendInteger(value) }

    private mutating func appendInteger<Value: FixedWidthInteger>(_ value: Value) {
        var rest = value.littleEndian
        unsafe withUnsafeBytes(of: &rest) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends the bit pattern of a 32-bit float.
    package mutating func append(_ value: Float) {
        append(value.bitPattern)
    }

    /// Appends the bit pattern of a 64-bit float.
    package mutating func append(_ value: Double) {
        append(value.bitPattern)
    }

    /// Appends `values` one after the other, without a count.
    package mutating func append(_ values: ArraySlice<Int32>) {
        for value in values { appendInteger(value) }
    }

    /// Appends `values` one after the other, without a count.
    package mutating func append(_ values: [Int32]) { append(values[...]) }

    /// Appends raw bytes, without a count.
    package mutating func append(raw values: some Sequence<UInt8>) {
        bytes.append(contentsOf: values)
    }

    /// Overwrites the 32-bit field that starts at `offset`, for counts known only afterwards.
    package mutating func replace(at offset: Int, with value: UInt32) {
        precondition(offset >= 0 && offset + 4 <= bytes.count, "no 32-bit field at offset \(offset)")
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
}
