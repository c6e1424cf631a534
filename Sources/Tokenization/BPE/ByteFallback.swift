/// The names of single bytes in a vocabulary with byte fallback: `<0x00>` ... `<0xFF>`.
enum ByteFallback {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// The token of a byte.
    static func tokenBytes(for byte: Int) -> [UInt8] {
        Array("<0x".utf8) + [digits[byte >> 4], digits[byte & 15], UInt8(ascii: ">")]
    }

    /// The byte that a token stands for. Like `tokenizers`, it takes lower-case digits and `<0x+A>`, too.
    static func byte(of token: ArraySlice<UInt8>) -> UInt8? {
        let start = token.startIndex
        guard token.count == 6, token[start] == UInt8(ascii: "<"), token[start + 1] == UInt8(ascii: "0"),
            token[start + 2] == UInt8(ascii: "x"), token[start + 5] == UInt8(ascii: ">"),
            let low = Hexadecimal.digit(token[start + 4])
        else { return nil }
        if token[start + 3] == UInt8(ascii: "+") { return low }
        return Hexadecimal.digit(token[start + 3]).map { $0 << 4 | low }
    }

    /// The ids of all bytes' tokens, -1 where there is none.
    static func ids(in vocabulary: Vocabulary) -> [Int32] {
        (0...255).map { vocabulary.id(of: tokenBytes(for: $0)) ?? -1 }
    }

    /// Appends the ids of the bytes' tokens; false, and nothing appended, if one of them has none.
    static func append(_ bytes: Span<UInt8>, _ byteIDs: [Int32]?, to ids: inout [Int32]) -> Bool {
        guard let byteIDs else { return false }
        for index in 0..<bytes.count where byteIDs[Int(bytes[index])] < 0 { return false }
        for index in 0..<bytes.count { ids.append(byteIDs[Int(bytes[index])]) }
        return true
    }
}
