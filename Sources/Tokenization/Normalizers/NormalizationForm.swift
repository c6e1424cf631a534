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

    /// Characters that are younger than the reference's tables (Unicode 12.0) stay, and nothing moves past
    /// them.
    private func append(_ run: String.UnicodeScalarView, to output: inout [UInt8]) {
        var known = String.UnicodeScalarView()
        for scalar in run {
            if let age = scalar.properties.age, age.major < 12 || (age.major == 12 && age.minor == 0) {
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
        case .composed: run.precomposedStringWithCanonicalMapping
        case .decomposed: run.decomposedStringWithCanonicalMapping
        case .compatibilityComposed: run.precomposedStringWithCompatibilityMapping
        case .compatibilityDecomposed: run.decomposedStringWithCompatibilityMapping
        }
    }
}
