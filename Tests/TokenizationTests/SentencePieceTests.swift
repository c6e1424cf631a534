import Foundation
import TestSupport
import Testing
import Tokenization

/// tokenizer.model files against the sentencepiece package; `Fixtures/make_sentencepiece.py` wrote what it makes.
@Suite("SentencePiece models") struct SentencePieceTests {
    static let names = ["bpe-bytes", "bpe-unknown", "unigram", "unigram-bytes"]
    private static let folder = Fixtures.folder.appending(path: "sentencepiece")

    struct Expected: Decodable {
        struct Encode: Decodable {
            let text: String
            let ids: [Int32]
            let decoded: String
        }
        struct Decode: Decodable {
            let ids: [Int32]
            let text: String
        }
        let encode: [Encode]
        let decode: [Decode]
        let generated: String
        let long: String
    }

    private static func expected(_ name: String) throws -> Expected {
        let file =
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: folder.appending(path: "expected.json"))) as? [String: Any]
        return try JSONDecoder().decode(
            Expected.self, from: JSONSerialization.data(withJSONObject: file?[name] ?? NSNull()))
    }

    private static func file(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appending(path: "\(name).model"))
    }

    private static func tokenizer(_ name: String, configuration: String? = nil) throws -> Tokenizer {
        try Tokenizer(sentencePieceModel: try file(name), configJSON: configuration.map { Data($0.utf8) })
    }

    @Test(arguments: names) func idsAndTextsEqualSentencePieces(name: String) throws {
        let tokenizer = try Self.tokenizer(name)
        let expected = try Self.expected(name)
        for one in expected.encode {
            let ids = try tokenizer.encode(one.text, addSpecialTokens: false)
            #expect(ids == one.ids, "\(one.text.debugDescription)")
            #expect(bytes(tokenizer.decode(ids, skipSpecialTokens: true)) == bytes(one.decoded))
        }
        for one in expected.decode {
            #expect(
                bytes(tokenizer.decode(one.ids, skipSpecialTokens: true)) == bytes(one.text), "\(one.ids)")
            for promptCount in [0, 1, 7] where promptCount <= one.ids.count {
                try expectStreamContinues(
                    tokenizer, one.ids, promptCount: promptCount, skipSpecialTokens: true)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: names) func generatedTextsEqualSentencePieces(name: String)
        throws
    {
        let tokenizer = try Self.tokenizer(name)
        let expected = try Self.expected(name)
        let ids = try GeneratedTexts.short.flatMap { try tokenizer.encode($0, addSpecialTokens: false) }
        #expect(GeneratedTexts.digest(ids) == expected.generated)
        let long = try tokenizer.encode(GeneratedTexts.withoutSpaces(1 << 16), addSpecialTokens: false)
        #expect(GeneratedTexts.digest(long) == expected.long)
    }

    @Test func classSaysWhatIsPutAroundAText() throws {
        let plain = try Self.tokenizer("bpe-bytes").encode("The", addSpecialTokens: false)
        #expect(try Self.tokenizer("bpe-bytes").encode("The") == [1] + plain)
        let t5 = try Self.tokenizer("bpe-bytes", configuration: #"{"tokenizer_class": "T5Tokenizer"}"#)
        #expect(try t5.encode("The") == plain + [2])
        let told = try Self.tokenizer(
            "bpe-bytes",
            configuration: #"{"add_bos_token": false, "add_eos_token": true, "eos_token": "<s>"}"#)
        #expect(try told.encode("The") == plain + [1])
        #expect(told.endOfTextID == 1)
        let error = #expect(throws: TokenizationError.self) {
            try Self.tokenizer("bpe-bytes", configuration: #"{"tokenizer_class": "XLMRobertaTokenizer"}"#)
        }
        #expect(error?.code == .unsupportedComponent)
        #expect(error?.message.contains("XLMRobertaTokenizer") == true)
    }

    @Test func controlPiecesInATextAreTheirIDs() throws {
        let tokenizer = try Self.tokenizer("bpe-bytes")
        let the = try tokenizer.encode("The", addSpecialTokens: false)
        // A space is put before the first part only, or before each if the file says legacy.
        let fly = try tokenizer.encode("The</s>The", addSpecialTokens: false)
        #expect(fly.starts(with: the + [2]) && fly != the + [2] + the)
        let legacy = try Self.tokenizer("bpe-bytes", configuration: #"{"legacy": true}"#)
        #expect(try legacy.encode("The</s>The", addSpecialTokens: false) == the + [2] + the)
        #expect(tokenizer.isSpecial(2))
        #expect(tokenizer.decode(the + [2] + the, skipSpecialTokens: true) == "The The")
    }

    @Test func tokensOfTheConfigurationComeAfterThePieces() throws {
        let tokenizer = try Self.tokenizer(
            "bpe-bytes",
            configuration: """
                {"added_tokens_decoder": {"999": {"content": "<|b|>", "special": false, "normalized": false,
                  "lstrip": false,
                  "rstrip": false, "single_word": false}, "1": {"content": "<s>", "special": true, "normalized": false,
                  "lstrip": false, "rstrip": true, "single_word": false}}}
                """)
        let count = Int32(try Self.tokenizer("bpe-bytes").vocabularyCount)
        #expect(try tokenizer.encode("<|b|>", addSpecialTokens: false) == [count])
        let the = try tokenizer.encode("The", addSpecialTokens: false)
        #expect(try tokenizer.encode("The<s>  ", addSpecialTokens: false) == the + [1])
    }

    @Test(.enabled(if: SharedFolder.exists)) func modelFileEncodesAsItsTokenizerJSON() throws {
        let folder = SharedFolder.data.appending(path: "models/stories260K")
        let directory = try TemporaryFolder()
        for name in ["tokenizer.model", "tokenizer_config.json"] {
            try FileManager.default.copyItem(
                at: folder.appending(path: name), to: directory.url.appending(path: name))
        }
        let file = try Tokenizer(directory: directory.url)
        let json = try Tokenizer(directory: folder)
        for text in ["Once upon a time, Lily's café had 🪿 geese.", " a  b\n", "<s>x</s> y"] {
            #expect(try file.encode(text) == json.encode(text))
        }
        #expect(file.beginningOfTextID == 1)
        #expect(file.endOfTextID == 2)
    }

    // MARK: - Faults

    /// A message of one field that holds bytes.
    private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(content.count)] + content
    }

    private static func piece(_ text: String, type: UInt8) -> [UInt8] {
        field(1, field(1, Array(text.utf8)) + [0x18, type])
    }

    @Test(
        arguments: [
            ([], "has no pieces"), ([0x0B], "wire type 3"),
            ([0x0A, 0x05, 0x0A], "has 5 bytes, of which 1 are there"),
            ([0x80], "ends inside"), (piece("a", type: 1), "0 unknown pieces"),
            (piece("a", type: 9), "pieces[0]: has the type 9"),
            (piece("", type: 2), "pieces[0]: must have a text"),
            (piece("u", type: 2) + field(2, [0x18, 3]), "model_type 3"),
            (piece("u", type: 2) + field(2, [0x18, 2]) + piece("x", type: 5), "\"x\" is unused"),
            (piece("u", type: 2) + field(2, [0xC0, 0x01, 1]), "treat_whitespace_as_suffix"),
            (piece("u", type: 2) + field(2, [0x98, 0x02, 1]), "0 byte pieces"),
            (piece("u", type: 2) + piece("u", type: 1), "\"u\" is there twice"),
            (piece("u", type: 2) + field(3, field(2, [8, 0, 0, 0, 0, 0, 0, 0])), "the tree has 8 bytes"),
            (Array("IQ== 0\nIg== 1\n".utf8), "is not a SentencePiece model"),
        ] as [([UInt8], String)])
    func faultIsNamed(file: [UInt8], words: String) {
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(sentencePieceModel: Data(file), configJSON: nil)
        }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(.timeLimit(.minutes(5)), arguments: names) func damagedFilesAreRefusedOrWork(name: String) throws {
        let original = Array(try Self.file(name))
        var refusedCount = 0
        for number in 0..<800 {
            var mutator = Mutator(seed: UInt64(number))
            do {
                let content = Data(mutator.damaged(original))
                let tokenizer = try LoadingMemory.tokenizer(fileByteCount: content.count) {
                    try Tokenizer(sentencePieceModel: content, configJSON: nil)
                }
                let ids = try tokenizer.encode("The geese's line <sep> </s> é ﬁ ① 🪿\n 12")
                _ = tokenizer.decode(ids, skipSpecialTokens: false)
            } catch let error as TokenizationError {
                refusedCount += 1
                #expect(!"\(error)".isEmpty)
            }
        }
        #expect(refusedCount > 100)
    }
}
