/// Many byte strings, each with a number, as a tree: finds every one that a text starts with in one walk.
///
/// Nodes lie in breadth-first order, so a node's children are neighbours, ordered by the byte that leads to
/// them:
///
///     node:        0 | 1 2 3 | 4 5 | ...
///     firstChild:  1   4 6 6   ...          children of i: firstChild[i] ..< firstChild[i + 1]
///
/// Building takes time and memory in proportion to the bytes of all strings, whatever they are.
struct ByteTrie: Sendable {
    /// A place in the tree.
    typealias Node = Int32

    /// The byte that leads to each node.
    private var labels: [UInt8] = [0]
    private var firstChild: [Int32] = []
    /// The number of the string that ends at each node, or -1.
    private var values: [Int32] = [-1]
    /// The root's children by byte, or -1: most walks end there.
    private var rootChildren = [Int32](repeating: -1, count: 256)

    /// A tree without strings.
    init() { firstChild = [1, 1] }

    /// The tree of some strings, whose numbers are those that `value` gives to their indices; empty ones are left
    /// out, and of equal ones the last counts. Nil if it would take more than `byteCountMax` bytes, those that its
    /// making takes included.
    init?(_ strings: ByteStrings, byteCountMax: Int, value: (Int) -> Int32) {
        var nodeCount = 1
        let isSmall = Self.forEachNode(
            of: strings, byteCountMax: byteCountMax, opened: {}, child: { _, _, _ in nodeCount += 1 })
        guard isSmall else { return nil }
        var (labels, values) = (labels, values)
        var firstChild: [Int32] = []
        labels.reserveCapacity(nodeCount)
        values.reserveCapacity(nodeCount)
        firstChild.reserveCapacity(nodeCount + 1)
        var rootChildren = rootChildren
        _ = Self.forEachNode(
            of: strings, byteCountMax: byteCountMax,
            opened: { firstChild.append(Int32(labels.count)) },
            child: { label, string, isOfRoot in
                if isOfRoot { rootChildren[Int(label)] = Int32(labels.count) }
                labels.append(label)
                values.append(string.map(value) ?? -1)
            })
        firstChild.append(Int32(labels.count))
        (self.labels, self.values, self.firstChild) = (labels, values, firstChild)
        self.rootChildren = rootChildren
    }

    /// Goes through the nodes breadth first: each is opened, then come its children with the last string that ends
    /// there. False if the tree or what this takes would have more than `byteCountMax` bytes.
    private static func forEachNode(
        of strings: ByteStrings, byteCountMax: Int, opened: () -> Void,
        child: (_ label: UInt8, _ string: Int?, _ isOfRoot: Bool) -> Void
    ) -> Bool {
        var byteCount = nodeByteCount + 2 * MemoryLayout<Int32>.stride * strings.count
        var listByteCountMax = 0
        guard byteCount <= byteCountMax else { return false }
        var order = strings.indices.map { Int32($0) }
        var scratch = order
        // The groups of strings that lead to the nodes of one depth, and to their children.
        var level = [Group(start: 0, end: Int32(order.count))]
        var depth = 0
        while !level.isEmpty {
            var following: [Group] = []
            for group in level {
                opened()
                let group = sort(
                    &order, Int(group.start)..<Int(group.end), by: depth, of: strings, &scratch)
                var start = group.lowerBound
                while start < group.upperBound {
                    let label = byte(strings, order[start], depth)
                    var end = start + 1
                    while end < group.upperBound, byte(strings, order[end], depth) == label { end += 1 }
                    let last = order[start..<end].last { strings.range(Int($0)).count == depth + 1 }
                    child(label, last.map { Int($0) }, depth == 0)
                    following.append(Group(start: Int32(start), end: Int32(end)))
                    byteCount += nodeByteCount
                    // A list may have twice the room it needs, and is there twice while it grows.
                    listByteCountMax = max(
                        listByteCountMax,
                        MemoryLayout<Group>.stride * (2 * level.count + 3 * following.count))
                    guard byteCount + listByteCountMax <= byteCountMax else { return false }
                    start = end
                }
            }
            level = following
            depth += 1
        }
        return true
    }

    /// Neighbours in the order of the strings that have the same beginning.
    private struct Group {
        let start: Int32
        let end: Int32
    }

    /// What a node takes.
    private static let nodeByteCount = 9

    /// How many bytes the tree takes.
    var tableByteCount: Int { Self.nodeByteCount * labels.count }

    /// Whether there is no string.
    var isEmpty: Bool { labels.count == 1 }

    /// Where a byte leads from a node, or nil.
    func child(of node: Node, _ byte: UInt8) -> Node? {
        if node == 0 { return rootChildren[Int(byte)] < 0 ? nil : rootChildren[Int(byte)] }
        var low = Int(firstChild[Int(node)])
        var high = Int(firstChild[Int(node) + 1])
        while high - low > 6 {
            let middle = (low + high) / 2
            if labels[middle] <= byte { low = middle } else { high = middle }
        }
        while low < high {
            if labels[low] == byte { return Int32(low) }
            low += 1
        }
        return nil
    }

    /// The number of the string that ends at a node, or -1.
    func value(of node: Node) -> Int32 { values[Int(node)] }

    /// The longest string that `text` has at `start`, as its number and where it ends.
    func longestMatch(in text: Span<UInt8>, at start: Int) -> (value: Int32, end: Int)? {
        var node: Node = 0
        var longest: (value: Int32, end: Int)?
        var offset = start
        while offset < text.count, let following = child(of: node, text[offset]) {
            node = following
            offset += 1
            if values[Int(node)] >= 0 { longest = (values[Int(node)], offset) }
        }
        return longest
    }

    /// The first place at or after `start` where a string lies, the longest one there, and its number.
    func firstMatch(in text: Span<UInt8>, from start: Int) -> (range: Range<Int>, value: Int32)? {
        guard !isEmpty else { return nil }
        for origin in start..<text.count where rootChildren[Int(text[origin])] >= 0 {
            if let match = longestMatch(in: text, at: origin) { return (origin..<match.end, match.value) }
        }
        return nil
    }

    // MARK: - Building

    private static func byte(_ strings: ByteStrings, _ index: Int32, _ depth: Int) -> UInt8 {
        strings.bytes[strings.range(Int(index)).lowerBound + depth]
    }

    /// Orders a group by the byte at `depth`, equal ones as they came; what is left of it without the strings
    /// that end before.
    private static func sort(
        _ order: inout [Int32], _ group: Range<Int>, by depth: Int, of strings: ByteStrings,
        _ scratch: inout [Int32]
    ) -> Range<Int> {
        var start = group.lowerBound
        var end = start
        for position in group where strings.range(Int(order[position])).count > depth {
            scratch[end] = order[position]
            end += 1
        }
        guard start < end else { return start..<start }
        var places = [Int](repeating: 0, count: end - start > 24 ? 257 : 0)
        guard !places.isEmpty else {
            // Few strings: each is inserted where it belongs.
            for position in start..<end {
                let index = scratch[position]
                let label = byte(strings, index, depth)
                var place = position
                while place > start, byte(strings, order[place - 1], depth) > label {
                    order[place] = order[place - 1]
                    place -= 1
                }
                order[place] = index
            }
            return start..<end
        }
        for position in start..<end { places[Int(byte(strings, scratch[position], depth)) + 1] += 1 }
        for label in 1...256 { places[label] += places[label - 1] }
        for position in start..<end {
            let label = Int(byte(strings, scratch[position], depth))
            order[start + places[label]] = scratch[position]
            places[label] += 1
        }
        start = group.lowerBound
        return start..<end
    }
}
