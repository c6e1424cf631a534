import Testing
import Tokenization

@Suite("Stop strings")
struct StopMatcherTests {
    /// What is shown of `pieces`, piece by piece and at the end, and which stop string ended it.
    private func shown(
        _ pieces: [String], _ stops: [String], keepsMatch: Bool = false
    ) -> (pieces: [String], match: String?) {
        var matcher = StopMatcher(stops: stops, keepsMatch: keepsMatch)
        var shown = pieces.map { matcher.append($0) }
        shown.append(matcher.finish())
        return (shown, matcher.match)
    }

    @Test("without stop strings everything is shown at once")
    func none() {
        let result = shown(["a", "", "🦢", "\n"], [])
        #expect(result.pieces == ["a", "", "🦢", "\n", ""] && result.match == nil)
    }

    @Test("one that is split over three pieces is never shown, not even in part")
    func split() {
        let result = shown(["yes ", "EN", "D", "OF TEXT", " no"], ["ENDOF"])
        #expect(result.pieces == ["yes ", "", "", "", "", ""] && result.match == "ENDOF")
    }

    @Test("what only began like one is shown as soon as that is known")
    func resumed() {
        let result = shown(["a<", "/", "b", "</"], ["</s>"])
        #expect(result.pieces == ["a", "", "</b", "", "</"] && result.match == nil)
    }

    @Test("a beginning inside a beginning is held back")
    func overlapping() {
        let result = shown(["a", "a", "b", "a", "a", "c"], ["aac"])
        #expect(result.pieces == ["", "", "aab", "", "", "", ""] && result.match == "aac")
        #expect(shown(["abab", "abc"], ["ababc"]).pieces == ["", "ab", ""])
    }

    @Test("it ends between characters of several bytes, and what shares their first bytes is no match")
    func characters() {
        // 🦢 and 🦣 share three of four bytes, ü and ö one of two.
        let result = shown(["x", "🦣", "ö", "ü🦢", "y"], ["ü🦢"])
        #expect(result.pieces == ["x", "🦣", "ö", "", "", ""] && result.match == "ü🦢")
        #expect(shown(["🦣"], ["🦢"]).pieces == ["🦣", ""])
        // Canonically equal, and still another text.
        #expect(shown(["e\u{301}"], ["\u{E9}"]).match == nil)
    }

    @Test("one at the very end of the text counts, half a one does not")
    func end() {
        #expect(shown(["ab", "c"], ["c"]).match == "c")
        let half = shown(["ab", "ST"], ["STOP"])
        #expect(half.pieces == ["ab", "", "ST"] && half.match == nil)
    }

    @Test(
        "the one that ends first counts, and of those the longest; however the text is cut",
        arguments: [
            (["abc", "b"], "xabcy", "xa", "b"), (["b", "abc"], "xabcy", "xa", "b"),
            (["c", "abc"], "xabcy", "x", "abc"), (["bcd", "abc"], "xabcd", "x", "abc"),
            (["zz", "y"], "xzzy", "x", "zz"), (["\n\n", "\n"], "a\n\nb", "a", "\n"),
        ])
    func several(stops: [String], text: String, before: String, match: String) {
        let characters = text.map(String.init)
        for length in 1...text.count {
            let pieces = stride(from: 0, to: characters.count, by: length).map {
                characters[$0..<min($0 + length, characters.count)].joined()
            }
            let result = shown(pieces, stops)
            #expect(result.pieces.joined() == before && result.match == match, "\(pieces)")
            let kept = shown(pieces, stops, keepsMatch: true)
            #expect(kept.pieces.joined() == before + match && kept.match == match, "\(pieces)")
        }
    }

    @Test("a piece that is not searched is shown after what was held back")
    func passed() {
        var matcher = StopMatcher(stops: ["stop"], keepsMatch: false)
        #expect(matcher.pass("stop st") == "stop st")
        #expect(matcher.append("op") == "op")
        #expect(matcher.append("!s") == "!")
        #expect(matcher.pass("top") == "stop")
        #expect(matcher.match == nil)
    }
}
