import Foundation
import TestSupport
import Testing
import Tokenization

/// Generated texts (many scripts, emoji, control characters, marks, random bytes, a million letters without a
/// space), by the digests that `make_kinds.py` took with `tokenizers`.
@Suite struct GeneratedTextTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let tokenizer: String
        let ids: String
        let decoded: String
        let longCount: Int
        let long: String
        var testDescription: String { tokenizer }

        enum CodingKeys: String, CodingKey {
            case tokenizer, ids, decoded, long
            case longCount = "long_count"
        }

        func makeTokenizer() throws -> Tokenizer {
            let folder = tokenizer.contains("/") ? SharedFolder.data : Fixtures.folder
            return try Tokenizer(
                tokenizerJSON: Data(contentsOf: folder.appending(path: tokenizer)), configJSON: nil)
        }
    }

    static let cases: [Case] = {
        struct File: Decodable { let generated: [Case] }
        let content = try? Data(contentsOf: Fixtures.folder.appending(path: "digests.json"))
        let all = content.flatMap { try? JSONDecoder().decode(File.self, from: $0) }?.generated ?? []
        return all.filter { !$0.tokenizer.contains("/") || SharedFolder.exists }
    }()

    @Test(arguments: cases) func idsAndTextsEqualTheReference(one: Case) throws {
        let tokenizer = try one.makeTokenizer()
        let texts = GeneratedTexts.short
        let encoded = try texts.map { try tokenizer.encode($0) }
        #expect(GeneratedTexts.digest(encoded.joined()) == one.ids)
        let decoded = encoded.flatMap { bytes(tokenizer.decode($0, skipSpecialTokens: false)) }
        #expect(SHA256.hexadecimal(decoded) == one.decoded)
        for ids in encoded.prefix(40) {
            try expectStreamContinues(tokenizer, ids, promptCount: ids.count / 2, skipSpecialTokens: true)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: cases) func longTextWithoutSpacesEqualsTheReference(one: Case)
        throws
    {
        let ids = try one.makeTokenizer().encode(GeneratedTexts.withoutSpaces(one.longCount))
        #expect(GeneratedTexts.digest(ids) == one.long)
    }

    @Test func casesAreThere() { #expect(Self.cases.count == (SharedFolder.exists ? 15 : 8)) }
}
