/// How SentencePiece makes text of pieces: bytes become characters, U+2581 becomes a space, and a space at the
/// start goes where encoding puts one there.
struct SentencePieceDecoding: DecodingStage {
    private let unknown: [UInt8]
    private let unknownSurface: [UInt8]
    private let dropsFirstSpace: Bool
    private let dropsAllFirstSpaces: Bool
    private static let visibleSpace = TextPattern.literal(SentencePieceNormalization.visibleSpace)
    private static let space = [UInt8(ascii: " ")]
    private var isAtStart = true
    /// Bytes of a character that is not complete.
    private var pending: [UInt8] = []

    init(_ file: SentencePieceFile) {
        let normalization = file.settings.normalization
        unknown = Array(file.vocabulary.token(for: file.unknownID) ?? [])
        unknownSurface = file.settings.unknownSurface
        dropsFirstSpace = normalization.addsSpaceBefore || normalization.removesExtraSpaces
        dropsAllFirstSpaces = normalization.removesExtraSpaces
    }

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        if let byte = ByteFallback.byte(of: token) {
            isAtStart = false
            pending.append(byte)
            letGo(from: UTF8Scan.incompleteTailStart(of: pending), into: &output)
            return
        }
        finish(into: &output)
        var text = token.elementsEqual(unknown) ? unknownSurface[...] : token
        if isAtStart, dropsFirstSpace {
            let startsWithSpace = text.starts(with: SentencePieceNormalization.visibleSpace)
            if startsWithSpace { text.removeFirst(SentencePieceNormalization.visibleSpace.count) }
            isAtStart = text.isEmpty && (dropsAllFirstSpaces || !startsWithSpace)
        }
        Self.visibleSpace.appendReplacingLiteral(in: text, with: Self.space, to: &output)
    }

    mutating func finish(into output: inout ByteStrings) { letGo(from: pending.count, into: &output) }

    /// Lets the bytes before `end` go as text; each that is part of no character becomes U+FFFD.
    private mutating func letGo(from end: Int, into output: inout ByteStrings) {
        guard end > 0 else { return }
        var text: [UInt8] = []
        var offset = 0
        while offset < end {
            let byteCount = UTF8Scan.sequenceByteCount(pending[offset])
            let character = pending[offset..<min(offset + byteCount, end)]
            if String(validating: character, as: UTF8.self) != nil {
                text += character
                offset += character.count
            } else {
                text += UTF8Scan.replacement
                offset += 1
            }
        }
        pending.removeFirst(end)
        output.append(text)
    }
}
