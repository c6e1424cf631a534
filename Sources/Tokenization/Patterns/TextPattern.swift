/// What Replace and Split look for: a string as it is, or a regular expression.
enum TextPattern: Sendable {
    case literal([UInt8])
    case regex(RegexPattern)

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
        case .literal(let literal):
            var offset = range.lowerBound
            while offset + literal.count <= range.upperBound {
                if Self.isMatch(literal, in: text, at: offset) {
                    body(offset..<offset + literal.count)
                    offset += literal.count
                } else {
                    offset += 1
                }
            }
        }
    }

    private static func isMatch(_ literal: [UInt8], in text: [UInt8], at offset: Int) -> Bool {
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
}
