/// Many byte strings, one behind the other in memory: a few bytes each instead of an array each.
struct ByteStrings: Sendable {
    /// The strings' bytes, with nothing in between.
    private(set) var bytes: [UInt8] = []
    /// Where each string ends; it starts where the one before it does.
    private var ends: [Int32] = []

    init() {}

    /// Makes room for so many strings with so many bytes together, and not more.
    init(count: Int, byteCount: Int) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(count)
    }

    var count: Int { ends.count }
    var isEmpty: Bool { ends.isEmpty }
    var indices: Range<Int> { 0..<ends.count }

    /// Where a string lies in `bytes`.
    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index]) }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    mutating func append(_ string: ArraySlice<UInt8>) {
        bytes.append(contentsOf: string)
        endString()
    }

    mutating func append(_ string: [UInt8]) {
        bytes.append(contentsOf: string)
        endString()
    }

    // MARK: - One string in parts

    /// Adds bytes to the string that `endString` will end.
    mutating func write(_ part: some Collection<UInt8>) { bytes.append(contentsOf: part) }

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    /// Makes a string of what was written since the last one.
    mutating func endString() { ends.append(Int32(bytes.count)) }

    /// Empties the list, whose memory stays for the next strings.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
