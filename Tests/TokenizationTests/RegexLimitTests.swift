import Testing
import Tokenization

/// Patterns that need much: a long match gets a larger stack, a hopeless one ends with an error.
@Suite struct RegexLimitTests {
    private static func splitting(by pattern: String, tokens: [String]) throws -> Tokenizer {
        let regex = "{\"Regex\": \(try jsonText(pattern))}"
        return try Tokenizer(
            tokens: tokens,
            preTokenizer:
                "{\"type\": \"Split\", \"pattern\": \(regex), \"behavior\": \"Isolated\", \"invert\": false}")
    }

    @Test func matchThatNeedsALargeStackSucceeds() throws {
        let word = String(repeating: "abcc", count: 20_000)
        let tokenizer = try Self.splitting(by: "(?:(a)|(b)|(c){2})+x|y", tokens: [word + "x", "y"])
        #expect(try tokenizer.encode("y" + word + "x" + "y") == [1, 0, 1])
    }

    @Test func matchThatTakesTooManyStepsIsAnError() throws {
        let tokenizer = try Self.splitting(by: "(?:a+a+)+b", tokens: ["a"])
        let error = #expect(throws: TokenizationError.self) {
            try tokenizer.encode(String(repeating: "a", count: 64) + "cb")
        }
        #expect(error?.code == .encodingFailed)
        #expect(error?.message.contains("66 bytes") == true)
    }

    @Test func runsOfWhitespaceAndSymbolsAreOnePieceEach() throws {
        let spaces = String(repeating: " ", count: 1 << 20)
        let dots = String(repeating: ".", count: 1 << 20)
        let tokenizer = try Tokenizer(
            tokens: [String(repeating: "Ġ", count: spaces.utf8.count - 1), "Ġ" + dots, "a"],
            preTokenizer: #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}"#)
        #expect(try tokenizer.encode("a" + spaces + dots + "a") == [2, 0, 1, 2])
    }
}
