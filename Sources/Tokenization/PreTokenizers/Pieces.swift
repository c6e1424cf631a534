/// A text on its way from one string to words: bytes, and which ranges of them are the pieces.
struct Pieces {
    /// Valid UTF-8.
    private(set) var bytes: [UInt8]
    /// In order, without overlap, none empty; what lies between was removed.
    private(set) var ranges: [Range<Int>]
    /// Whether the first piece starts where the whole text that was given to the tokenizer starts.
    private(set) var startsText: Bool

    init(_ bytes: [UInt8], startsText: Bool) {
        self.bytes = bytes
        ranges = bytes.isEmpty ? [] : [0..<bytes.count]
        self.startsText = startsText
    }

    /// Splits each piece where a pattern matches; inverted, matches count as text and text as matches.
    mutating func split(by pattern: TextPattern, _ behavior: SplitBehavior, isInverted: Bool = false) throws {
        try split(behavior, isInverted: isInverted) { bytes, range, addMatch in
            try pattern.forEachMatch(in: bytes, range, addMatch)
        }
    }

    /// Splits each piece at the scalars that `isMatch` takes.
    mutating func split(_ behavior: SplitBehavior, at isMatch: (Unicode.Scalar) -> Bool) throws {
        try split(behavior) { bytes, range, addMatch in
            var offset = range.lowerBound
            for scalar in UTF8Scan.scalars(of: bytes[range]) {
                let end = offset + UTF8.width(scalar)
                if isMatch(scalar) { addMatch(offset..<end) }
                offset = end
            }
        }
    }

    private mutating func split(
        _ behavior: SplitBehavior, isInverted: Bool = false,
        findMatches: ([UInt8], Range<Int>, (Range<Int>) -> Void) throws -> Void
    ) throws {
        var pieces: [Range<Int>] = []
        for range in ranges {
            var splitter = PieceSplitter(behavior, isInverted: isInverted, start: range.lowerBound)
            try findMatches(bytes, range) { splitter.addMatch($0, to: &pieces) }
            splitter.finish(at: range.upperBound, to: &pieces)
        }
        if pieces.first?.lowerBound != ranges.first?.lowerBound { startsText = false }
        ranges = pieces
    }

    /// Writes every piece anew; `write` appends what becomes of it, and is told whether the piece starts the
    /// text.
    mutating func rewrite(_ write: (Span<UInt8>, _ startsText: Bool, inout [UInt8]) -> Void) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 4)
        for index in ranges.indices {
            let start = output.count
            write(bytes.span.extracting(ranges[index]), startsText && index == 0, &output)
            ranges[index] = start..<output.count
        }
        ranges.removeAll { $0.isEmpty }
        bytes = output
    }
}
