import Foundation
import Testing
import Tokenization

/// Limits of what a tokenizer.json may hold: at the limit it works, one past it it is refused with the number.
@Suite("Limits of tokenizer.json")
struct TokenizerLimitTests {
    struct Limit: CustomTestStringConvertible, Sendable {
        let name: String
        let max: Int
        /// What the refusal says.
        let words: String
        /// A file that has so many.
        let json: @Sendable (Int) -> String
        var testDescription: String { name }
    }

    private static func file(_ parts: String) -> String {
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \(parts)}"
    }

    private static func added(_ contents: [String]) -> String {
        let flags = ["special", "normalized", "lstrip", "rstrip", "single_word"].map { "\"\($0)\": false" }
            .joined(separator: ", ")
        let tokens = contents.map { "{\"id\": 1, \"content\": \"\($0)\", \(flags)}" }
        // As large as what so many tokens take needs it to be.
        return file("\"added_tokens\": [\(tokens.joined(separator: ", "))]")
            + String(repeating: " ", count: 4 << 20)
    }

    private static func letters(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static let limits = [
        Limit(name: "bytes of a string", max: 4 << 20, words: "a string of 4194305 bytes") {
            file("\"x\": \"\(letters($0))\"")
        },
        Limit(name: "characters of a number", max: 1024, words: "more than 1024 characters") {
            file("\"x\": 1.\(String(repeating: "1", count: $0 - 2))")
        },
        Limit(name: "nesting", max: 64, words: "nested deeper than 64") {
            // The file's own object is the first level.
            file("\"x\": \(String(repeating: "[", count: $0))\(String(repeating: "]", count: $0))")
        },
        Limit(name: "added tokens", max: 1 << 14, words: "more than 16384 tokens") { count in
            added((0..<count).map { String($0) })
        },
        Limit(name: "bytes of an added token", max: 1024, words: "has 1025 bytes") { added([letters($0)]) },
        Limit(name: "bytes of all added tokens", max: 1 << 18, words: "have 262145 bytes together") { count in
            let rest = count - 255 * 1024
            return added(
                (0..<255).map { "\(1000 + $0)" + letters(1020) } + [letters(rest - 3), "xyz"])
        },
        Limit(name: "parts of a sequence", max: 256, words: "has 257 elements") { count in
            let parts = [String](repeating: "{\"type\": \"NFC\"}", count: count).joined(separator: ", ")
            return file("\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [\(parts)]}")
        },
        Limit(name: "objects of a component", max: 512, words: "consists of 513 objects") { count in
            let parts = [String](repeating: "{}", count: count - 1).joined(separator: ", ")
            return file("\"normalizer\": {\"type\": \"NFC\", \"x\": [\(parts)]}")
        },
        Limit(name: "patterns", max: 16, words: "has 17 patterns") { count in
            let split =
                "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Isolated\", \"invert\": false}"
            let parts = [String](repeating: split, count: count).joined(separator: ", ")
            return file("\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\(parts)]}")
        },
    ]

    @Test("a pattern that stands for a long one is refused")
    func translatedPattern() {
        let pattern = String(repeating: "\\\\w", count: 4000)
        let json = Self.file(
            "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"\(pattern)\"}, "
                + "\"behavior\": \"Isolated\", \"invert\": false}")
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
        }
        #expect(
            error?.message.contains("stands for more than 65536 bytes") == true, "\(error?.message ?? "")")
    }

    @Test("at the limit a file works, one past it it is refused", arguments: limits)
    func limit(_ one: Limit) throws {
        _ = try Tokenizer(tokenizerJSON: Data(one.json(one.max).utf8), configJSON: nil)
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(tokenizerJSON: Data(one.json(one.max + 1).utf8), configJSON: nil)
        }
        #expect(error?.message.contains(one.words) == true, "\(error?.message ?? "")")
    }

    @Test("a pattern that compiles to too much is refused")
    func longPattern() {
        let pattern = String(repeating: "[^\\\\p{L}\\\\p{N}]", count: 2000)
        let json = Self.file(
            "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"\(pattern)\"}, "
                + "\"behavior\": \"Isolated\", \"invert\": false}")
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
        }
        #expect(error?.message.contains("pattern") == true, "\(error?.message ?? "")")
    }

    @Test("tables out of proportion to their file are refused with both sizes")
    func tables() {
        let entries = [String](repeating: "[\"a\",0]", count: 1_200_000).joined(separator: ",")
        let error = #expect(throws: TokenizationError.self) {
            try Tokenizer(
                tokenizerJSON: Data("{\"model\": {\"type\": \"Unigram\", \"vocab\": [\(entries)]}}".utf8),
                configJSON: nil)
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.message.contains("needs tables of") == true, "\(error?.message ?? "")")
    }
}
