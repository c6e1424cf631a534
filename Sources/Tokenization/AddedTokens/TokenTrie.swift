/// Finds the leftmost and there the longest of many byte strings.
struct TokenTrie: Sendable {
    /// Edges from (node, byte) to the next node; node 0 is the root.
    private var edges: [UInt64: Int32] = [:]
    /// The number that was given for the string which ends at a node, or -1.
    private var values: [Int32] = [-1]
    /// Which bytes a string may start with.
    private var isFirstByte = [Bool](repeating: false, count: 256)

    /// Enters a string; one that is already there keeps its first number.
    mutating func insert(_ string: some Sequence<UInt8>, value: Int32) {
        var node: Int32 = 0
        for byte in string {
            if node == 0 { isFirstByte[Int(byte)] = true }
            let key = UInt64(node) << 8 | UInt64(byte)
            if let following = edges[key] {
                node = following
            } else {
                let following = Int32(values.count)
                edges[key] = following
                values.append(-1)
                node = following
            }
        }
        if node != 0, values[Int(node)] < 0 { values[Int(node)] = value }
    }

    /// The first place at or after `start` where a string lies, the longest one there, and its number.
    func firstMatch(in text: Span<UInt8>, from start: Int) -> (range: Range<Int>, value: Int32)? {
        guard !edges.isEmpty else { return nil }
        for origin in start..<text.count where isFirstByte[Int(text[origin])] {
            var node: Int32 = 0
            var longest: (range: Range<Int>, value: Int32)?
            var offset = origin
            while offset < text.count, let following = edges[UInt64(node) << 8 | UInt64(text[offset])] {
                node = following
                offset += 1
                if values[Int(node)] >= 0 { longest = (origin..<offset, values[Int(node)]) }
            }
            if let longest { return longest }
        }
        return nil
    }
}
