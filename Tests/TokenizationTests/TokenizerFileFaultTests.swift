import Foundation
import TestSupport
import Testing
import Tokenization

/// Files that are wrong: each fault is an error that names the key and the value.
@Suite struct TokenizerFileFaultTests {
    struct Fault: Sendable, CustomTestStringConvertible {
        let json: String
        let code: TokenizationError.Code
        /// What the message must contain.
        let words: [String]
        var testDescription: String { json }

        init(_ json: String, _ code: TokenizationError.Code = .malformedFile, _ words: String...) {
            self.json = json
            self.code = code
            self.words = words
        }

        /// A fault in the file's model.
        static func model(_ model: String, _ words: String...) -> Fault {
            var fault = Fault("{\"model\": {\(model)}}")
            fault = Fault(json: fault.json, code: .malformedFile, words: words)
            return fault
        }

        /// A fault outside the model.
        static func file(_ part: String, _ code: TokenizationError.Code, _ words: String...) -> Fault {
            Fault(
                json: "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \(part)}",
                code: code,
                words: words)
        }

        private init(json: String, code: TokenizationError.Code, words: [String]) {
            self.json = json
            self.code = code
            self.words = words
        }
    }

    static let faults: [Fault] = [
        Fault("", .malformedFile, "byte 0", "ends"),
        Fault("{", .malformedFile, "byte 1", "key"),
        Fault("[]", .malformedFile, "must be an object", "array"),
        Fault("{} x", .malformedFile, "after the end"),
        Fault("{\"a\": 01}", .malformedFile, "leading zero"),
        Fault("{\"a\": \"\\ud800\"}", .malformedFile, "surrogate"),
        Fault("{\"a\": \"\\x\"}", .malformedFile, "escape"),
        Fault("{\"a\": \"\n\"}", .malformedFile, "control character"),
        Fault("{\"a\": tru}", .malformedFile, "true"),
        Fault(String(repeating: "[", count: 100), .malformedFile, "nested deeper than 64"),
        Fault("{}", .malformedFile, "model", "missing"),
        Fault("{\"model\": 3}", .malformedFile, "tokenizer.json: model", "an integer"),
        Fault(
            "{\"model\": {\"type\": \"Tiktoken\"}}", .unsupportedComponent, "Tiktoken",
            "BPE, WordPiece, Unigram"),
        .model("\"type\": \"Unigram\", \"vocab\": [[\"a\"]]", "vocab[0]", "score"),
        .model("\"type\": \"Unigram\", \"vocab\": [[\"a\", 1e400]]", "vocab[0]", "score"),
        .model("\"type\": \"Unigram\", \"vocab\": [[\"a\", -1]], \"unk_id\": 1", "unk_id", "0 to 0"),
        .model("\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 0", "unk_id", "empty"),
        .model("\"type\": \"WordLevel\", \"vocab\": {}", "unk_token", "missing"),
        .model(
            "\"type\": \"WordPiece\", \"vocab\": {}, \"unk_token\": \"u\"", "max_input_chars_per_word",
            "missing"),
        .model("\"type\": \"BPE\", \"merges\": []", "model.vocab", "missing"),
        .model("\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []", "\"a\"", "0 to 16777215"),
        .model("\"type\": \"BPE\", \"vocab\": {\"a\": 16777216}, \"merges\": []", "\"a\"", "0 to 16777215"),
        Fault(
            "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 65536}, \"merges\": []}}", .limitExceeded,
            "\"a\"", "65536",
            "of 1 tokens"),
        .model("\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []", "\"b\"", "twice"),
        .model("\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"a\": 1}, \"merges\": []", "\"a\"", "twice"),
        .model("\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]", "merges[0]", "\"b\""),
        .model(
            "\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": [\"a b\"]", "merges[0]", "\"ab\""
        ),
        .model(
            "\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a a a\"]", "merges[0]", "two tokens"),
        .model("\"type\": \"BPE\", \"vocab\": {}, \"merges\": [], \"dropout\": 0.1", "dropout", "null or 0"),
        .model(
            "\"type\": \"BPE\", \"vocab\": {}, \"merges\": [], \"fuse_unk\": 1, \"unk_token\": \"x\"",
            "fuse_unk"),
        .file("\"normalizer\": {\"type\": \"NFKE\"}", .unsupportedComponent, "normalizer", "NFKE", "NFKC"),
        .file(
            "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"?\"}", .malformedFile,
            "normalizer.precompiled_charsmap", "base 64"),
        .file(
            "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAA=\"}", .malformedFile,
            "normalizer.precompiled_charsmap", "2 bytes"),
        .file(
            "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"CAAAAAAAAAA=\"}",
            .malformedFile, "the tree has 8 bytes", "up to 4"),
        .file(
            "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAAAP8=\"}",
            .malformedFile,
            "the replacements are not UTF-8"),
        .file(
            "\"pre_tokenizer\": {\"type\": \"FixedLength\", \"length\": 0}", .malformedFile, "length", "is 0"),
        .file("\"normalizer\": {}", .malformedFile, "normalizer.type", "missing"),
        .file("\"pre_tokenizer\": {\"type\": \"Bert\"}", .unsupportedComponent, "Bert", "Metaspace"),
        .file(
            "\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"ab\"}", .malformedFile,
            "replacement",
            "one character"),
        .file(
            """
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated",
             "invert": false}
            """, .malformedFile, "pattern.Regex", "\"(\""),
        .file(
            """
            "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[a[^b]]"}, "behavior": "Isolated",
             "invert": false}
            """, .unsupportedComponent, "inside a character class"),
        .file(
            """
            "pre_tokenizer": {"type": "Split", "pattern": {"String": "x"}, "behavior": "Kept",
             "invert": false}
            """, .unsupportedComponent, "behavior", "Kept", "Contiguous"),
        .file(
            "\"post_processor\": {\"type\": \"X\"}", .unsupportedComponent, "post-processor",
            "TemplateProcessing"),
        .file(
            """
            "post_processor": {"type": "TemplateProcessing", "special_tokens": {},
             "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}]}
            """, .malformedFile, "single[0].SpecialToken.id", "<s>"),
        .file("\"decoder\": {\"type\": \"CTD\"}", .unsupportedComponent, "decoder", "CTD", "ByteFallback"),
        .file(
            "\"decoder\": {\"type\": \"BPEDecoder\", \"suffix\": \"\"}", .malformedFile, "decoder.suffix",
            "empty"),
        .file("\"decoder\": {\"type\": \"Strip\", \"content\": \"\"}", .malformedFile, "decoder.content"),
        .file("\"added_tokens\": [{\"id\": 0}]", .malformedFile, "added_tokens[0].content", "missing"),
    ]

    @Test(arguments: faults) func faultIsNamed(fault: Fault) {
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(tokenizerJSON: Data(fault.json.utf8), configJSON: nil)
        }
        #expect(error?.code == fault.code, "\(error?.message ?? "")")
        for word in fault.words { #expect(error?.message.contains(word) == true, "\(error?.message ?? "")") }
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(tokenizerJSON: Data([0x22, 0xC3, 0x22]), configJSON: nil)
        }
        #expect(error?.message == "tokenizer.json: is not UTF-8 text")
    }

