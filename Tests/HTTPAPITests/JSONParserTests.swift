import Foundation
import Testing

@testable import HTTPAPI

/// The parser of bodies.
struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue {
        var parser = JSONParser(Array(text.utf8))
        return try parser.parse()
    }

    @Test(arguments: [
        ("null", JSONValue.null), ("\u{FEFF}[]", .array([])), (" true\n", .bool(true)),
        ("\tfalse\r", .bool(false)),
        ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .large(1 << 63)), ("18446744073709551615", .large(.max)),
        ("1e3", .integer(1000)), ("10.0", .integer(10)), ("0.5", .number(0.5)), ("-2.5E-1", .number(-0.25)),
        ("18446744073709551616", .number(18_446_744_073_709_551_616)),
        (#""""#, .string("")), (#""zwölf 🐧""#, .string("zwölf 🐧")),
        (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
        (#""\u00e9\uD83D\uDE00 \u0041""#, .string("é😀 A")), (#""a\u0000b""#, .string("a\0b")),
        ("[]", .array([])), ("[1, [2], {}]", .array([.integer(1), .array([.integer(2)]), .object([:])])),
        ("{}", .object([:])),
        (#"{"a": 1, "b" : {"c":null} , "a":2}"#, .object(["a": .integer(2), "b": .object(["c": .null])])),
    ])
    func readsWhatJSONHas(_ text: String, _ value: JSONValue) throws {
        #expect(try parse(text) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "truth", "01", "-", "+1", "1.", ".5", "1e", "1e+", "1e999", "0x10", "NaN", "'a'",
        "\"a", "\"a\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"a\nb\"", "[1,]", "[1 2]", "[", "[1", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\":1 \"b\":2}", "{} {}", "[]]",
    ])
    func refusesEverythingElse(_ text: String) {
        #expect(throws: JSONParser.Fault.self) { try parse(text) }
    }

    @Test func aFaultSaysWhereItIs() {
        #expect(throws: (any Error).self) { try parse("[1, x]") }
        var parser = JSONParser(Array("[1, x]".utf8))
        let fault = #expect(throws: JSONParser.Fault.self) { try parser.parse() }
        #expect("\(fault.map { "\($0)" } ?? "")" == "no value where one should be at byte 4")
    }

    @Test func nestingHasALimit() throws {
        let depth = JSONParser.depthMax
        let deepest = String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        _ = try parse(deepest)
        #expect(throws: JSONParser.Fault.self) { try parse("[" + deepest + "]") }
    }

    @Test(arguments: [
        "", "plain", "zwölf 🐧", "\"\\/", "\u{8}\u{9}\u{A}\u{C}\u{D}", "\0\u{1}\u{1F}\u{7F}\u{2028}",
    ])
    func anAnswersTextIsWrittenAsTheEncoderWritesIt(_ text: String) throws {
        struct Answer: Encodable { let text: String }
        #expect(JSONAnswer.bytes(text: text) == (try JSONAnswer.bytes(Answer(text: text))))
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
    ])
    func datesAreThoseOfHTTP(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.text(seconds) == text)
        var date = HTTPDate()
        #expect(date.text(seconds) == text && date.text(seconds) == text)
    }

    @Test("a value that is no JSON is an error of the server's, not its end")
    func unencodable() throws {
        #expect(throws: APIError.self) { try JSONAnswer.bytes([Float.infinity]) }
        let error = String(decoding: JSONAnswer.bytes(APIError(.internalFault, "a \"b\"")), as: UTF8.self)
        #expect(error.contains(#""message":"a \"b\"""#))
    }
}
