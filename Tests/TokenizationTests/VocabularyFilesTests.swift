import Foundation
import TestSupport
import Testing
import Tokenization

@Suite("vocab.json and merges.txt")
struct VocabularyFilesTests {
    private static let folder = Fixtures.folder.appending(path: "vocabulary-files")

    @Test("ids are transformers'")
    func reference() throws {
        struct File: Decodable {
            struct Case: Decodable {
                let text: String
                let ids: [Int32]
            }
            let cases: [Case]
        }
        let data = try Data(contentsOf: Self.folder.appending(path: "expected.json"))
        let tokenizer = try Tokenizer(directory: Self.folder)
        let cases = try JSONDecoder().decode(File.self, from: data).cases
        #expect(cases.count > 10)
        for example in cases {
            #expect(try tokenizer.encode(example.text, addSpecialTokens: true) == example.ids)
        }
        #expect(tokenizer.endOfTextID == 1 && tokenizer.beginningOfTextID == 1)
    }

    @Test("the same tokens, and special ones listed by id, give the same ids as tokenizer.json")
    func listedTokens() throws {
        let folder = try TemporaryFolder()
        for name in ["vocab.json", "merges.txt"] {
            try FileManager.default.copyItem(
                at: Self.folder.appending(path: name), to: folder.url.appending(path: name))
        }
        let flags = #""lstrip": false, "rstrip": true, "normalized": false, "single_word": false"#
        try Self.write(
            #"{"added_tokens_decoder": {"400": {"content": "<new>", "special": true, \#(flags)}}}"#,
            to: "tokenizer_config.json", in: folder)
        let tokenizer = try Tokenizer(directory: folder.url)
        let without = try Tokenizer(directory: Self.folder)
        let geese = try without.encode("The geese", addSpecialTokens: false)
        let ids = try tokenizer.encode("The geese<new>  The geese", addSpecialTokens: true)
        #expect(ids == geese + [400] + geese)
    }

    @Test("what cannot be read is named")
    func faults() throws {
        let folder = try TemporaryFolder()
        func message() -> String {
            do {
                _ = try Tokenizer(directory: folder.url)
                return "accepted"
            } catch { return "\(error)" }
        }
        #expect(message().contains("has neither tokenizer.json, tokenizer.model nor vocab.json"))
        try Self.write(#"{"a": 0, "b": 1, "ab": 2}"#, to: "vocab.json", in: folder)
        try Self.write("#version: 0.2\na b\n\n", to: "merges.txt", in: folder)
        #expect(message() == "accepted")
        try Self.write("a b\na c\n", to: "merges.txt", in: folder)
        #expect(message().contains("merges[1]") && message().contains("\"c\" is not in the vocabulary"))
        try Self.write("a b\n", to: "merges.txt", in: folder)
        try Self.write(#"{"tokenizer_class": "BertTokenizer"}"#, to: "tokenizer_config.json", in: folder)
        #expect(message().contains("BertTokenizer") && message().contains("GPT2Tokenizer"))
        try Self.write(#"{"added_tokens_decoder": {"x": {}}}"#, to: "tokenizer_config.json", in: folder)
        #expect(message().contains("added_tokens_decoder"))
    }

    private static func write(_ text: String, to name: String, in folder: TemporaryFolder) throws {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
    }
}
