import Foundation
import Testing
import Tokenization

/// What becomes of every character, and of generated texts, by the digests that `make_kinds.py` took with
/// `tokenizers`.
@Suite struct CharacterDigestTests {
    /// Each character up to U+31FFF and the tags, a line each.
    private static func everyCharacter() -> String {
        var text = String.UnicodeScalarView()
        for value in [0..<0x32000, 0xE0000..<0xE0200].joined() {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            text.append(scalar)
            text.append("\n")
        }
        return String(text)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let component: String
        let digest: String
        var testDescription: String { component }
    }

    static func cases(_ kind: String) -> [Case] {
        guard let content = try? Data(contentsOf: Fixtures.folder.appending(path: "digests.json")),
            let file = try? JSONSerialization.jsonObject(with: content) as? [String: Any],
            let characters = file["characters"] as? [String: Any],
            let cases = characters[kind] as? [[String: Any]]
        else { return [] }
        return cases.map { one in
            let json = try? JSONSerialization.data(withJSONObject: one["component"] ?? NSNull())
            return Case(
                component: String(decoding: json ?? Data(), as: UTF8.self),
                digest: one["digest"] as? String ?? "")
        }
    }

    /// A tokenizer whose ids are the bytes of the text as it comes to the model, `</w>` after each piece.
    private static func byteTokenizer(normalizer: String = "null", preTokenizer: String = "null") throws
        -> Tokenizer
    {
        let digits = Array("0123456789ABCDEF")
        let tokens = (0..<256).map { "<0x\(digits[$0 >> 4])\(digits[$0 & 15])>" }
        let suffix = preTokenizer == "null" ? "" : ", \"end_of_word_suffix\": \"</w>\""
        return try Tokenizer(
            tokens: tokens, normalizer: normalizer, preTokenizer: preTokenizer,
            model: ", \"byte_fallback\": true\(suffix)")
    }

    @Test(arguments: cases("normalizers")) func everyCharacterIsNormalizedAsByTheReference(one: Case) throws {
        let tokenizer = try Self.byteTokenizer(normalizer: one.component)
        let bytes = try tokenizer.encode(Self.everyCharacter()).map { UInt8($0) }
        #expect(SHA256.hexadecimal(bytes) == one.digest)
    }

    @Test(arguments: cases("pre_tokenizers")) func everyCharacterIsSplitAsByTheReference(one: Case) throws {
        let tokenizer = try Self.byteTokenizer(preTokenizer: one.component)
        let bytes = try tokenizer.encode(Self.everyCharacter()).map { UInt8($0) }
        #expect(SHA256.hexadecimal(bytes) == one.digest)
    }

    @Test(.timeLimit(.minutes(5))) func longRunsOfMarksAreOrdered() throws {
        let count = 200_000
        let tokenizer = try Self.byteTokenizer(normalizer: #"{"type": "NFC"}"#)
        let text = "a" + String(repeating: "\u{301}\u{323}", count: count)
        let below = Array("\u{323}".utf8)
        let above = Array("\u{301}".utf8)
        let expected =
            Array("\u{1EA1}".utf8) + repeatElement(below, count: count - 1).joined()
            + repeatElement(above, count: count).joined()
        #expect(try tokenizer.encode(text).map { UInt8($0) } == expected)
    }

    @Test func digestsAreThere() {
        #expect(Self.cases("normalizers").count == 10)
        #expect(Self.cases("pre_tokenizers").count == 6)
    }
}
