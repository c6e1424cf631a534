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
            output.append(contentsOf: String(mapped(UTF8Scan.scalars(of: text[start..<offset]))).utf8)
            copiedEnd = offset
            previous = nil
        }
        guard copiedEnd > 0 else { return text }
        output.append(contentsOf: text[copiedEnd...])
        return output
    }

    /// What becomes of a run: each character decomposed by itself, marks in the order of their classes, and joined
    /// again if the form is composed. Foundation is asked about one or two characters at a time: about long runs of
    /// marks it thinks in quadratic time, and it joins some that do not belong together.
    func mapped(_ run: String.UnicodeScalarView) -> String.UnicodeScalarView {
        var scalars: [Unicode.Scalar] = []
        for scalar in run {
            guard InertCharacters.isKnown(scalar) else {
                scalars.append(scalar)
                continue
            }
            let text = String(scalar)
            let decomposed =
                isCompatible
                ? text.decomposedStringWithCompatibilityMapping : text.decomposedStringWithCanonicalMapping
            scalars.append(contentsOf: decomposed.unicodeScalars)
        }
        Self.order(&scalars)
        return String.UnicodeScalarView(isComposed ? Composition.joined(scalars) : scalars)
    }

    private var isCompatible: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }
    private var isComposed: Bool { self == .composed || self == .compatibilityComposed }

    /// Puts each run of marks in the order of their combining classes; marks of one class keep theirs.
    private static func order(_ scalars: inout [Unicode.Scalar]) {
        let classes = scalars.map(InertCharacters.combiningClass)
        guard zip(classes, classes.dropFirst()).contains(where: { $1 < $0 && $1 != .notReordered }) else {
            return
        }
        var start = 0
        while start < scalars.count {
            let end = classes[start...].firstIndex(of: .notReordered) ?? scalars.count
            let marks = (start..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
            scalars.replaceSubrange(start..<end, with: marks.map { scalars[$0] })
            start = end + 1
        }
    }

    private var inertCharacters: InertCharacters {
        switch self {
        case .composed: .composed
        case .decomposed: .decomposed
        case .compatibilityComposed: .compatibilityComposed
        case .compatibilityDecomposed: .compatibilityDecomposed
        }
    }
}
