import Testing
import Tokenization

/// Checks that a stream after `promptCount` ids adds to the prompt's text what decoding all ids adds to it.
func expectStreamContinues(
    _ tokenizer: Tokenizer, _ ids: [Int32], promptCount: Int, skipSpecialTokens: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let promptIDs = Array(ids[..<promptCount])
    let prompt = bytes(tokenizer.decode(promptIDs, skipSpecialTokens: skipSpecialTokens))
    let whole = bytes(tokenizer.decode(ids, skipSpecialTokens: skipSpecialTokens))
    var stream = StreamingDetokenizer(
        tokenizer: tokenizer, promptIDs: promptIDs, skipSpecialTokens: skipSpecialTokens)
    var texts: [String] = []
    for id in ids[promptCount...] { texts.append(stream.append(id)) }
    texts.append(stream.finish())
    // Where the prompt ends inside a character its text is no prefix of the whole: then the parts in common
    // count.
    var common = zip(prompt, whole).prefix { $0 == $1 }.count
    while common < whole.count, whole[common] & 0xC0 == 0x80 { common -= 1 }
    #expect(
        texts.flatMap(bytes) == Array(whole[common...]), "\(texts), prompt \(promptCount) of \(ids)",
        sourceLocation: sourceLocation)
}

@Suite struct StreamingDetokenizerTests {
    @Test(arguments: Fixtures.names + Fixtures.kinds) func streamContinuesThePrompt(name: String) throws {
        let tokenizer = try Fixtures.tokenizer(name)
        let cases = try Fixtures.cases(name)
        for ids in cases.encode.map(\.ids) + cases.decode.map(\.ids) {
            for promptCount in Set([0, 1, 2, 3, 5, ids.count / 2, ids.count]) where promptCount <= ids.count {
                for skip in [true, false] {
                    try expectStreamContinues(
                        tokenizer, ids, promptCount: promptCount, skipSpecialTokens: skip)
                }
            }
        }
    }

    /// The reference's own stream waits while the text ends with an incomplete character; ours is never
    /// behind it.
    @Test(arguments: Fixtures.names) func streamIsNeverBehindTheReferences(name: String) throws {
        let tokenizer = try Fixtures.tokenizer(name)
        for one in try Fixtures.cases(name).stream {
            var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [], skipSpecialTokens: true)
            let whole = one.texts.joined()
            var shown = ""
            var expected = ""
            for (id, text) in zip(one.ids, one.texts) {
                shown += stream.append(id)
                expected += text
                #expect(bytes(shown).starts(with: bytes(expected)))
                #expect(bytes(whole).starts(with: bytes(shown)))
            }
            #expect(stream.finish() == "")
            #expect(shown == whole)
        }
    }

    @Test func characterAppearsWithTheIDThatCompletesIt() throws {
        // The bytes of "é" and "日" in GPT-2's alphabet, one token each.
        let tokenizer = try Tokenizer(
            tokens: ["Ã", "©", "æ", "Ĺ", "¥", "a"],
            decoder: #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}"#)
        var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [], skipSpecialTokens: true)
        #expect([0, 1, 2, 3, 4, 5].map { stream.append($0) } == ["", "é", "", "", "日", "a"])
        #expect(stream.finish() == "")
    }

    @Test func brokenTailIsShownAtTheEndOnly() throws {
        let tokenizer = try Tokenizer(
            tokens: ["Ã", "©", "æ", "Ĺ", "a"],
            decoder: #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}"#)
        var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [], skipSpecialTokens: true)
        #expect([4, 2, 3].map { stream.append($0) } == ["a", "", ""])
        #expect(stream.finish() == "\u{FFFD}")
        var broken = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [], skipSpecialTokens: true)
        #expect([2, 4, 0, 1].map { broken.append($0) } == ["", "\u{FFFD}a", "", "é"])
    }

    @Test func characterBegunInThePromptBelongsToTheStream() throws {
        let tokenizer = try Tokenizer(
            tokens: ["Ã", "©", "a"],
            decoder: #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}"#)
        var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [2, 0], skipSpecialTokens: true)
        #expect(stream.append(1) == "é")
        var unfinished = StreamingDetokenizer(
            tokenizer: tokenizer, promptIDs: [2, 0], skipSpecialTokens: true)
        #expect(unfinished.finish() == "")
    }

    @Test func runOfByteTokensWaitsForTheTokenAfterIt() throws {
        let tokenizer = try Tokenizer(
            tokens: ["<0xC3>", "<0xA9>", "a", "<0xFF>"],
            decoder: #"{"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type": "Fuse"}]}"#)
        var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [0, 1], skipSpecialTokens: true)
        // The prompt's "é" is not repeated, though it is settled only now.
        #expect([2, 0, 1].map { stream.append($0) } == ["a", "", ""])
        #expect(stream.finish() == "é")
        // One byte too many spoils the whole run, as it does when all is decoded at once.
        var spoiled = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [2], skipSpecialTokens: true)
        #expect([0, 1, 3].map { spoiled.append($0) } == ["", "", ""])
        #expect(spoiled.append(2) == "\u{FFFD}\u{FFFD}\u{FFFD}a")
        #expect(tokenizer.decode([0, 1, 3, 2], skipSpecialTokens: true) == "\u{FFFD}\u{FFFD}\u{FFFD}a")
    }

    @Test func spaceBeforeAContinuationStays() throws {
        let tokenizer = try Fixtures.tokenizer("byte-fallback")
        let ids = try tokenizer.encode("The geese", addSpecialTokens: false)
        var stream = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: ids, skipSpecialTokens: true)
        var text = ""
        for id in try tokenizer.encode("fly", addSpecialTokens: false) { text += stream.append(id) }
        #expect(text + stream.finish() == " fly")
    }

    @Test func specialAndUnknownIDsAddNothing() throws {
        let tokenizer = try Fixtures.tokenizer("byte-level")
        let end = try #require(tokenizer.id(for: "<|end|>"))
        var stream = StreamingDetokenizer(
            tokenizer: tokenizer, promptIDs: [end, -5], skipSpecialTokens: true)
        #expect([end, 1_000_000, -1].map { stream.append($0) } == ["", "", ""])
        var shown = StreamingDetokenizer(tokenizer: tokenizer, promptIDs: [], skipSpecialTokens: false)
        #expect(shown.append(end) == "<|end|>")
    }
}
