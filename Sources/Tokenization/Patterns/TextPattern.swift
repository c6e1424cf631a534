/// What Replace and Split look for: a string as it is, or a regular expression.
enum TextPattern: Sendable {
    case literal([UInt8])
    case regex(RegexPattern)

    /// A string that the key must hold, and that must not be empty.
    init(literal file: FileObject, _ key: String) throws {
        let text = try file.string(key)
        guard !text.isEmpty else { throw file.fault(key, "is empty; at least one character is needed") }
        self = .literal(Array(text.utf8))
    }

    /// Reads `{"String": ...}` or `{"Regex": ...}`.
    init(_ file: FileObject, _ key: String) throws {
        let pattern = try file.object(key)
        if let literal = try pattern.optionalString("String") {
            guard !literal.isEmpty else {
                throw pattern.fault("String", "is empty; at least one character is needed")
            }
            self = .literal(Array(literal.utf8))
        } else if let source = try pattern.optionalString("Regex") {
            self = .regex(try RegexPattern(source, path: pattern.path("Regex")))
        } else {
            throw file.fault(key, "must hold \"String\" or \"Regex\"")
        }
    }

    /// Calls `body` with each match in `text[range]`, from left to right; what lies outside does not exist
    /// for it.
    func forEachMatch(in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void) throws {
        switch self {
        case .regex(let pattern): try pattern.forEachMatch(in: text, range, body)
        case .literal(let literal): Self.forEachMatch(of: literal, in: text, range, body)
        }
    }

    private static func forEachMatch(
        of literal: [UInt8], in text: [UInt8], _ range: Range<Int>, _ body: (Range<Int>) -> Void
    ) {
        var offset = range.lowerBound
        while offset + literal.count <= range.upperBound {
            if isMatch(literal, in: text, at: offset) {
                body(offset..<offset + literal.count)
                offset += literal.count
            } else {
                offset += 1
            }
        }
    }

    private static func isMatch(_ literal: [UInt8], in text: [UInt8], at offset: Int) -> Bool {
        guard offset + literal.count <= text.count else { return false }
        for index in literal.indices where text[offset + index] != literal[index] { return false }
        return true
    }

    /// The text with every match replaced.
    func replacing(in text: [UInt8], with content: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var end = 0
        try forEachMatch(in: text, 0..<text.count) { match in
            output.append(contentsOf: text[end..<match.lowerBound])
            output.append(contentsOf: content)
            end = match.upperBound
        }
        output.append(contentsOf: text[end...])
        return output
    }

    /// The same where the pattern is known to be a literal, which cannot fail; another pattern changes nothing.
    func replacingLiteral(in text: [UInt8], with content: [UInt8]) -> [UInt8] {
        guard firstLiteralMatch(in: text[...]) != nil else { return text }
        var output = ByteStrings()
        appendReplacingLiteral(in: text[...], with: content, to: &output)
        return output.bytes
    }

    /// Appends a text with every match of a literal replaced; another pattern changes nothing.
    func appendReplacingLiteral(
        in text: ArraySlice<UInt8>, with content: [UInt8], to output: inout ByteStrings
    ) {
        var copied = text.startIndex
        if case .literal(let literal) = self {
            while let match = Self.firstMatch(of: literal, in: text, from: copied) {
                if copied < match { output.write(text[copied..<match]) }
                output.write(content)
                copied = match + literal.count
            }
        }
        output.append(text[copied...])
    }

    /// Where a literal first occurs.
    func firstLiteralMatch(in text: ArraySlice<UInt8>) -> Int? {
        guard case .literal(let literal) = self else { return nil }
        return Self.firstMatch(of: literal, in: text, from: text.startIndex)
    }

    private static func firstMatch(of literal: [UInt8], in text: ArraySlice<UInt8>, from start: Int) -> Int? {
        let first = literal[0]
        let lastStart = text.endIndex - literal.count
        var offset = start
        while offset <= lastStart {
            if text[offset] == first {
                var index = 1
                while index < literal.count, text[offset + index] == literal[index] { index += 1 }
                if index == literal.count { return offset }
            }
            offset += 1
        }
        return nil
    }
}
