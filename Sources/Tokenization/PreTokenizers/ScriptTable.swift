/// The script of each character, as the reference's table has it: Unicode 9's, with kana counted as Han.
struct ScriptTable: Sendable {
    /// By scalar value; `any` beyond.
    private let scripts: [UInt8]
    /// The script of what has none: it goes with any other.
    private static let any: UInt8 = 255
    private static let scalarEnd = 0xE01F0

    /// Found out from PCRE2's tables once per process.
    static let known = ScriptTable()

    private init() {
        var scripts = [UInt8](repeating: Self.any, count: Self.scalarEnd)
        let names = Self.names.split(whereSeparator: \.isWhitespace).map(String.init)
        let text = Self.knownCharacters()
        func index(_ name: String) -> UInt8 { names.firstIndex(of: name).map(UInt8.init) ?? Self.any }
        for name in names {
            let script = index(["Hiragana", "Katakana"].contains(name) ? "Han" : name)
            // The pattern is ours and its matches are bounded: if PCRE2 fails even so, the script is missing.
            try? RegexPattern(pcre2: "\\p{sc:\(name)}+").forEachMatch(in: text, 0..<text.count) { match in
                for scalar in UTF8Scan.scalars(of: text[match]) { scripts[Int(scalar.value)] = script }
            }
        }
        // What has moved since, and what the reference counts otherwise.
        for scalar in [0x589, 0x61C] { scripts[scalar] = index("Common") }
        for scalar in [0x953, 0x954] { scripts[scalar] = index("Devanagari") }
        scripts[0x30FC] = index("Han")
        scripts[0x20] = Self.any
        self.scripts = scripts
    }

    /// Calls `addRun` with each run of one script. As in the reference, what stands before the first character
    /// of any script is left out.
    func forEachRun(in text: Span<UInt8>, _ addRun: (Range<Int>) -> Void) {
        var start: Int?
        var last = Self.any
        UTF8Scan.forEachScalar(of: text) { scalar, range in
            let script = scalar.value < UInt32(scripts.count) ? scripts[Int(scalar.value)] : Self.any
            guard script != Self.any else { return }
            if script != last {
                if let start { addRun(start..<range.lowerBound) }
                start = range.lowerBound
            }
            last = script
        }
        if let start { addRun(start..<text.count) }
    }

    /// Every character of Unicode 9.
    private static func knownCharacters() -> [UInt8] {
        var text = String.UnicodeScalarView()
        for value in 0..<UInt32(scalarEnd) {
            guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age, age.major <= 9 else {
                continue
            }
            text.append(scalar)
        }
        return Array(String(text).utf8)
    }

    private static let names = """
        Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali
        Bhaiksuki Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian
        Chakma Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari Duployan
        Egyptian_Hieroglyphs Elbasan Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati Gurmukhi Han
        Hangul Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi
        Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kayah_Li Kharoshthi Khmer Khojki Khudawadi
        Lao Latin Lepcha Limbu Linear_A Linear_B Lisu Lycian Lydian Mahajani Malayalam Mandaic Manichaean
        Marchen Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro
        Multani Myanmar Nabataean New_Tai_Lue Newa Nko Ogham Ol_Chiki Old_Hungarian Old_Italic
        Old_North_Arabian Old_Permic Old_Persian Old_South_Arabian Old_Turkic Oriya Osage Osmanya
        Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician Psalter_Pahlavi Rejang Runic Samaritan
        Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sora_Sompeng Sundanese Syloti_Nagri Syriac
        Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil Tangut Telugu Thaana Thai Tibetan Tifinagh
        Tirhuta Ugaritic Vai Warang_Citi Yi
        """
}
