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
            return form.mapped(String(scalar).unicodeScalars).elementsEqual(CollectionOfOne(scalar))
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

    /// The class of a character by the reference's tables.
    static func combiningClass(of scalar: Unicode.Scalar) -> Unicode.CanonicalCombiningClass {
        isKnown(scalar) ? scalar.properties.canonicalCombiningClass : .notReordered
    }

    /// Vowel signs and jamo that join what precedes them though they are no marks to be reordered.
    static func joinsPrevious(_ value: UInt32) -> Bool {
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
