import Foundation
import Testing
import Tokenization

/// Merging of short words, which are scanned, and long ones, which go through the heap, against merging as it
/// is defined.
@Suite struct BytePairMergingTests {
    private static let merges = [
        ("a", "b"), ("b", "a"), ("ab", "c"), ("b", "c"), ("a", "bc"), ("abc", "abc"), ("c", "c"),
        ("cc", "cc"),
        ("a", "a"), ("aa", "a"), ("aa", "aa"), ("ba", "b"), ("abcabc", "aa"), ("cc", "a"), ("b", "b"),
        ("ab", "ab"),
    ]

    private static func makeTokenizer() throws -> Tokenizer {
        var tokens = ["a", "b", "c"]
        for (left, right) in merges where !tokens.contains(left + right) { tokens.append(left + right) }
        let vocabulary = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
        let list = merges.map { "[\"\($0)\", \"\($1)\"]" }.joined(separator: ", ")
        let json = "{\"model\": {\"type\": \"BPE\", \"vocab\": {\(vocabulary)}, \"merges\": [\(list)]}}"
        return try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
    }

    /// The definition: of all neighbours that merge, those of the lowest rank merge, the leftmost first.
    private static func defined(_ word: String) -> [String] {
        var symbols = word.map(String.init)
        while true {
            var best: (rank: Int, position: Int)?
            for position in symbols.indices.dropLast() {
                let rank = merges.firstIndex { $0 == symbols[position] && $1 == symbols[position + 1] }
                if let rank, rank < best?.rank ?? .max { best = (rank, position) }
            }
            guard let best else { return symbols }
            symbols[best.position] += symbols.remove(at: best.position + 1)
        }
    }

    private static func word(_ length: Int, seed: UInt64) -> String {
        var state = seed
        return String(
            (0..<length).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Character(Unicode.Scalar(UInt8(97 + (state >> 40) % 3)))
            })
    }

    @Test(arguments: [0, 1, 2, 3, 7, 20, 47, 48, 49, 50, 64, 65, 200, 400])
    func mergingFollowsTheDefinition(length: Int) throws {
        let tokenizer = try Self.makeTokenizer()
        for seed in UInt64(1)...12 {
            let word = Self.word(length, seed: seed &* 977)
            let tokens = try tokenizer.encode(word).map { tokenizer.token(for: $0) ?? "?" }
            #expect(tokens == Self.defined(word), "\(word)")
        }
    }

    @Test func oneWordOfAMillionSymbolsMerges() throws {
        let tokenizer = try Self.makeTokenizer()
        let aaaa = try #require(tokenizer.id(for: "aaaa"))
        // Pairs first, then pairs of pairs: a million letters are a quarter of a million tokens.
        let ids = try tokenizer.encode(String(repeating: "a", count: 1 << 20))
        #expect(ids.count == 1 << 18)
        #expect(ids.allSatisfy { $0 == aaaa })
    }

    @Test func laterDuplicateOfAMergeDecides() throws {
        let json = """
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4},
             "merges": ["a b", "b c", "a b"]}}
            """
        let tokenizer = try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
        #expect(try tokenizer.encode("abc") == [0, 4])
    }

    /// A piece without a pre-tokenizer is cut into words before U+2581 only if no token reaches over it.
    @Test(arguments: [
        ("\u{2581}a", ["\u{2581}a", "b", "\u{2581}a"]), ("b\u{2581}", ["\u{2581}", "a", "b\u{2581}", "a"]),
    ])
    func wordsAreCutWhereNoTokenReachesOver(merged: String, expected: [String]) throws {
        let scalars = merged.unicodeScalars.map(String.init)
        let json = """
            {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "\u{2581}": 2, "\(merged)": 3},
             "merges": [["\(scalars[0])", "\(scalars[1])"]]}}
            """
        let tokenizer = try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
        let tokens = try tokenizer.encode("\u{2581}ab\u{2581}a").map { tokenizer.token(for: $0) ?? "?" }
        #expect(tokens == expected)
    }
}
