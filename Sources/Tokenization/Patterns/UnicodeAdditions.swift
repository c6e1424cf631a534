/// The characters that `tokenizers`' Unicode version knows and the installed PCRE2 does not, by general
/// category.
///
/// PCRE2 10.42 has Unicode 14, `tokenizers` 0.23 has Unicode 16: without these a letter that came with 15 or
/// 16 would split a word in one and not in the other. Swift's own tables say what they are.
struct UnicodeAdditions: Sendable {
    /// The Unicode version of the reference.
    static let referenceMajorVersion = 16
    /// Above this no version so far has put any letter, mark, number, punctuation or symbol.
    private static let scalarEnd: UInt32 = 0x40000

    /// Class items, e.g. `\x{1df25}-\x{1df2a}`, by one- and two-letter category and for the script Han.
    private let itemsByCategory: [String: String]

    /// Found out once per process.
    static let all = UnicodeAdditions()

    /// What to write inside a character class next to the property.
    func items(of category: String) -> String { itemsByCategory[category] ?? "" }

    private init() {
        var ranges: [String: [ClosedRange<UInt32>]] = [:]
        Self.forEachUnknownScalar { scalar in
            guard let age = scalar.properties.age, age.major <= Self.referenceMajorVersion,
                let category = Self.name(of: scalar.properties.generalCategory)
            else { return }
            let isHan = scalar.properties.isUnifiedIdeograph
            for key in [category, String(category.prefix(1))] + (isHan ? ["sc:Han"] : []) {
                var start = scalar.value
                if let last = ranges[key]?.last, last.upperBound + 1 == start {
                    start = last.lowerBound
                    ranges[key]?.removeLast()
                }
                ranges[key, default: []].append(start...scalar.value)
            }
        }
        itemsByCategory = ranges.mapValues { ranges in
            ranges.map { range in
                let low = "\\x{\(String(range.lowerBound, radix: 16))}"
                return range.count == 1 ? low : "\(low)-\\x{\(String(range.upperBound, radix: 16))}"
            }.joined()
        }
    }

    /// Calls `body` with the scalars that PCRE2 calls unassigned. A few are looked at at a time, so that it takes
    /// little memory.
    private static func forEachUnknownScalar(_ body: (Unicode.Scalar) -> Void) {
        // The pattern is ours and its matches are bounded: if PCRE2 fails even so, nothing is added.
        guard let pattern = try? RegexPattern(pcre2: "\\p{Cn}+") else { return }
        for start in stride(from: UInt32(0x80), to: scalarEnd, by: 0x400) {
            var text = String.UnicodeScalarView()
            for value in start..<min(start + 0x400, scalarEnd) {
                if let scalar = Unicode.Scalar(value) { text.append(scalar) }
            }
            let bytes = Array(String(text).utf8)
            try? pattern.forEachMatch(in: bytes, 0..<bytes.count) { match in
                for scalar in UTF8Scan.scalars(of: bytes[match]) { body(scalar) }
            }
        }
    }

    private static func name(of category: Unicode.GeneralCategory) -> String? {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        default: nil
        }
    }
}
