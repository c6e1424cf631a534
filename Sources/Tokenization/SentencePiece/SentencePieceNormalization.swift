/// What SentencePiece makes of a text before it looks for pieces.
///
/// At each place the longest sequence of the character map is replaced; pieces that the user defined stay as they are.
/// Then spaces: one is put before the text, those at the ends and all but one between words go, each as far as the
/// file says so, and the rest become U+2581.
struct SentencePieceNormalization: Sendable {
    var map: CharacterMap?
    /// The pieces that are kept from normalization.
    var userDefined = ByteTrie()
    /// `add_dummy_prefix`.
    var addsSpaceBefore = true
    /// Whether a space is put before each part of a text that special tokens divide, not only before the first.
    var addsSpaceBeforeEachPart = false
    /// `remove_extra_whitespaces`.
    var removesExtraSpaces = true
    /// `escape_whitespaces`.
    var escapesSpaces = true

    /// U+2581, which stands for a space in pieces.
    static let visibleSpace: [UInt8] = [0xE2, 0x96, 0x81]

    private var spaceBytes: [UInt8] { escapesSpaces ? Self.visibleSpace : [UInt8(ascii: " ")] }

    /// The normalized part of a text; bytes are valid UTF-8 before and after.
    func normalized(_ text: [UInt8], startsText: Bool) -> [UInt8] {
        let space = UInt8(ascii: " ")
        var start = 0
        if removesExtraSpaces {
            while start < text.count, let length = spaceLength(in: text, at: start) { start += length }
        }
        guard start < text.count else { return [] }
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 4)
        if addsSpaceBefore, startsText || addsSpaceBeforeEachPart { output.append(contentsOf: spaceBytes) }
        var followsSpace = removesExtraSpaces
        while start < text.count {
            let (prefix, byteCount) = normalizedPrefix(of: text, at: start)
            var part = prefix
            while followsSpace, part.first == space { part = part.dropFirst() }
            for byte in part {
                if byte == space, escapesSpaces {
                    output.append(contentsOf: Self.visibleSpace)
                } else {
                    output.append(byte)
                }
            }
            if let last = part.last { followsSpace = last == space }
            if !removesExtraSpaces { followsSpace = false }
            start += byteCount
        }
        if removesExtraSpaces {
            while output.suffix(spaceBytes.count).elementsEqual(spaceBytes) {
                output.removeLast(spaceBytes.count)
            }
        }
        return output
    }

    /// How many bytes there become exactly one space, or nil.
    private func spaceLength(in text: [UInt8], at start: Int) -> Int? {
        let (prefix, byteCount) = normalizedPrefix(of: text, at: start)
        return prefix.elementsEqual([UInt8(ascii: " ")]) ? byteCount : nil
    }

    private func normalizedPrefix(of text: [UInt8], at start: Int) -> (ArraySlice<UInt8>, byteCount: Int) {
        if !userDefined.isEmpty, let match = userDefined.longestMatch(in: text.span, at: start) {
            return (text[start..<match.end], match.end - start)
        }
        if let map, let match = map.match(.longest, in: text.span, start..<text.count) {
            // A sequence that ends inside a character cannot come from a sound file.
            let end = start + match.byteCount
            if end == text.count || text[end] & 0xC0 != 0x80 {
                return (map.bytes(match.replacement), match.byteCount)
            }
        }
        let byteCount = UTF8Scan.sequenceByteCount(text[start])
        return (text[start..<start + byteCount], byteCount)
    }
}
