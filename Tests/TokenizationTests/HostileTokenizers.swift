import Foundation
import Testing

/// Tokenizer files that try to take more memory than they have bytes: each repeats the smallest text that makes a
/// loader keep something.
enum HostileTokenizers {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        var file = "tokenizer.json"
        var companions: [String: String] = [:]
        /// Whether it is no more than a real file asks for, and makes a tokenizer.
        var isSound = false
        let content: @Sendable () -> Data
        var testDescription: String { name }
    }

    private static let byteCount = 5 << 20

    /// `head`, then `item` with growing numbers until there are enough bytes, then `tail`.
    private static func repeated(_ head: String, _ tail: String, _ item: (Int) -> String) -> Data {
        var bytes = Array(head.utf8)
        bytes.reserveCapacity(byteCount + (2 << 20))
        var number = 0
        while bytes.count < byteCount {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: item(number).utf8)
            number += 1
        }
        bytes.append(contentsOf: tail.utf8)
        return Data(bytes)
    }

    private static func model(_ head: String, _ tail: String, _ item: @escaping @Sendable (Int) -> String)
        -> @Sendable () -> Data
    {
        { repeated("{\"model\": {\(head)", "\(tail)}}", item) }
    }

    private static let words = #""type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": []"#

    /// A file whose model is sound and whose part `key` holds the repeated text.
    private static func part(
        _ head: String, _ tail: String, _ item: @escaping @Sendable (Int) -> String
    ) -> @Sendable () -> Data {
        { repeated("{\"model\": {\(words)}, \(head)", "\(tail)}", item) }
    }

    /// The same element time and again.
    private static func many(_ element: String) -> @Sendable (Int) -> String {
        let elements = [String](repeating: element, count: 1000).joined(separator: ",")
        return { _ in elements }
    }

    /// A short text that no other number has.
    @Sendable private static func name(_ number: Int) -> String { String(number, radix: 36) }

    private static func flags(_ value: Bool) -> String {
        ["special", "normalized", "lstrip", "rstrip", "single_word"].map { "\"\($0)\":\(value)" }
            .joined(separator: ",")
    }

    static let all: [Case] =
        json + pieces(type: 1) + pieces(type: 2) + specialPieces + [
            Case(
                name: "a merges.txt of one merge", file: "merges.txt",
                companions: ["vocab.json": #"{"a": 0, "b": 1, "ab": 2}"#],
                content: { Data(String(repeating: "a b\n", count: byteCount / 4).utf8) }),
            Case(
                name: "a tokenizer_config.json of added tokens", file: "tokenizer_config.json",
                companions: ["tokenizer.json": "{\"model\": {\(words)}}"],
                content: {
                    repeated("{\"added_tokens_decoder\": {", "}}") {
                        "\"\($0)\":{\"content\":\"\(name($0))\",\(flags(false))}"
                    }
                }),
        ]

    private static let json: [Case] = [
        Case(name: "numbers", content: part("\"x\": [", "]", many("0"))),
        Case(name: "empty strings", content: part("\"x\": [", "]", many("\"\""))),
        Case(name: "empty objects", content: part("\"x\": [", "]", many("{}"))),
        Case(
            name: "nested arrays",
            content: part("\"x\": [", "]") { _ in
                String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
            }),
        Case(name: "members", content: part("\"x\": {", "}", many("\"\":0"))),
        Case(
            name: "a long string",
            content: { Data("{\"x\": \"\(String(repeating: "a", count: byteCount))\"}".utf8) }),
        Case(
            name: "a broken end",
            content: { repeated("{\"model\": {\"vocab\": {", "") { "\"\(name($0))\":\($0)" } }),
        Case(
            name: "tokens",
            content: model(#""type": "BPE", "merges": [], "vocab": {"#, "}") { "\"\(name($0))\":\($0)" }),
        Case(
            name: "tokens with gaps between ids",
            content: model(#""type": "BPE", "merges": [], "vocab": {"#, "}") { "\"\(name($0))\":\(2 * $0)" }),
        Case(
            name: "one merge",
            content: model(
                #""type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["#, "]", many("\"a b\""))),
        Case(
            name: "one merge as a pair",
            content: model(
                #""type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["#, "]", many("[\"a\",\"b\"]")
            )),
        Case(
            name: "scores",
            content: model(#""type": "Unigram", "unk_id": 0, "vocab": ["#, "]") { "[\"\(name($0))\",0]" }),
        Case(
            name: "one scored token",
            content: model(#""type": "Unigram", "unk_id": 0, "vocab": ["#, "]") { _ in "[\"a\",0]" }),
        Case(
            name: "long scored tokens",
            content: model(#""type": "Unigram", "unk_id": 0, "vocab": ["#, "]") {
                "[\"\(name($0))\(String(repeating: "a", count: 1000))\",0]"
            }),
        Case(
            name: "word pieces",
            content: model(
                #""type": "WordPiece", "unk_token": "0", "continuing_subword_prefix": "", "#
                    + #""max_input_chars_per_word": 9, "vocab": {"#, "}"
            ) { "\"\(name($0))\":\($0)" }),
        Case(
            name: "long word pieces",
            content: model(
                #""type": "WordPiece", "unk_token": "0", "continuing_subword_prefix": "", "#
                    + #""max_input_chars_per_word": 9, "vocab": {"#, "}"
            ) { "\"\(name($0))\(String(repeating: "a", count: 5000))\":\($0)" }),
        Case(
            name: "added tokens",
            content: part("\"added_tokens\": [", "]") {
                "{\"id\":\($0),\"content\":\"\(name($0))\",\(flags(true))}"
            }),
        Case(
            name: "long added tokens",
            content: part("\"added_tokens\": [", "]") {
                "{\"id\":\($0),\"content\":\"\(name($0))\(String(repeating: "a", count: 900))\",\(flags(true))}"
            }),
        Case(
            name: "normalizers",
            content: part(#""normalizer": {"type": "Sequence", "normalizers": ["#, "]}") { _ in
                #"{"type":"NFC"}"#
            }),
        Case(
            name: "patterns",
            content: part(#""pre_tokenizer": {"type": "Sequence", "pretokenizers": ["#, "]}") { _ in
                #"{"type":"Split","pattern":{"Regex":"[^\\p{L}]+"},"behavior":"Isolated","invert":false}"#
            }),
        Case(
            name: "a long pattern",
            content: {
                let pattern = String(repeating: "[^\\\\p{L}\\\\p{N}]", count: 60_000)
                let split =
                    "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\(pattern)\"},"
                    + "\"behavior\":\"Isolated\",\"invert\":false}"
                return repeated(
                    "{\"model\": {\(words)}, \"pre_tokenizer\": {\"type\":\"Sequence\",\"pretokenizers\":[",
                    "]}}"
                ) { _ in split }
            }),
        Case(
            name: "a template",
            content: part(
                #""post_processor": {"type": "TemplateProcessing", "special_tokens": {}, "single": ["#, "]}"
            ) { _ in #"{"Sequence":{"id":"A"}}"# }),
        Case(
            name: "ids of a template",
            content: part(
                #""post_processor": {"type": "TemplateProcessing", "single": [], "special_tokens": {"a": "#
                    + #"{"id": "a", "ids": ["#, "]}}}"
            ) { _ in "0" }),
    ]

    /// Pieces of both models: those that are refused, and as many as a real vocabulary has, with scores.
    private static func pieces(type: UInt8) -> [Case] {
        [
            Case(
                name: "short pieces of type \(type)", file: "tokenizer.model",
                content: { pieces(type: type) { [UInt8](name($0).utf8) } }),
            Case(
                name: "scored pieces of type \(type)", file: "tokenizer.model", isSound: true,
                content: { pieces(type: type, tail: [0x15, 0, 0, 0x80, 0xBF]) { [UInt8](name($0).utf8) } }),
            Case(
                name: "long pieces of type \(type)", file: "tokenizer.model",
                content: {
                    pieces(type: type) {
                        [UInt8](repeating: 97, count: 1 + $0 % 1000) + [UInt8](name($0).utf8)
                    }
                }),
        ]
    }

    private static let specialPieces = [
        Case(
            name: "pieces that the user defined", file: "tokenizer.model",
            content: { pieces(type: 2, tail: [0x18, 4]) { [UInt8]("\(name($0))aaaaaaaa".utf8) } }),
        Case(
            name: "control pieces", file: "tokenizer.model",
            content: { pieces(type: 1, tail: [0x18, 3]) { [UInt8]("\(name($0))aaaaaaaa".utf8) } }),
    ]

    /// A tokenizer.model of an unknown piece and many others, each with the same fields behind its text.
    private static func pieces(type: UInt8, tail: [UInt8] = [], _ text: (Int) -> [UInt8]) -> Data {
        var data: [UInt8] = [0x0A, 7, 0x0A, 3, 0x3C, 0x3F, 0x3E, 0x18, 2]
        var number = 0
        while data.count < byteCount {
            let text = text(number)
            let body: [UInt8] = [0x0A] + varint(text.count) + text + tail
            data.append(contentsOf: [0x0A] + varint(body.count) + body)
            number += 1
        }
        data.append(contentsOf: [0x12, 2, 0x18, type])
        return Data(data)
    }

    private static func varint(_ value: Int) -> [UInt8] {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80, UInt8(value >> 7)]
    }
}
