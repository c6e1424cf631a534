import Testing

@testable import skein

/// Server-sent events as the standard has them.
@Suite("Server-sent events of a load")
struct EventStreamParserTests {
    private struct Example: CustomTestStringConvertible, Sendable {
        let text: String
        let events: [String]

        var testDescription: String { text.debugDescription }
    }

    private static let examples = [
        Example(text: "data: a\n\n", events: ["a"]),
        Example(text: "data:a\n\ndata:  b\n\n", events: ["a", " b"]),
        Example(text: "data: a\r\n\r\ndata: b\r\rdata: c\n\n", events: ["a", "b", "c"]),
        Example(text: "data: a\ndata: b\r\ndata\ndata: c\n\n", events: ["a\nb\n\nc"]),
        Example(text: ": keep-alive\n\nevent: x\nid: 7\ndata: a: b\nretry: 1\n\n", events: ["a: b"]),
        Example(text: "database: no\ndat: no\n\n\n\n", events: []),
        Example(text: "data:\n\n", events: [""]),
        Example(text: "data: \u{1F426}\n\n", events: ["\u{1F426}"]),
    ]

    @Test("events are the same however the bytes are cut", arguments: examples)
    private func events(example: Example) {
        let bytes = Array(example.text.utf8)
        for size in 1...bytes.count {
            var parser = EventStreamParser()
            var events: [String] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                parser.append(bytes[start..<min(start + size, bytes.count)]) {
                    events.append(String(decoding: $0, as: UTF8.self))
                }
            }
            #expect(events == example.events, "pieces of \(size)")
            #expect(!parser.isInsideEvent)
        }
    }

    @Test("a cut stream is seen", arguments: ["data: a", "data: a\n", "da"])
    func cut(text: String) {
        var parser = EventStreamParser()
        parser.append(text.utf8) { _ in Issue.record("an event without a blank line") }
        #expect(parser.isInsideEvent)
    }
}
