import Foundation
import HTTPAPI
import HTTPTypes
import HummingbirdTesting
import Serving
import Testing

/// `/generate_stream`: framing to the byte.
struct StreamTests {
    @Test(arguments: [
        ("Hello", "data: Hello\n\n"), (" world", "data:  world\n\n"), ("", "data: \n\n"),
        ("\n", "data: \ndata: \n\n"), ("\n\n", "data: \ndata: \ndata: \n\n"),
        ("a\nb", "data: a\ndata: b\n\n"),
        ("a\r\nb", "data: a\ndata: b\n\n"), ("c\rd", "data: c\ndata: d\n\n"),
        ("\r\r\n\n", "data: \ndata: \ndata: \ndata: \n\n"), ("data: x", "data: data: x\n\n"),
        (": x", "data: : x\n\n"), ("  two", "data:   two\n\n"),
        ("\u{2028}\u{85}\u{0B}", "data: \u{2028}\u{85}\u{0B}\n\n"),
        ("e\u{301}", "data: e\u{301}\n\n"),
    ])
    func everyLineHasItsPrefix(text: String, frame: String) {
        #expect(Array(ServerSentEvents.event(text).utf8) == Array(frame.utf8))
    }

    static let pieces = ["Hello", " world", "\n", "1.", "  two", "\n\n", "data", ": x", "a\r\nb", "c\rd"]

    @Test func tokensBecomeEventsAsTheyAre() async throws {
        let server = try await TestServer { $0.pieces = Self.pieces }
        let ids = Self.pieces.indices.map { ByteTokenizer.firstPiece + Int32($0) }
        let response = try await server.run(script: { $0[0].answer(ids, .endOfText) }) {
            try await $0.post("/generate_stream", #"{"text": "x"}"#)
        }
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/event-stream; charset=utf-8")
        #expect(
            response.text == """
                data: Hello\n\ndata:  world\n\ndata: \ndata: \n\ndata: 1.\n\ndata:   two\n\n\
                data: \ndata: \ndata: \n\ndata: data\n\ndata: : x\n\ndata: a\ndata: b\n\ndata: c\ndata: d\n\n
                """)
    }

    @Test func charactersSplitOverTokensAreHeldBack() async throws {
        let server = try await TestServer()
        let swan = ByteTokenizer.ids("🦢")
        let response = try await server.run(script: { $0[0].answer(swan + ByteTokenizer.ids("!ü") + [0xC3]) })
        {
            try await $0.post("/generate_stream", #"{"text": "x"}"#)
        }
        #expect(response.text == "data: 🦢\n\ndata: !\n\ndata: ü\n\ndata: \u{FFFD}\n\n")
    }

    @Test func theBufferedTextIsTheStreamedTextPutTogether() async throws {
        let server = try await TestServer { $0.pieces = [" a", "\n", "\n b"] }
        let ids: [Int32] = [258, 0xF0, 0x9F, 0xA6, 259, 0xA2, 260, 0xE2, 0x82, 258, 0xC3, 0xBC, 257, 98]
        let script: TestServer.Script = { $0[0].answer(ids) }
        let buffered = try await server.run(script: script) {
            try await $0.post("/generate", #"{"text": "x", "ignore_eos": true}"#)
        }
        let streamed = try await server.run(script: script) {
            try await $0.post("/generate_stream", #"{"text": "x", "ignore_eos": true}"#)
        }
        let events = streamed.text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }
        let text = events.map { event in
            event.components(separatedBy: "\n").map { $0.dropFirst("data: ".count) }.joined(separator: "\n")
        }.joined()
        #expect(try buffered.json["text"] as? String == text)
        #expect(!text.contains("</s>"))
        #expect(text.hasSuffix("üb"))
    }

    @Test func aListStreamsObjectsWithTheirIndex() async throws {
        let server = try await TestServer { $0.pieces = ["\n\"q\""] }
        let response = try await server.run(script: { sequences in
            // Step by step, as a reader does: all sequences get a token, then all the next one.
            for round: Int32 in 0..<2 {
                for (index, sequence) in sequences.enumerated() {
                    sequence.handle.deliver(.token(id: 97 + 2 * Int32(index) + round, logProbability: nil))
                }
            }
            sequences[1].handle.deliver(.token(id: 258, logProbability: nil))
            for sequence in sequences { sequence.handle.deliver(.finished(.length)) }
        }) { try await $0.post("/generate_stream", #"{"text": ["x", "y"]}"#) }
        let events = response.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
        func event(_ index: Int, _ text: String) -> String {
            #"data: {"batch_id":\#(index),"text":"\#(text)"}"#
        }
        #expect(events.filter { $0.contains(#""batch_id":0"#) } == [event(0, "a"), event(0, "b")])
        #expect(
            events.filter { $0.contains(#""batch_id":1"#) }
                == [event(1, "c"), event(1, "d"), event(1, #"\n\"q\""#)])
        #expect(events.count == 5)
    }

    @Test func aListOfOneStreamsObjects() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([97]) }) {
            try await $0.post("/generate_stream", #"{"text": ["x"]}"#)
        }
        #expect(response.text == "data: {\"batch_id\":0,\"text\":\"a\"}\n\n")
    }

    @Test func metadataIsTheLastEvent() async throws {
        let server = try await TestServer()
        let script: TestServer.Script = { for sequence in $0 { sequence.answer([97]) } }
        let metadata =
            #""metadata":{"cached_tokens":0,"finish_reason":"length","generated_tokens":1,"prompt_tokens":2}"#
        let single = try await server.run(script: script) {
            try await $0.post("/generate_stream", #"{"text": "x", "return_metadata": true}"#)
        }
        #expect(single.text == "data: a\n\ndata: {\(metadata)}\n\n")
        let list = try await server.run(script: script) {
            try await $0.post("/generate_stream", #"{"text": ["x"], "return_metadata": true}"#)
        }
        #expect(
            list.text
                == "data: {\"batch_id\":0,\"text\":\"a\"}\n\n"
                + "data: {\"batch_id\":0,\(metadata),\"text\":\"\"}\n\n"
        )
    }

    @Test func anAnswerWithoutTokensIsAnEmptyBody() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([], .endOfText) }) {
            try await $0.post("/generate_stream", #"{"text": "x"}"#)
        }
        #expect(response.status == .ok)
        #expect(response.text == "")
    }

    @Test func warningsAreOnStreamsToo() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([97]) }) {
            try await $0.post("/generate_stream", #"{"text": "x", "stream": true}"#)
        }
        #expect(response.headers[GenerateTests.warning] == "unknown field stream ignored")
    }
}
