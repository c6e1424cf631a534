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
    mutating func split(_ behavior: SplitBehavior, at isMatch: (Unicode.Scalar) -> Bool) {
        split(behavior) { bytes, range, addMatch in
            UTF8Scan.forEachScalar(of: bytes.span.extracting(range)) { scalar, part in
                guard isMatch(scalar) else { return }
                addMatch(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
            }
        }
    }

    /// Replaces each piece by the parts of it that `findParts` names, by their places in the piece.
    mutating func split(findParts: (Span<UInt8>, (Range<Int>) -> Void) -> Void) {
        var parts: [Range<Int>] = []
        for range in ranges {
            findParts(bytes.span.extracting(range)) { part in
                parts.append(range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
            }
        }
        take(parts)
    }

    private mutating func split(
        _ behavior: SplitBehavior, isInverted: Bool = false,
        findMatches: ([UInt8], Range<Int>, (Range<Int>) -> Void) throws -> Void
    ) rethrows {
        var pieces: [Range<Int>] = []
        for range in ranges {
            var splitter = PieceSplitter(behavior, isInverted: isInverted, start: range.lowerBound)
            try findMatches(bytes, range) { splitter.addMatch($0, to: &pieces) }
            splitter.finish(at: range.upperBound, to: &pieces)
        }
        take(pieces)
    }

    private mutating func take(_ parts: [Range<Int>]) {
        if parts.first?.lowerBound != ranges.first?.lowerBound { startsText = false }
        ranges = parts
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
