import HTTPAPI
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import ServiceLifecycle
import Serving
import Testing

/// All three servers together: binding, headers of every answer, the page, the end.
@Suite(.timeLimit(.minutes(5)))
struct ServersTests {
    @Test func allPortsAreBoundAndShownOnStatus() async throws {
        let server = try await TestServer()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.servers.run() }
            let ports = try await server.servers.boundPorts()
            #expect(Set([ports.inference, ports.management, ports.openAI]).count == 3)
            for port in [ports.inference, ports.management] {
                let answer = try await RawConnection.open(port: port) { connection in
                    try await connection.send("GET /status HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                    return try await connection.readToEnd()
                }
                #expect(answer.contains("\"ports\":[\(ports.inference),\(ports.management),\(ports.openAI)]"))
            }
            let health = try await RawConnection.open(port: ports.openAI) { connection in
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
                return try await connection.readToEnd()
            }
            #expect(health.hasPrefix("HTTP/1.1 503"))
            tasks.cancelAll()
        }
    }

    @Test func aTakenPortIsNamedWithItsFlag() async throws {
        let first = try await TestServer()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await first.servers.run() }
            let taken = try await first.servers.boundPorts().inference
            let second = try await TestServer { $0.settings.managementPort = taken }
            let error = await #expect(throws: HTTPServerError.self) { try await second.servers.run() }
            #expect(
                error?.description
                    == "port \(taken) on 127.0.0.1 is taken; choose another with --management-port")
            await #expect(throws: HTTPServerError.self) { try await second.servers.boundPorts() }
            tasks.cancelAll()
        }
    }

    @Test func answersInFlightAreFinishedBeforeTheEnd() async throws {
        let server = try await TestServer()
        let taken = ConnectionTests.Taken()
        let group = ServiceGroup(
            configuration: .init(
                services: [server.servers], logger: Logger(label: "test") { _ in server.log.handler }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await TestServer.serve(server.group) { taken.give($0) } }
            let port = try await server.servers.boundPorts().inference
            let answer = try await RawConnection.open(port: port) { connection in
                try await connection.post("/generate_stream", #"{"text": "x"}"#)
                let sequence = try #require(await taken.next().first)
                sequence.handle.deliver(.token(id: 97, logProbability: nil))
                _ = try await connection.read(through: "data: a\n\n")
                await group.triggerGracefulShutdown()
                sequence.answer([98])
                return try await connection.readToEnd()
            }
            #expect(answer.hasSuffix("data: b\n\n\r\n0\r\n\r\n"))
            try await tasks.next()
            tasks.cancelAll()
        }
    }

    @Test func whatIsNotFinishedInTimeIsCutOff() async throws {
        let pauses = Pauses()
        let server = try await TestServer { $0.useClock(pauses) }
        let taken = ConnectionTests.Taken()
        let group = ServiceGroup(
            configuration: .init(
                services: [server.servers], logger: Logger(label: "test") { _ in server.log.handler }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await TestServer.serve(server.group) { taken.give($0) } }
            let port = try await server.servers.boundPorts().inference
            let sequences = try await RawConnection.open(port: port) { connection in
                try await connection.post("/generate", #"{"text": "x"}"#)
                let sequences = await taken.next()
                await group.triggerGracefulShutdown()
                #expect(await pauses.next() == TestServer.settings.drainTimeout)
                pauses.endAll()
                #expect(try await connection.readToEnd() == "")
                return sequences
            }
            try await tasks.next()
            await ConnectionTests.waitForCancellation(of: sequences)
            #expect(server.log.lines.contains { $0.hasPrefix("warning Requests in flight were cut off") })
            tasks.cancelAll()
        }
    }

    @Test func everyAnswerHasARequestID() async throws {
        let server = try await TestServer()
        let name = try #require(HTTPField.Name("x-request-id"))
        for (sent, isKept) in [
            ("my-id.7", true), (String(repeating: "a", count: 129), false), ("a b", false),
        ] {
            let response = try await server.run {
                try await $0.execute(uri: "/nothing", method: .get, headers: [name: sent])
            }
            #expect((response.headers[name] == sent) == isKept)
        }
        let ids = try await server.run { client in
            [try await client.get("/status").headers[name], try await client.get("/status").headers[name]]
        }
        #expect(Set(ids).count == 2)
        #expect(ids.allSatisfy { $0?.count == 36 })
        #expect(
            server.log.lines.contains {
                $0.hasPrefix("info request answered duration.seconds=") && $0.contains(" http.route=/status ")
            })
    }

    @Test func thePageIsServedAndLoadsNothingFromElsewhere() async throws {
        let server = try await TestServer()
        for (path, type, beginning) in [
            ("/", "text/html; charset=utf-8", "<!doctype html>"),
            ("/page/style.css", "text/css; charset=utf-8", ":root"),
            ("/page/script.js", "text/javascript; charset=utf-8", "\"use strict\";"),
            ("/page/examples.js", "text/javascript; charset=utf-8", "\"use strict\";"),
        ] {
            let response = try await server.run { try await $0.get(path) }
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == type)
            #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
            #expect(response.text.hasPrefix(beginning))
            #expect(!response.text.replacing("http://www.w3.org/2000/svg", with: "").contains("http"))
        }
        let head = try await server.run { try await $0.execute(uri: "/", method: .head) }
        #expect(head.status == .ok)
        #expect(head.body.readableBytes == 0)
    }
}
