import Testing
import Tokenization

/// Each component by itself against what `tokenizers` makes of the same input.
@Suite struct ComponentTests {
    @Test(arguments: Fixtures.components("pre_tokenizers"))
    func preTokenizerSplitsAsTheReference(one: Fixtures.ComponentCase) throws {
        let tokenizer = try Tokenizer(tokens: one.pieces, preTokenizer: one.component)
        let pieces = try tokenizer.encode(one.text).map { tokenizer.token(for: $0) ?? "" }
        #expect(pieces.map(bytes) == one.pieces.map(bytes), "\(pieces) is not \(one.pieces)")
    }

    @Test(arguments: Fixtures.components("normalizers"))
    func normalizerChangesAsTheReference(one: Fixtures.ComponentCase) throws {
        let expected = one.pieces.filter { !$0.isEmpty }
        let tokenizer = try Tokenizer(tokens: expected, normalizer: one.component)
        #expect(try tokenizer.encode(one.text) == (expected.isEmpty ? [] : [0]))
    }

    @Test(arguments: Fixtures.components("decoders"))
    func decoderJoinsAsTheReference(one: Fixtures.ComponentCase) throws {
        let tokenizer = try Tokenizer(tokens: one.tokens, decoder: one.component)
        #expect(bytes(tokenizer.decode(one.ids, skipSpecialTokens: false)) == bytes(one.text))
        for promptCount in 0...one.ids.count {
            try expectStreamContinues(tokenizer, one.ids, promptCount: promptCount, skipSpecialTokens: false)
        }
    }

    @Test func fixturesAreThere() {
        for kind in ["pre_tokenizers", "normalizers", "decoders"] {
            #expect(Fixtures.components(kind).count > 40)
        }
    }
}
