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
        for scalar in Self.unknownScalars() {
            guard let age = scalar.properties.age, age.major <= Self.referenceMajorVersion,
                let category = Self.name(of: scalar.properties.generalCategory)
            else { continue }
            let isHan = scalar.properties.isUnifiedIdeograph
            for key in [category, String(category.prefix(1))] + (isHan ? ["sc:Han"] : []) {
                var known = ranges[key, default: []]
                if let last = known.last, last.upperBound + 1 == scalar.value {
                    known[known.count - 1] = last.lowerBound...scalar.value
                } else {
                    known.append(scalar.value...scalar.value)
                }
                ranges[key] = known
            }
        }
        itemsByCategory = ranges.mapValues { ranges in
            ranges.map { range in
                let low = "\\x{\(String(range.lowerBound, radix: 16))}"
                return range.count == 1 ? low : "\(low)-\\x{\(String(range.upperBound, radix: 16))}"
            }.joined()
        }
    }

    /// The scalars that PCRE2 calls unassigned.
    private static func unknownScalars() -> [Unicode.Scalar] {
        var text = String.UnicodeScalarView()
        for value in 0x80..<scalarEnd { if let scalar = Unicode.Scalar(value) { text.append(scalar) } }
        let bytes = Array(String(text).utf8)
        var unknown: [Unicode.Scalar] = []
        // The pattern is ours and its matches are bounded: if PCRE2 fails even so, nothing is added.
        try? RegexPattern(pcre2: "\\p{Cn}+").forEachMatch(in: bytes, 0..<bytes.count) { match in
            unknown.append(contentsOf: UTF8Scan.scalars(of: bytes[match]))
        }
        return unknown
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
