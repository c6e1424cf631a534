import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Synchronization
import Testing

@testable import HTTPAPI

/// What happens on real connections: flushes, hang-ups, cuts, keep-alive.
@Suite(.timeLimit(.minutes(5)))
struct ConnectionTests {
    /// Sequences that a script got, for the test to look at.
    final class Taken: Sendable {
        private let (stream, continuation) = AsyncStream.makeStream(of: [QueuedSequence].self)

        func give(_ sequences: [QueuedSequence]) { continuation.yield(sequences) }

        func next() async -> [QueuedSequence] {
            var iterator = stream.makeAsyncIterator()
            return await iterator.next() ?? []
        }
    }

    /// Returns once all are cancelled; the suite's time limit is the test's failure.
    static func waitForCancellation(of sequences: [QueuedSequence]) async {
        while !sequences.allSatisfy(\.handle.isCancelled) { await Task.yield() }
    }

    @Test func eachEventIsFlushedByItself() async throws {
        let server = try await TestServer()
        let taken = Taken()
        try await server.run(script: { taken.give($0) }) { client in
            try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post("/generate_stream", #"{"text": "x"}"#)
                let sequence = try #require(await taken.next().first)
                for (id, text) in [(Int32(97), "a"), (98, "b"), (99, "c")] {
                    sequence.handle.deliver(.token(id: id, logProbability: nil))
                    // Read before the next token exists: nothing waits to be sent together.
                    let event = try await connection.read(through: "data: \(text)\n\n")
                    #expect(event.hasSuffix("data: \(text)\n\n"))
                }
                sequence.handle.deliver(.finished(.length))
                #expect(try await connection.read(through: "\r\n0\r\n\r\n").hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test(arguments: ["/generate", "/generate_stream"])
    func aClientThatHangsUpBeforeTheFirstTokenCancels(path: String) async throws {
        let server = try await TestServer()
        let taken = Taken()
        try await server.run(script: { taken.give($0) }) { client in
            let sequences = try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post(path, #"{"text": ["x", "y"]}"#)
                return await taken.next()
            }
            #expect(sequences.count == 2)
            await Self.waitForCancellation(of: sequences)
        }
    }

    @Test(arguments: ["/generate", "/generate_stream"])
    func aClientThatHangsUpAmidTheAnswerCancels(path: String) async throws {
        let server = try await TestServer()
        let taken = Taken()
        try await server.run(script: { taken.give($0) }) { client in
            let sequences = try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post(path, #"{"text": "x"}"#)
                let sequences = await taken.next()
                sequences[0].handle.deliver(.token(id: 97, logProbability: nil))
                if path == "/generate_stream" { _ = try await connection.read(through: "data: a\n\n") }
                return sequences
            }
            await Self.waitForCancellation(of: sequences)
        }
    }

    @Test func aClientThatHangsUpWhileItWaitsInTheQueueMakesRoom() async throws {
        let server = try await TestServer { $0.maxQueue = 1 }
        // Without a reader that takes anything.
        try await server.servers.application(.inference).test(.live) { client in
            try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post("/generate", #"{"text": "x"}"#)
                while server.group.queue.snapshot().depth == 0 { await Task.yield() }
            }
            // The queue drops what is cancelled when it needs its place.
            while (try? await server.submit([RefusalTests.request(7)])) == nil { await Task.yield() }
        }
    }

    @Test func aStreamThatFailsIsCutWithoutItsFinalChunk() async throws {
        let server = try await TestServer()
        let script: TestServer.Script = { sequences in
            sequences[0].handle.deliver(.token(id: 97, logProbability: nil))
            sequences[0].handle.deliver(.failed(.poison(deathCount: 3)))
        }
        try await server.run(script: script) { client in
            let answer = try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post("/generate_stream", #"{"text": "x"}"#)
                return try await connection.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("9\r\ndata: a\n\n\r\n"))
        }
    }

    @Test func connectionsAreUsedAgainAfterEveryKindOfAnswer() async throws {
        let server = try await TestServer()
        try await server.run(script: { $0[0].answer([97]) }) { client in
            try await RawConnection.open(port: try #require(client.port)) { connection in
                for _ in 0..<2 {
                    try await connection.post("/generate", #"{"text": "x"}"#)
                    #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200 OK"))
                    try await connection.post("/generate_stream", #"{"text": "x"}"#)
                    #expect(try await connection.read(through: "0\r\n\r\n").hasPrefix("HTTP/1.1 200 OK"))
                    try await connection.post("/generate", "{}")
                    #expect(try await connection.read(through: "}}").hasPrefix("HTTP/1.1 422"))
                }
                // Two requests at once: the second is read while the first is answered.
                try await connection.post("/generate", #"{"text": "x"}"#)
                try await connection.post("/generate", #"{"text": "x"}"#)
                for _ in 0..<2 {
                    #expect(try await connection.read(through: #"{"text":"a"}"#).hasPrefix("HTTP/1.1 200 OK"))
                }
            }
        }
    }

    @Test func aSilentStreamShowsThatItLives() async throws {
        #expect(HTTPLimits.keepAlivePause == .seconds(15))
        let server = try await TestServer { $0.keepAlivePause = .milliseconds(10) }
        let taken = Taken()
        try await server.run(script: { taken.give($0) }) { client in
            try await RawConnection.open(port: try #require(client.port)) { connection in
                try await connection.post("/generate_stream", #"{"text": "x"}"#)
                let sequence = try #require(await taken.next().first)
                sequence.handle.deliver(.token(id: 97, logProbability: nil))
                #expect(!(try await connection.read(through: "data: a\n\n")).contains(": keep"))
                for _ in 0..<2 {
                    let comment = try await connection.read(through: ": keep-alive\n\n")
                    #expect(!comment.contains("data"))
                }
                sequence.answer([98])
                #expect(try await connection.read(through: "0\r\n\r\n").contains("data: b\n\n"))
            }
        }
    }
}
