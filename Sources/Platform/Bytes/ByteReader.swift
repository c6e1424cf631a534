/// Reads little-endian fields from a range of an array, checking every length before it reads.
///
/// Holds a reference to the array and allocates nothing.
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

    /// Reads one fixed-width integer, of the type the caller wants, called `what` in the error.
    package mutating func read<Value: FixedWidthInteger>(_ what: StaticString) throws(WireError) -> Value {
        try read(Value.self, what)
    }

    /// Reads one fixed-width integer of the named type, called `what` in the error.
    package mutating func read<Value: FixedWidthInteger>(
        _: Value.Type, _ what: StaticString
    ) throws(WireError) -> Value {
        let size = MemoryLayout<Value>.size
        try require(size, what)
        defer { offset += size }
        return unsafe bytes.withUnsafeBytes {
            unsafe Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
    }

    /// Reads a 32-bit float by its bit pattern.
    package mutating func readFloat(_ what: StaticString) throws(WireError) -> Float {
        Float(bitPattern: try read(UInt32.self, what))
    }

    /// Reads a 64-bit float by its bit pattern.
    package mutating func readDouble(_ what: StaticString) throws(WireError) -> Double {
        Double(bitPattern: try read(UInt64.self, what))
    }

    /// Reads a 32-bit count that must lie in `0...limit`.
    package mutating func readCount(_ what: StaticString, limit: Int) throws(WireError) -> Int {
        let value = try read(UInt32.self, what)
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
        for _ in 0..<count { values.append(try read(Int32.self, what)) }
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

    private func require(_ count: Int, _ what: StaticString) throws(WireError) {
        guard count <= end - offset else {
            throw .truncated(what: "\(what)", needed: count, available: end - offset)
        }
    }
}