    @Test func directoryWithoutATokenizerIsNamed() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: TokenizationError.self) { try Tokenizer(directory: folder.url) }
        #expect(error?.code == .unreadableFile)
        #expect(error?.message.contains(folder.url.path) == true)
    }

    @Test func directoryMayHoldConfigurationAndTemplate() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            at: Fixtures.folder.appending(path: "byte-fallback.json"),
            to: folder.url.appending(path: "tokenizer.json"))
        #expect(try Tokenizer(directory: folder.url).endOfTextID == nil)
        try Data("{\"eos_token\": \"</s>\", \"chat_template\": \"a\"}".utf8)
            .write(to: folder.url.appending(path: "tokenizer_config.json"))
        #expect(try Tokenizer(directory: folder.url).endOfTextID == 2)
        #expect(try Tokenizer(directory: folder.url).chatTemplate == "a")
        try Data("b".utf8).write(to: folder.url.appending(path: "chat_template.jinja"))
        #expect(try Tokenizer(directory: folder.url).chatTemplate == "b")
    }

    @Test func fileBeyondTheLimitIsRefused() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "tokenizer.json")
        #expect(FileManager.default.createFile(atPath: url.path, contents: nil))
        let file = try FileHandle(forWritingTo: url)
        try file.truncate(atOffset: UInt64(128 << 20) + 1)
        try file.close()
        let error = #expect(throws: TokenizationError.self) { try Tokenizer(directory: folder.url) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("134217729") == true)
    }
}
