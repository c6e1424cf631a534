/// A property's name as PCRE2 spells it.
struct UnicodeProperty {
    let pcre2Name: String

    /// Takes a general category in short or long form, a binary property or a script.
    init(_ name: String) {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "&" }
        if let category = Self.categories[plain] {
            pcre2Name = category
        } else if plain.count <= 2 {
            pcre2Name = name.prefix(1).uppercased() + name.dropFirst().lowercased()
        } else if Self.binaryProperties.contains(plain) {
            pcre2Name = name
        } else {
            // A bare script name means script extensions to PCRE2, the script alone to Oniguruma.
            pcre2Name = "sc:\(name)"
        }
    }

    private static let categories = [
        "letter": "L", "lowercaseletter": "Ll", "uppercaseletter": "Lu", "titlecaseletter": "Lt",
        "modifierletter": "Lm", "otherletter": "Lo", "mark": "M", "nonspacingmark": "Mn", "spacingmark": "Mc",
        "enclosingmark": "Me", "number": "N", "decimalnumber": "Nd", "digit": "Nd", "letternumber": "Nl",
        "othernumber": "No", "punctuation": "P", "punct": "P", "connectorpunctuation": "Pc",
        "dashpunctuation": "Pd", "openpunctuation": "Ps", "closepunctuation": "Pe",
        "initialpunctuation": "Pi",
        "finalpunctuation": "Pf", "otherpunctuation": "Po", "symbol": "S", "mathsymbol": "Sm",
        "currencysymbol": "Sc", "modifiersymbol": "Sk", "othersymbol": "So", "separator": "Z",
        "spaceseparator": "Zs", "lineseparator": "Zl", "paragraphseparator": "Zp", "other": "C",
        "control": "Cc", "cntrl": "Cc", "format": "Cf", "unassigned": "Cn", "privateuse": "Co",
        "surrogate": "Cs",
        "space": "White_Space", "alpha": "Alphabetic", "lower": "Lowercase", "upper": "Uppercase",
        "any": "Any",
    ]

    private static let binaryProperties: Set<String> = [
        "alphabetic", "lowercase", "uppercase", "whitespace", "emoji", "emojipresentation", "emojimodifier",
        "emojimodifierbase", "emojicomponent", "extendedpictographic", "ideographic", "math", "dash",
        "hexdigit",
        "asciihexdigit", "idstart", "idcontinue", "xidstart", "xidcontinue", "variationselector",
        "joincontrol",
        "diacritic", "extender", "cased", "caseignorable", "defaultignorablecodepoint", "regionalindicator",
        "unifiedideograph", "quotationmark", "ascii", "assigned",
    ]
}
