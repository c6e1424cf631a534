import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// An answer with its whole body.
struct Answer: Sendable {
    let status: UInt
    let headers: [String: String]
    let body: Data

    /// The body as JSON.
    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
    }

    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// HTTP as a client program does it.
enum HTTPCalls {
    /// Gets `url`.
    static func get(_ url: String) async throws -> Answer {
        try await send(HTTPClientRequest(url: url))
    }

    /// Deletes `url`.
    static func delete(_ url: String) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .DELETE
        return try await send(request)
    }

    /// Posts `body` as JSON.
    static func post(
        _ url: String, _ body: [String: any Sendable], headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send(request(url, JSONSerialization.data(withJSONObject: body), headers: headers))
    }

    /// Posts raw bytes with a content type.
    static func post(_ url: String, raw: Data, contentType: String = "application/json") async throws
        -> Answer
    {
        try await send(request(url, raw, contentType: contentType))
    }

    /// The data of every server-sent event of a stream, lines of one event joined by a line feed; throws if the
    /// stream is cut.
    static func events(
        _ url: String, _ body: [String: any Sendable], headers: [String: String] = [:],
        each: (Int) async throws -> Void = { _ in }
    ) async throws -> [String] {
        let response = try await HTTPClient.shared.execute(
            request(url, JSONSerialization.data(withJSONObject: body), headers: headers),
            timeout: .seconds(120))
        guard response.status == .ok else {
            let text = Data(buffer: try await response.body.collect(upTo: 1 << 20))
            throw UnexpectedAnswer(
                description: "\(response.status): \(String(decoding: text, as: UTF8.self))")
        }
        var pending = Data()
        var events: [String] = []
        for try await part in response.body {
            pending.append(Data(buffer: part))
            while let end = pending.range(of: Data("\n\n".utf8)) {
                let event = String(decoding: pending[pending.startIndex..<end.lowerBound], as: UTF8.self)
                pending = Data(pending[end.upperBound...])
                let lines = event.components(separatedBy: "\n").filter { $0.hasPrefix("data: ") }
                guard !lines.isEmpty else { continue }
                events.append(lines.map { $0.dropFirst(6) }.joined(separator: "\n"))
                try await each(events.count)
            }
        }
        return events
    }

    /// An answer other than the one the test needs to go on.
    struct UnexpectedAnswer: Error, CustomStringConvertible {
        let description: String
    }

    private static func request(
        _ url: String, _ body: Data, contentType: String = "application/json", headers: [String: String] = [:]
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: contentType)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(data: body))
        return request
    }

    private static func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let body = Data(buffer: try await response.body.collect(upTo: 64 << 20))
        var headers: [String: String] = [:]
        for header in response.headers { headers[header.name.lowercased()] = header.value }
        return Answer(status: response.status.code, headers: headers, body: body)
    }
}
