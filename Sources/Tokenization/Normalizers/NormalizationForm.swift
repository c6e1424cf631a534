internal import Foundation

/// One of Unicode's four normalization forms.
enum NormalizationForm: Sendable {
    case composed
    case decomposed
    case compatibilityComposed
    case compatibilityDecomposed

    /// The text in this form.
    ///
    /// ASCII stands for itself in every form and never joins what precedes it, so only runs of other
    /// characters, with the one ASCII character before them that a mark may join, are given to Foundation.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var offset = 0
        while offset < text.count {
            if text[offset] < 0x80, offset + 1 == text.count || text[offset + 1] < 0x80 {
                output.append(text[offset])
                offset += 1
                continue
            }
            let start = offset
            offset += 1
            while offset < text.count, text[offset] >= 0x80 { offset += 1 }
            append(UTF8Scan.scalars(of: text[start..<offset]), to: &output)
        }
        return output
    }

    /// Characters that are younger than the reference's tables (Unicode 9) stay, and nothing moves past
    /// them.
    private func append(_ run: String.UnicodeScalarView, to output: inout [UInt8]) {
        var known = String.UnicodeScalarView()
        for scalar in run {
            if let age = scalar.properties.age, age.major <= 9 {
                known.append(scalar)
            } else {
                output.append(contentsOf: mapped(String(known)).utf8)
                output.append(contentsOf: String(scalar).utf8)
                known = String.UnicodeScalarView()
            }
        }
        output.append(contentsOf: mapped(String(known)).utf8)
    }

    private func mapped(_ run: String) -> String {
        switch self {
        case .composed: Self.hangulComposed(run.precomposedStringWithCanonicalMapping)
        case .decomposed: run.decomposedStringWithCanonicalMapping
        case .compatibilityComposed: Self.hangulComposed(run.precomposedStringWithCompatibilityMapping)
        case .compatibilityDecomposed: run.decomposedStringWithCompatibilityMapping
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
