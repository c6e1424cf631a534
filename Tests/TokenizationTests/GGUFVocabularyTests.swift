import Foundation
import TestSupport
import Testing

@testable import Tokenization

/// Tokenizers out of a GGUF file's metadata; whole models' ids are compared in EndToEndTests.
@Suite("Tokenizers of GGUF files")
struct GGUFVocabularyTests {
    private static let pieces = """
        {"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens":
          ["<unk>", "<s>", "</s>", "\u{2581}", "a", "b", "ab", "\u{2581}ab", "<|im|>", "[PAD9]"],
         "tokenizer.ggml.scores": [0, 0, 0, -4, -5, -6, -1, -2, -1000, -10000],
         "tokenizer.ggml.token_type": [2, 3, 3, 1, 1, 1, 1, 1, 4, 5],
         "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2, "tokenizer.chat_template": "{{ x }}"}
        """
    private static let pairs = """
        {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens":
          ["a", "b", "\u{120}", "1", "ab", "\u{120}ab", "11", "<|end|>"],
         "tokenizer.ggml.token_type": [1, 1, 1, 1, 1, 1, 1, 3],
         "tokenizer.ggml.merges": ["a b", "\u{120} ab", "1 1"], "tokenizer.ggml.eos_token_id": 7}
        """

    private static func tokenizer(_ json: [UInt8], fileByteCount: Int? = nil) throws -> Tokenizer {
        try Tokenizer(gguf: "/model.gguf", metadata: json, fileByteCount: fileByteCount ?? json.count)
    }

    private func tokenizer(_ json: String) throws -> Tokenizer {
        try Self.tokenizer(Array(json.utf8))
    }

    private func message(_ json: String) -> String {
        do {
            _ = try tokenizer(json)
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func sentencePieces() throws {
        let tokenizer = try tokenizer(Self.pieces)
        #expect(try tokenizer.encode("ab") == [1, 7])
        #expect(try tokenizer.encode("ab<|im|>b ab") == [1, 7, 8, 5, 7])
        #expect(tokenizer.decode([1, 7, 5, 7], skipSpecialTokens: true) == "abb ab")
        #expect(tokenizer.chatTemplate == "{{ x }}")
        #expect((tokenizer.beginningOfTextID, tokenizer.endOfTextID) == (1, 2))
        #expect(tokenizer.isSpecial(1))
    }

    @Test func flagsDecideWhatIsPutAroundAText() throws {
        let flags =
            "\"tokenizer.ggml.add_bos_token\": false, \"tokenizer.ggml.add_eos_token\": true, "
            + "\"tokenizer.ggml.add_space_prefix\": false, \"tokenizer.ggml.model\""
        let tokenizer = try tokenizer(Self.pieces.replacing("\"tokenizer.ggml.model\"", with: flags))
        #expect(try tokenizer.encode("ab") == [6, 2])
    }

    @Test func bytePairs() throws {
        #expect(try tokenizer(Self.pairs).encode("ab ab<|end|>11") == [4, 5, 7, 3, 3])
        // GPT-2's pattern keeps digits together; Llama 3's does up to three of them.
        for (name, ids) in [("gpt-2", [4, 6] as [Int32]), ("llama-bpe", [4, 6]), ("smollm", [4, 3, 3])] {
            #expect(try tokenizer(Self.pairs.replacing("qwen2", with: name)).encode("ab11") == ids, "\(name)")
        }
        #expect(try tokenizer(Self.pairs).decode([5, 4, 7], skipSpecialTokens: true) == " abab")
    }

    @Test func whatIsNotBuiltIsRefusedByName() {
        #expect(
            message(Self.pieces.replacing("\"llama\"", with: "\"rwkv\"")).hasSuffix(
                "tokenizer.ggml.model: tokenizer \"rwkv\" is not supported; supported are llama, gpt2"))
        #expect(
            message(Self.pairs.replacing("qwen2", with: "nobody")).contains(
                "pattern \"nobody\" is not supported"))
    }

    @Test func listsThatDoNotFitAreRefused() {
        #expect(
            message(Self.pieces.replacing("[0, 0, 0, -4", with: "[0, 0, -4")).hasSuffix(
                "has 9 elements; there are 10 tokens"))
        #expect(
            message(Self.pieces.replacing("[2, 3, 3, 1", with: "[2, 3, 1")).hasSuffix(
                "has 9 elements; there are 10 tokens"))
        #expect(message(Self.pieces.replacing("[2, 3, 3, 1", with: "[2, 3, 9, 1")).contains("from 0 to 6"))
        #expect(message(Self.pieces.replacing("\"</s>\"", with: "7")).contains("must be a string"))
        #expect(
            message(Self.pieces.replacing("bos_token_id\": 1", with: "bos_token_id\": 10")).contains("is 10"))
        #expect(
            message(Self.pairs.replacing("\"1 1\"", with: "\"1 c\"")).contains("is not in the vocabulary"))
        #expect(message("{}").contains("tokenizer.ggml.model: is missing"))
    }

    @Test func theCopyOfTokenizerJSONIsReadWhereTheFileHasOne() throws {
        let copy = #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}"#
        let member = "{\"tokenizer.huggingface.json\": \(copy), \"tokenizer"
        let tokenizer = try tokenizer(Self.pairs.replacing("{\"tokenizer", with: member))
        #expect(try tokenizer.encode("abb") == [2, 1])
    }

    /// JSON and tables together may have twice the bytes of the file's header and a constant.
    @Test func tablesOutOfProportionToTheFileAreRefused() throws {
        let tokens = (0..<200_000).map { "\"\(String($0, radix: 36))\"" }.joined(separator: ",")
        let json = """
            {"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "gpt-2", "tokenizer.ggml.merges": [],
             "tokenizer.ggml.tokens": [\(tokens)]}
            """
        let bytes = Array(json.utf8)
        // A file has eight bytes and the text of each token.
        #expect(try Self.tokenizer(bytes, fileByteCount: 12 * 200_000).vocabularyCount == 200_000)
        let error = #expect(throws: TokenizationError.self) {
            try Self.tokenizer(bytes, fileByteCount: bytes.count / 2)
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("needs tables of") == true, "\(error?.message ?? "")")
        let allowed = 2 * (bytes.count / 2) + (3 << 19) - bytes.count
        #expect(error?.message.hasSuffix("may have \(allowed)") == true, "\(error?.message ?? "")")
    }

    @Test func aLongChatTemplateIsRefused() {
        let longest = String(repeating: "x", count: 1 << 18)
        #expect(message(Self.pieces.replacing("{{ x }}", with: longest)) == "accepted")
        #expect(
            message(Self.pieces.replacing("{{ x }}", with: longest + "x")).hasSuffix(
                "tokenizer.chat_template: has 262145 bytes; allowed are 262144"))
    }

    @Test("damaged metadata is refused or read, and never ends the process", arguments: [pieces, pairs])
    func damaged(text: String) throws {
        let original = Array(text.utf8)
        for number in 0..<1500 {
            var mutator = Mutator(seed: UInt64(number))
            let bytes = mutator.damaged(original, reach: original.count)
            do {
                let tokenizer = try LoadingMemory.tokenizer(fileByteCount: bytes.count) {
                    try Self.tokenizer(bytes)
                }
                _ = try tokenizer.encode("ab ab<|end|><|im|>11 z")
            } catch let error as TokenizationError {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
