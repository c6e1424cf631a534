import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A client for what the shared one cannot do: more than eight connections to one server, and a connection
/// that is refused at once where nobody listens.
enum ManyStreams {
    /// Lives as long as the process, as the shared client does.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1200
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Whether somebody listens and says that the server is healthy.
    static func isHealthy(_ server: ServerProcess) async -> Bool {
        let request = HTTPClientRequest(url: server.inference + "/healthz")
        // No connection is one of the answers.
        let response = try? await client.execute(request, timeout: .seconds(30))
        return response?.status == .ok
    }

    /// The text of one prompt's stream.
    static func text(_ server: ServerProcess, _ body: [String: any Sendable]) async throws -> String {
        var request = HTTPClientRequest(url: server.inference + "/generate_stream")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try JSONSerialization.data(withJSONObject: body)))
        let response = try await client.execute(request, timeout: .seconds(120))
        let answer = Data(buffer: try await response.body.collect(upTo: 1 << 20))
        let text = String(decoding: answer, as: UTF8.self)
        guard response.status == .ok, text.hasSuffix("\n\n") else {
            throw HTTPCalls.UnexpectedAnswer(description: "\(response.status): \(text)")
        }
        let events = text.dropLast(2).components(separatedBy: "\n\n")
        return events.map { event in
            let lines = event.components(separatedBy: "\n").filter { $0.hasPrefix("data: ") }
            return lines.map { $0.dropFirst(6) }.joined(separator: "\n")
        }.joined()
    }
}
