import Tensors
import Testing

struct JSONScannerTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    private func reason(_ text: String) -> String {
        do throws(JSONError) {
            _ = try parse(text)
            return "accepted"
        } catch { return error.reason }
    }

    @Test func valuesOfEveryKindAreRead() throws {
        let text = #" {"a": [1, -2.5e1, true, false, null], "b": {"c": "x\n\u00e9\ud83e\udda2/"}} "#
        let expected: JSONValue = .object([
            "a": .array([.integer(1), .number(-25), .bool(true), .bool(false), .null]),
            "b": .object(["c": .string("x\né🦢/")]),
        ])
        #expect(try parse(text) == expected)
    }

    @Test func integersAreNeverRoundedThroughADouble() throws {
        #expect(try parse("9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    }

    @Test(arguments: [
        ("{\"a\": 1, \"a\": 2}", "the key \"a\" appears twice in one object"),
        ("{\"a\": 1} x", "1 bytes follow the last value"),
        ("{\"a\": 1,}", "\" is expected"),
        ("[1 2]", "a comma or ] is expected"),
        ("[1", "the text ends too early"),
        ("", "the text ends too early"),
        ("01", "\"01\" is not a JSON number"),
        ("1.", "\"1.\" is not a JSON number"),
        ("+1", "\"+1\" is not a JSON number"),
        ("-", "\"-\" is not a JSON number"),
        ("1e", "\"1e\" is not a JSON number"),
        ("1e999", "the number 1e999 does not fit in 64 bits"),
        ("NaN", "\"\" is not a JSON number"),
        ("tru", "true is expected"),
        ("\"abc", "a string does not end"),
        ("\"\u{1}\"", "a string holds the control byte 1"),
        (#""\q""#, "a string holds an unknown escape sequence"),
        (#""\u12g4""#, "a string holds a \\u without four hexadecimal digits"),
        (#""\ud800x""#, "a string holds half a surrogate pair"),
        (#""\udc00""#, "a string holds half a surrogate pair"),
        (#""\ud800\u0041""#, "a string holds half a surrogate pair"),
    ])
    func faultsAreNamed(text: String, expected: String) {
        #expect(reason(text) == expected)
    }

    @Test func nestingIsAllowedAtTheLimitAndRefusedOnePastIt() throws {
        let depth = JSONScanner.depthMax
        let atLimit = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(reason(atLimit) == "accepted")
        #expect(reason("[\(atLimit)]") == "values are nested more than \(depth) deep")
        // Far more than a recursive parser's stack would bear.
        #expect(reason(String(repeating: "[", count: 1 << 20)) == "values are nested more than \(depth) deep")
    }

    @Test func stringsAreAllowedAtTheLimitAndRefusedOnePastIt() {
        let limit = JSONScanner.stringByteCountMax
        #expect(reason("\"\(String(repeating: "x", count: limit))\"") == "accepted")
        #expect(
            reason("\"\(String(repeating: "x", count: limit + 1))\"")
                == "a string is longer than \(limit) bytes")
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        #expect(throws: JSONError(byteOffset: 1, reason: "a string is not UTF-8")) {
            try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22])
        }
    }
}
