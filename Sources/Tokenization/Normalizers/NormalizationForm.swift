internal import Foundation

/// One of Unicode's four normalization forms.
enum NormalizationForm: Sendable {
    case composed
    case decomposed
    case compatibilityComposed
    case compatibilityDecomposed

    /// The text in this form.
    ///
    /// ASCII stands for itself in every form and never joins what precedes it, so only runs of other characters, with
    /// the one ASCII character before them that a mark may join, are given to Foundation.
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
            output.append(contentsOf: mapped(String(decoding: text[start..<offset], as: UTF8.self)).utf8)
        }
        return output
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
