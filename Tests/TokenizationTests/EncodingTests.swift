import Foundation
import Testing
import Tokenization

@Suite struct EncodingTests {
    @Test(arguments: Fixtures.names + Fixtures.kinds) func idsEqualTheReference(name: String) throws {
        let tokenizer = try Fixtures.tokenizer(name)
        for one in try Fixtures.cases(name).encode {
            #expect(try tokenizer.encode(one.text) == one.ids, "\(one.text.debugDescription)")
            #expect(try tokenizer.encode(one.text, addSpecialTokens: false) == one.plain)
        }
    }

    @Test(arguments: Fixtures.names + Fixtures.kinds) func decodedTextEqualsTheReference(name: String) throws
    {
        let tokenizer = try Fixtures.tokenizer(name)
        let cases = try Fixtures.cases(name)
        for one in cases.encode {
            #expect(bytes(tokenizer.decode(one.ids, skipSpecialTokens: true)) == bytes(one.skipped))
            #expect(bytes(tokenizer.decode(one.ids, skipSpecialTokens: false)) == bytes(one.whole))
        }
        for one in cases.decode {
            #expect(bytes(tokenizer.decode(one.ids, skipSpecialTokens: true)) == bytes(one.skipped))
            #expect(bytes(tokenizer.decode(one.ids, skipSpecialTokens: false)) == bytes(one.whole))
        }
    }

    @Test func prefixIsWhatTheEmptyTextEncodesTo() throws {
        let tokenizer = try Fixtures.tokenizer("byte-fallback")
        #expect(tokenizer.prefixIDs() == [1, 2])
        #expect(try tokenizer.encode("") == [1, 2])
        #expect(try tokenizer.encode("", addSpecialTokens: false) == [])
        #expect(tokenizer.beginningOfTextID == 1)
    }

    @Test func idsAndTokensNameEachOther() throws {
        let tokenizer = try Fixtures.tokenizer("byte-fallback")
        #expect(tokenizer.id(for: "<s>") == 1)
        #expect(tokenizer.token(for: 1) == "<s>")
        #expect(tokenizer.isSpecial(1))
        #expect(!tokenizer.isSpecial(40))
        #expect(tokenizer.id(for: "no such token") == nil)
        #expect(tokenizer.token(for: Int32(tokenizer.vocabularyCount - 1)) != nil)
        #expect(tokenizer.token(for: Int32(tokenizer.vocabularyCount)) == nil)
        #expect(tokenizer.token(for: -1) == nil)
    }

    @Test func canonicallyEquivalentTokensStayApart() throws {
        let tokenizer = try Tokenizer(tokens: ["\u{e9}", "e\u{301}", "\u{212b}", "\u{c5}"])
        #expect(try tokenizer.encode("\u{e9}") == [0])
        #expect(try tokenizer.encode("e\u{301}") == [1])
        #expect(try tokenizer.encode("\u{212b}") == [2])
        #expect(try tokenizer.encode("\u{c5}") == [3])
        #expect(tokenizer.id(for: "e\u{301}") == 1)
    }

    /// Expected ids from tokenizers 0.23: bytes do not flush an unknown token that came before them.
    @Test(arguments: [(false, [1, 2, 3, 0, 0, 0, 4, 0]), (true, [1, 2, 3, 0, 4, 0])] as [(Bool, [Int32])])
    func unknownCharactersAndBytesComeInTheReferencesOrder(isFused: Bool, expected: [Int32]) throws {
        let tokenizer = try Tokenizer(
            tokens: ["<unk>", "a", "<0xC3>", "<0xA9>", "b"],
            model: ", \"unk_token\": \"<unk>\", \"byte_fallback\": true, \"fuse_unk\": \(isFused)")
        #expect(try tokenizer.encode("a日é日本b日") == expected)
    }

    @Test func unknownTokenOutsideTheVocabularyIsAnError() throws {
        let tokenizer = try Tokenizer(tokens: ["a"], model: ", \"unk_token\": \"<unk>\"")
        #expect(try tokenizer.encode("aa") == [0, 0])
        let error = #expect(throws: TokenizationError.self) { try tokenizer.encode("b") }
        #expect(error?.code == .encodingFailed)
        #expect(error?.message.contains("<unk>") == true)
    }

    @Test func configurationNamesTokensAndTemplate() throws {
        let file = Data(
            """
            {"model": {"type": "BPE", "vocab": {"a": 0, "<b>": 1, "<e>": 2}, "merges": []}}
            """.utf8)
        let config = Data(
            """
            {"bos_token": {"content": "<b>"}, "eos_token": "<e>", "add_bos_token": true,
             "chat_template": [{"name": "tools", "template": "t"}, {"name": "default", "template": "{{ x }}"}]}
            """.utf8)
        let tokenizer = try Tokenizer(tokenizerJSON: file, configJSON: config)
        #expect(tokenizer.beginningOfTextID == 1)
        #expect(tokenizer.endOfTextID == 2)
        #expect(tokenizer.chatTemplate == "{{ x }}")
        #expect(try tokenizer.encode("aa") == [1, 0, 0])
        #expect(try tokenizer.encode("aa", addSpecialTokens: false) == [0, 0])
    }

    @Test func tenMillionBytesAreEncodedAndComeBack() throws {
        let tokenizer = try Fixtures.tokenizer("byte-level")
        let line = "The geese fly \u{0} \u{e9}\u{301} 👩‍👩‍👧‍👦 in winter, 1204 of them.\n"
        let text = String(repeating: line, count: 10_000_000 / line.utf8.count + 1)
        let ids = try tokenizer.encode(text, addSpecialTokens: false)
        #expect(
            bytes(tokenizer.decode(ids, skipSpecialTokens: true))
                == bytes(text))
    }
}
