import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Testing

@testable import HTTPAPI

/// Calls that are answered on their connection's event loop, beside requests that Hummingbird answers.
struct DirectTests {
    private static let answer: TestServer.Script = { $0[0].answer([97]) }

    private static func run(
        _ script: @escaping TestServer.Script = answer,
        _ body: @escaping @Sendable (inout RawConnection.Exchange) async throws -> Void
    ) async throws {
        let server = try await TestServer()
        try await server.run(script: script) { client in
            try await RawConnection.open(port: try #require(client.port)) { try await body(&$0) }
        }
    }

    @Test func requestsSentAtOnceAreAnsweredInTheirOrder() async throws {
        try await Self.run { connection in
            let json = #"{"text": "x"}"#
            let post = { (path: String) in
                "POST \(path) HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(json.utf8.count)\r\n\r\n\(json)"
            }
            let get = "GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n"
            let bad = post("/generate").replacingOccurrences(of: json, with: "{}           ")
            try await connection.send(
                post("/generate") + get + post("/generate") + post("/generate_stream") + bad
                    + post("/generate") + get)
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
            #expect(try await connection.read(through: "}}").hasPrefix("HTTP/1.1 404"))
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
            let stream = try await connection.read(through: "0\r\n\r\n")
            #expect(stream.hasPrefix("HTTP/1.1 200") && stream.contains("data: a\n\n"))
            #expect(try await connection.read(through: "}}").hasPrefix("HTTP/1.1 422"))
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
            #expect(try await connection.read(through: "}}").hasPrefix("HTTP/1.1 404"))
        }
    }

    @Test(arguments: ["/generate", "//generate/", "/generate?a=b", "/generate/?"])
    func aPathMayBeSpelledAsHummingbirdTakesIt(_ path: String) async throws {
        try await Self.run { connection in
            try await connection.post(path, #"{"text": "x"}"#)
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func anAnswerHasTheHeadersOfAllAnswers() async throws {
        let server = try await TestServer()
        try await server.run(script: Self.answer) { client in
            let answer = try await client.post("/generate", #"{"text": "x", "colour": 1}"#)
            #expect(answer.headers[.contentType] == "application/json; charset=utf-8")
            #expect(answer.headers[.contentLength] == "12" && answer.headers[.server] == "skein")
            #expect(answer.headers[.date]?.hasSuffix(" GMT") == true)
            #expect(answer.headers[HTTPField.Name("x-request-id")!]?.count == 36)
            #expect(answer.headers[HTTPField.Name("x-skein-warning")!] == "unknown field colour ignored")
            let other = try await client.get("/nowhere")
            let names = Set(other.headers.map(\.name.canonicalName))
            #expect(names.isSubset(of: Set(answer.headers.map(\.name.canonicalName))))
        }
    }

    @Test func aBodyMayComeInChunksAndInPieces() async throws {
        try await Self.run { connection in
            try await connection.send(
                "POST /generate HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"tex\r\n")
            try await connection.send("8\r\nt\": \"x\"}\r\n0\r\n\r\n")
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func aBodyBeyondTheLimitIsRefusedAtOnceAndTheConnectionGoesOn() async throws {
        try await Self.run { connection in
            let chunk = "1000\r\n\(String(repeating: " ", count: 4096))\r\n"
            try await connection.send(
                "POST /generate HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk)
            #expect(try await connection.read(through: "}}").hasPrefix("HTTP/1.1 413"))
            try await connection.send(chunk + "0\r\n\r\n")
            try await connection.post("/generate", #"{"text": "x"}"#)
            #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func aLongBodyIsPreparedElsewhereAndAnsweredAlike() async throws {
        let server = try await TestServer {
            $0.settings.bodyByteCountMax = 1 << 20
            $0.maxSequenceLength = 40_000
            $0.maxQueueTokens = 100_000
        }
        try await server.run(script: Self.answer) { client in
            let long = String(repeating: "x", count: PreparedCall.shortByteCountMax)
            let answer = try await client.post("/generate", #"{"text": "\#(long)"}"#)
            #expect(answer.status == .ok && answer.text == #"{"text":"a"}"#)
            let refusal = try await client.post("/generate", #"{"text": "\#(long)", "max_new_tokens": 0}"#)
            #expect(refusal.status == .unprocessableContent)
        }
    }

    @Test func aClientThatWantsTheConnectionClosedGetsItClosedAfterItsAnswer() async throws {
        try await Self.run { connection in
            try await connection.post("/generate", #"{"text": "x"}"#, headers: "Connection: close\r\n")
            #expect(try await connection.readToEnd().hasSuffix(#"{"text":"a"}"#))
        }
    }

    @Test func aListIsAnsweredWhenItsLastSequenceIsAndFailsAsAWhole() async throws {
        let server = try await TestServer()
        try await server.run(script: { sequences in
            for sequence in sequences.reversed() {
                if sequence.request.promptIDs.last == 122 {
                    sequence.handle.deliver(.failed(.poison(deathCount: 3)))
                } else {
                    sequence.answer([sequence.request.promptIDs.last ?? 0])
                }
            }
        }) { client in
            let answer = try await client.post("/generate", #"{"text": ["x", "y"]}"#)
            #expect(answer.text == #"{"text":["x","y"]}"#)
            let failure = try await client.post("/generate", #"{"text": ["x", "z"]}"#)
            #expect(failure.status == .internalServerError && failure.errorCode == "generation_failed")
        }
    }
}
