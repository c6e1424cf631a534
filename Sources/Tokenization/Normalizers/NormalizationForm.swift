internal import Foundation

/// One of Unicode's four normalization forms.
enum NormalizationForm: Sendable {
    case composed
    case decomposed
    case compatibilityComposed
    case compatibilityDecomposed

    /// The text in this form.
    ///
    /// Only what a form can change is given to Foundation: runs of characters that are not inert, each with the
    /// character before it, which a mark may join. Inert ones stay as they are.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        let inert = inertCharacters
        var output: [UInt8] = []
        var copiedEnd = 0
        var previous: Int?
        var offset = 0
        while offset < text.count {
            if text[offset] < 0x80 {
                previous = offset
                offset += 1
                continue
            }
            guard let (value, byteCount) = UTF8Scan.scalar(in: text.span, at: offset) else {
                preconditionFailure("a text is valid UTF-8")
            }
            if inert.contains(value) {
                previous = offset
                offset += byteCount
                continue
            }
            if copiedEnd == 0 { output.reserveCapacity(text.count + text.count / 8) }
            let start = previous ?? offset
            output.append(contentsOf: text[copiedEnd..<start])
            offset += byteCount
            while let (next, byteCount) = UTF8Scan.scalar(in: text.span, at: offset), !inert.contains(next) {
                offset += byteCount
            }
            appendMapped(text[start..<offset], to: &output)
            copiedEnd = offset
            previous = nil
        }
        guard copiedEnd > 0 else { return text }
        output.append(contentsOf: text[copiedEnd...])
        return output
    }

    private func appendMapped(_ run: ArraySlice<UInt8>, to output: inout [UInt8]) {
        guard let first = UTF8Scan.firstScalar(of: run), Self.composesWithNothing(first) else {
            output.append(contentsOf: mapped(String(decoding: run, as: UTF8.self)).utf8)
            return
        }
        // Foundation takes some characters beyond U+FFFF for others when a mark follows: one that is sure to stay
        // stands in for it.
        let byteCount = UTF8Scan.sequenceByteCount(run[run.startIndex])
        let standIn = "\u{4E00}"
        let text = mapped(standIn + String(decoding: run.dropFirst(byteCount), as: UTF8.self))
        output.append(contentsOf: run.prefix(byteCount))
        output.append(contentsOf: text.utf8.dropFirst(standIn.utf8.count))
    }

    /// Whether no mark ever joins this character that the reference knows.
    private static func composesWithNothing(_ scalar: Unicode.Scalar) -> Bool {
        if !InertCharacters.isKnown(scalar) { return true }
        // Old jamo, of which Foundation makes syllables that are none.
        if (0x1113...0x115F).contains(scalar.value) || (0xA960...0xA97F).contains(scalar.value) {
            return true
        }
        // Beyond the BMP only Brahmic vowels and musical symbols have joined forms; what is not inert there is made
        // of other characters.
        guard scalar.value >= 0x12000, !(0x1D000..<0x1D200).contains(scalar.value) else { return false }
        return InertCharacters.compatibilityDecomposed.contains(scalar.value)
    }

    fileprivate func mapped(_ run: String) -> String {
        switch self {
        case .composed:
            let ordered = Self.ordered(run.decomposedStringWithCanonicalMapping)
            return Self.hangulComposed(ordered.precomposedStringWithCanonicalMapping)
        case .decomposed: return Self.ordered(run.decomposedStringWithCanonicalMapping)
        case .compatibilityComposed:
            let ordered = Self.ordered(run.decomposedStringWithCompatibilityMapping)
            return Self.hangulComposed(ordered.precomposedStringWithCanonicalMapping)
        case .compatibilityDecomposed: return Self.ordered(run.decomposedStringWithCompatibilityMapping)
        }
    }

    /// Puts marks in the order of their combining classes, which Foundation does before it decomposes the last of
    /// them only.
    private static func ordered(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let classes = scalars.map(\.properties.canonicalCombiningClass)
        guard zip(classes, classes.dropFirst()).contains(where: { $1 < $0 && $1 != .notReordered }) else {
            return text
        }
        var output = String.UnicodeScalarView()
        var start = 0
        while start < scalars.count {
            let end = classes[start...].firstIndex(of: .notReordered) ?? scalars.count
            let marks = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
            output.append(contentsOf: marks.map { scalars[$0] })
            if end < scalars.count { output.append(scalars[end]) }
            start = end + 1
        }
        return String(output)
    }

    private var inertCharacters: InertCharacters {
        switch self {
        case .composed: .composed
        case .decomposed: .decomposed
        case .compatibilityComposed: .compatibilityComposed
        case .compatibilityDecomposed: .compatibilityDecomposed
        }
    }

    /// Joins syllables with final consonants (Unicode 3.12), which Foundation leaves apart where the syllable
    /// was whole.
    private static func hangulComposed(_ text: String) -> String {
        let finals: ClosedRange<UInt32> = 0x11A8...0x11C2
        guard text.unicodeScalars.contains(where: { finals.contains($0.value) }) else { return text }
        var output = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if finals.contains(scalar.value), let last = output.last, (0xAC00...0xD7A3).contains(last.value),
                (last.value - 0xAC00) % 28 == 0,
                let joined = Unicode.Scalar(last.value + scalar.value - 0x11A7)
            {
                output.removeLast()
                output.append(joined)
            } else {
                output.append(scalar)
            }
        }
        return String(output)
    }
}

/// The characters that a normalization form leaves as they are and that join nothing before them.
struct InertCharacters: Sendable {
    /// By scalar value below `tableEnd`.
    private let isInert: [Bool]
    private static let tableEnd: UInt32 = 0x20000

    // Each is found out once per process, when a tokenizer first needs it.
    static let composed = InertCharacters(.composed)
    static let decomposed = InertCharacters(.decomposed)
    static let compatibilityComposed = InertCharacters(.compatibilityComposed)
    static let compatibilityDecomposed = InertCharacters(.compatibilityDecomposed)

    private init(_ form: NormalizationForm) {
        isInert = (0..<Self.tableEnd).map { value in
            // Ideographs and surrogates; most of the table.
            if (0x3400...0x9FFF).contains(value) || (0xD800...0xDFFF).contains(value) { return true }
            guard let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { return true }
            if scalar.properties.canonicalCombiningClass != .notReordered { return false }
            if Self.joinsPrevious(value) { return false }
            let text = String(scalar)
            return form.mapped(text).utf8.elementsEqual(text.utf8)
        }
    }

    /// Whether a form leaves the character alone.
    func contains(_ value: UInt32) -> Bool {
        if value < Self.tableEnd { return isInert[Int(value)] }
        // Beyond, only the compatibility ideographs change.
        return !(0x2F800...0x2FA1F).contains(value)
    }

    /// Characters that are younger than the reference's tables (Unicode 9) stay, and nothing moves past them.
    static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.age.map { $0.major <= 9 } ?? false
    }

    /// Vowel signs and jamo that join what precedes them though they are no marks to be reordered.
    private static func joinsPrevious(_ value: UInt32) -> Bool {
        switch value {
        case 0x1161...0x1175, 0x11A8...0x11C2, 0x09BE, 0x09D7, 0x0B3E, 0x0B56, 0x0B57, 0x0BBE, 0x0BD7, 0x0CC2,
            0x0CD5,
            0x0CD6, 0x0D3E, 0x0D57, 0x0DCF, 0x0DDF, 0x102E, 0x1B35, 0x11127, 0x1133E, 0x11357, 0x114B0,
            0x114BA, 0x114BD,
            0x115AF:
            true
        default: false
        }
    }
}
