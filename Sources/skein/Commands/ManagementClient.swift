import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Requests to a running server's management API.
struct ManagementClient {
    private static let responseByteCountMax = 16 << 20
    private static let timeout = TimeAmount.seconds(600)
    /// A refused connection is an answer; the shared client tries again until the timeout.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
    private let base: String

    /// A client of the API at `url`, such as `http://127.0.0.1:3001`.
    init(url: String) throws {
        guard let parsed = URL(string: url), parsed.scheme == "http" || parsed.scheme == "https",
            parsed.host() != nil
        else {
            throw CommandFailure(
                "--url \(url) is not an http URL such as http://127.0.0.1:3001", exitCode: 64)
        }
        base = url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    /// The body of `path`.
    func get(_ path: String) async throws -> Data { try await send(.GET, path, body: nil) }

    /// Posts a JSON body.
    func post(_ path: String, body: Data) async throws -> Data { try await send(.POST, path, body: body) }

    /// Deletes `path`.
    func delete(_ path: String) async throws -> Data { try await send(.DELETE, path, body: nil) }

    private func send(_ method: HTTPMethod, _ path: String, body: Data?) async throws -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = .init(rawValue: method.rawValue)
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await Self.client.execute(request, timeout: Self.timeout)
        } catch {
            throw CommandFailure("no answer from \(base): \(error)", exitCode: 1)
        }
        let data = Data(buffer: try await response.body.collect(upTo: Self.responseByteCountMax))
        guard (200..<300).contains(response.status.code) else {
            let message = Self.message(in: data) ?? String(decoding: data, as: UTF8.self)
            throw CommandFailure("\(base)\(path) answered \(response.status.code): \(message)", exitCode: 1)
        }
        return data
    }

    private enum HTTPMethod: String { case GET, POST, DELETE }

    /// The sentence in an error body.
    private static func message(in data: Data) -> String? {
        struct Body: Decodable {
            struct Problem: Decodable { let message: String }
            let error: Problem
        }
        // An error body of another shape is shown as it is.
        return try? JSONDecoder().decode(Body.self, from: data).error.message
    }
}
