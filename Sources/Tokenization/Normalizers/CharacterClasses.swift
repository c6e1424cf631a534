/// What the reference's tables call control characters, accents and marks. They are older than Swift's: of
/// Unicode 8, and for all marks of Unicode 9; where they differ from today's in a character they know, it is
/// written out.
enum CharacterClasses {
    /// Cc, Cf and Co without tab, line feed and carriage return.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: return false
        case 0..<0x20, 0x7F..<0xA0: return true
        case 0x20..<0x7F: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .privateUse: return isKnown(scalar, until: 8)
        default: return false
        }
    }

    /// Mn, which BERT's normalizer removes after decomposition.
    static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300: return false
        case 0x1734, 0x1171E: return true
        case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
        default:
            return scalar.properties.generalCategory == .nonspacingMark && isKnown(scalar, until: 8)
        }
    }

    /// Mn, Mc and Me, which StripAccents removes.
    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x300: return false
        case 0x1CF2, 0x1CF3: return true
        case 0x111C9: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return isKnown(scalar, until: 9)
        default: return false
        }
    }

    /// ASCII punctuation and symbols, and what Unicode 8 called punctuation.
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x166D, 0x111C9: return true
        case 0..<0x80: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            return isKnown(scalar, until: 8)
        default: return false
        }
    }

    private static func isKnown(_ scalar: Unicode.Scalar, until majorVersion: Int) -> Bool {
        scalar.properties.age.map { $0.major <= majorVersion } ?? false
    }
}
