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
        var start = 0
        while start < count {
            let sum = nodes[start].score
            let characterEnd = start + UTF8Scan.sequenceByteCount(word[start])
            let reach = min(count, start + model.prefixes.byteCountMax)
            var coversCharacter = false
            var hash = ByteHash()
            var offset = start
            while offset < reach {
                let end = offset + UTF8Scan.sequenceByteCount(word[offset])
                while offset < end {
                    hash.append(word[offset])
                    offset += 1
                }
                let mixed = hash.mixed
                guard model.prefixes.mayContain(mixed) else { break }
                guard let id = model.vocabulary.id(of: word.extracting(start..<end), hash: mixed),
                    let tokenScore = model.scores.score(of: id, byteCount: end - start)
                else { continue }
                enter(sum + tokenScore, Int32(start), id, at: end, model.scores)
                if end == characterEnd { coversCharacter = true }
            }
            if !coversCharacter {
                enter(sum + model.unknownScore, Int32(start), -1, at: characterEnd, model.scores)
            }
            start = characterEnd
        }
        collectParts(count, unknownID: model.unknownID)
    }

    /// Takes a token that ends at `end` if it is better than what ends there so far.
    private mutating func enter(
        _ score: Double, _ start: Int32, _ id: Int32, at end: Int, _ scores: UnigramScores
    ) {
        guard nodes[end].start < 0 || score > nodes[end].score else { return }
        nodes[end] = Node(score: scores.rounded(score), start: start, id: id)
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
