/// Turns the ids of one stream into text as they come, without ever showing half a character.
///
/// The texts of all `append` and `finish` calls together are what `decode(promptIDs + ids)` adds to
/// `decode(promptIDs)`: the space before a continuation stays. Where the prompt ends inside a character, the
/// whole character belongs to the stream. What the reference could still change (a sequence of bytes that is
/// not complete; a run of `<0xNN>` tokens, which it judges as a whole) waits for the id that settles it. The
/// work for an id does not depend on those before.
package struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipSpecialTokens: Bool
    /// Whether bytes of tokens become text by GPT-2's alphabet alone: then `byteDecoding` does it, without the detour
    /// through a list of stages, else `decoding`.
    private let joinsBytes: Bool
    private var byteDecoding = ByteLevelDecoding()
    private var decoding: Decoding
    /// What `decode(promptIDs)` shows but an id to come may still change; skipped as far as it turns out the
    /// same.
    private var promptTail: ArraySlice<UInt8> = []

    /// A stream that continues `promptIDs`.
    package init(tokenizer: Tokenizer, promptIDs: [Int32], skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        self.skipSpecialTokens = skipSpecialTokens
        joinsBytes = tokenizer.decoder.joinsBytes
        decoding = tokenizer.decoder.makeDecoding()
        if joinsBytes {
            byteDecoding = Self.decoding(endOf: promptIDs, tokenizer, skipSpecialTokens)
        } else {
            var settled: [UInt8] = []
            for id in promptIDs {
                guard let token = tokenizer.tokenBytes(for: id, skipSpecialTokens: skipSpecialTokens) else {
                    continue
                }
                decoding.push(token, into: &settled)
            }
        }
        var ended = self
        promptTail = ended.rest()[...]
    }

    /// The decoding of a prompt. What came before its last bytes makes no difference: an incomplete character has three
    /// at most.
    private static func decoding(
        endOf promptIDs: [Int32], _ tokenizer: Tokenizer, _ skipSpecialTokens: Bool
    ) -> ByteLevelDecoding {
        var tokens: [ArraySlice<UInt8>] = []
        var bytes: [UInt8] = []
        for id in promptIDs.reversed() {
            guard let token = tokenizer.tokenBytes(for: id, skipSpecialTokens: skipSpecialTokens) else {
                continue
            }
            tokens.append(token)
            ByteAlphabet.appendDecoded(token, to: &bytes)
            if bytes.count > 3 { break }
        }
        var decoding = ByteLevelDecoding()
        for token in tokens.reversed() { _ = decoding.settle(token) }
        return decoding
    }

    /// The text that this id completes; empty while a character is incomplete or the id is left out.
    package mutating func append(_ id: Int32) -> String {
        guard let token = tokenizer.tokenBytes(for: id, skipSpecialTokens: skipSpecialTokens) else {
            return ""
        }
        return String(decoding: withoutPromptTail(settled(token)), as: UTF8.self)
    }

    /// What is left at the end of the stream, with U+FFFD for a character that stayed incomplete.
    package mutating func finish() -> String { String(decoding: withoutPromptTail(rest()), as: UTF8.self) }

    private mutating func settled(_ token: ArraySlice<UInt8>) -> [UInt8] {
        if joinsBytes { return byteDecoding.settle(token) }
        var text: [UInt8] = []
        decoding.push(token, into: &text)
        return text
    }

    private mutating func rest() -> [UInt8] {
        if joinsBytes { return byteDecoding.settleRest() }
        var text: [UInt8] = []
        decoding.finish(into: &text)
        return text
    }

    private mutating func withoutPromptTail(_ text: [UInt8]) -> ArraySlice<UInt8> {
        guard !promptTail.isEmpty, !text.isEmpty else { return text[...] }
        var count = zip(text, promptTail).prefix { $0 == $1 }.count
        while count > 0, count < text.count, text[count] & 0xC0 == 0x80 { count -= 1 }
        promptTail = count == text.count ? promptTail.dropFirst(count) : []
        return text[count...]
    }
}
