/// The best way to cut a word into tokens, found from left to right, and the memory for it.
struct BestPath: WordMemory {
    private struct Node {
        var score = 0.0
        /// Where the token that ends here starts, or -1 if none does.
        var start: Int32 = -1
        /// The token, or -1 for a character that no token covers.
        var id: Int32 = -1
    }

    /// The best token that ends at each offset.
    private var nodes: [Node] = []
    /// The parts from the last to the first.
    private var parts: [(range: Range<Int>, id: Int32)] = []
    /// More nodes than this are not kept for the next word.
    private static let keptNodeCountMax = 1 << 16

    init() {}

    /// Finds the best cut of `word`. An earlier token wins over an equally good later one.
    mutating func find(in word: Span<UInt8>, by model: UnigramModel) {
        if nodes.count > Self.keptNodeCountMax { nodes = [] }
        let count = word.count
        for index in 0..<min(nodes.count, count + 1) { nodes[index] = Node() }
        while nodes.count <= count { nodes.append(Node()) }
        let isSingle = model.sumPrecision == .single
        var start = 0
        while start < count {
            let sum = nodes[start].score
            let characterEnd = start + UTF8Scan.sequenceByteCount(word[start])
            var coversCharacter = false
            var node: ByteTrie.Node = 0
            var offset = start
            while offset < count, let following = model.tokens.child(of: node, word[offset]) {
                node = following
                offset += 1
                let id = model.tokens.value(of: node)
                guard id >= 0 else { continue }
                let score = sum + model.scores[Int(id)]
                if nodes[offset].start < 0 || score > nodes[offset].score {
                    nodes[offset] = Node(
                        score: isSingle ? Double(Float(score)) : score, start: Int32(start), id: id)
                }
                if offset == characterEnd { coversCharacter = true }
            }
            if !coversCharacter {
                let score = isSingle ? Double(Float(sum + model.unknownScore)) : sum + model.unknownScore
                if nodes[characterEnd].start < 0 || score > nodes[characterEnd].score {
                    nodes[characterEnd] = Node(score: score, start: Int32(start), id: -1)
                }
            }
            start = characterEnd
        }
        collectParts(count, unknownID: model.unknownID)
    }

    /// Walks back from the end; neighbouring unknown parts become one.
    private mutating func collectParts(_ count: Int, unknownID: Int32?) {
        parts.removeAll(keepingCapacity: true)
        var end = count
        while end > 0 {
            let node = nodes[end]
            let start = Int(node.start)
            let isUnknown = node.id < 0 || node.id == unknownID
            if isUnknown, let last = parts.last, last.id < 0, last.range.lowerBound == end {
                parts[parts.count - 1].range = start..<last.range.upperBound
            } else {
                parts.append((start..<end, isUnknown ? -1 : node.id))
            }
            end = start
        }
    }

    /// Calls `body` with each part of the best cut from left to right; the id is -1 for unknown characters.
    func forEachPart(_ body: (Range<Int>, Int32) throws -> Void) rethrows {
        for part in parts.reversed() { try body(part.range, part.id) }
    }
}
