/// Reads little-endian fields from a range of an array, checking every length before it reads.
///
/// Holds a reference to the array and allocates nothing. Each type has a function: a generic one, called from another
/// module, looks its type up each time.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    private var offset: Int

    /// Reads `bytes[range]`.
    package init(_ bytes: [UInt8], range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "range outside the buffer")
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// How many bytes have not been read.
    package var remainingByteCount: Int { end - offset }

    /// Reads an integer, called `what` in the error.
    package mutating func readUInt8(_ what: StaticString) throws(WireError) -> UInt8 { try integer(what) }
    /// Reads an integer, called `what` in the error.
    package mutating func readUInt16(_ what: StaticString) throws(WireError) -> UInt16 { try integer(what) }
    /// Reads an integer, called `what` in the error.
    package mutating func readUInt32(_ what: StaticString) throws(WireError) -> UInt32 { try integer(what) }
    /// Reads an integer, called `what` in the error.
    package mutating func readUInt64(_ what: StaticString) throws(WireError) -> UInt64 { try integer(what) }
    /// Reads an integer, called `what` in the error.
    package mutating func readInt32(_ what: StaticString) throws(WireError) -> Int32 { try integer(what) }

    /// Reads a 32-bit float by its bit pattern.
    package mutating func readFloat(_ what: StaticString) throws(WireError) -> Float {
        Float(bitPattern: try readUInt32(what))
    }

    /// Reads a 64-bit float by its bit pattern.
    package mutating func readDouble(_ what: StaticString) throws(WireError) -> Double {
        Double(bitPattern: try readUInt64(what))
    }

    /// Reads a 32-bit count that must lie in `0...limit`.
    package mutating func readCount(_ what: StaticString, limit: Int) throws(WireError) -> Int {
        let value = try readUInt32(what)
        guard value <= UInt32(limit) else {
            throw .outOfRange(what: "\(what)", value: Int64(value), allowed: 0...Int64(limit))
        }
        return Int(value)
    }

    /// Appends `count` 32-bit integers to `values`.
    package mutating func readInt32s(
        count: Int, into values: inout [Int32], _ what: StaticString
    ) throws(WireError) {
        try require(count * 4, what)
        for _ in 0..<count { values.append(try readInt32(what)) }
    }

    /// Appends `count` raw bytes to `values`.
    package mutating func readBytes(
        count: Int, into values: inout [UInt8], _ what: StaticString
    ) throws(WireError) {
        try require(count, what)
        values.append(contentsOf: bytes[offset..<offset + count])
        offset += count
    }

    /// Makes sure that nothing is left.
    package func requireEnd() throws(WireError) {
        guard offset == end else { throw .trailingBytes(count: end - offset) }
    }

    private mutating func integer<Value: FixedWidthInteger>(
        _ what: StaticString
    ) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        try require(size, what)
        defer { offset += size }
        return unsafe bytes.withUnsafeBytes {
            unsafe Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
    }

    private func require(_ count: Int, _ what: StaticString) throws(WireError) {
        guard count <= end - offset else {
            throw .truncated(what: "\(what)", needed: count, available: end - offset)
        }
    }
}
