/// BERT's normalization: control characters go, white space becomes spaces, ideographs stand alone, accents go,
/// and letters become small.
struct BertNormalization: Sendable {
    private let cleansText: Bool
    private let isolatesIdeographs: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool

    init(_ file: FileObject) throws {
        cleansText = try file.bool("clean_text")
        isolatesIdeographs = try file.bool("handle_chinese_chars")
        lowercases = try file.bool("lowercase")
        // Unless the file says otherwise, accents go where capitals go.
        stripsAccents = try file.optionalBool("strip_accents") ?? lowercases
    }

    /// The normalized text; bytes are valid UTF-8 before and after.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        var text = cleansText || isolatesIdeographs ? cleaned(text) : text
        if stripsAccents {
            text = NormalizationForm.decomposed.normalized(text)
            text = UTF8Scan.filtered(text) { !CharacterClasses.isAccent($0) }
        }
        return lowercases ? UTF8Scan.lowercased(text) : text
    }

    private func cleaned(_ text: [UInt8]) -> [UInt8] {
        let space = UInt8(ascii: " ")
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        UTF8Scan.forEachScalar(of: text.span) { scalar, range in
            if cleansText, scalar.value == 0 || scalar.value == 0xFFFD || CharacterClasses.isControl(scalar) {
                return
            }
            if cleansText, UTF8Scan.isWhitespace(scalar) {
                output.append(space)
            } else if isolatesIdeographs, Self.isIdeograph(scalar.value) {
                output.append(space)
                output.append(contentsOf: text[range])
                output.append(space)
            } else {
                output.append(contentsOf: text[range])
            }
        }
        return output
    }

    /// The blocks that BERT calls Chinese characters.
    private static func isIdeograph(_ value: UInt32) -> Bool {
        switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF,
            0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
