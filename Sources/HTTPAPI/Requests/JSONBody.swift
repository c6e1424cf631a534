import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body: first the media type, then the size, then UTF-8, then JSON, then an object.
enum JSONBody {
    /// The object in the body of `request`.
    static func object(of request: Request, byteCountMax: Int) async throws -> [String: JSONValue] {
        try parse(try await bytes(of: request, byteCountMax: byteCountMax))
    }

    /// The body of `request`, which must be announced as JSON.
    static func bytes(of request: Request, byteCountMax: Int) async throws -> [UInt8] {
        try checkContentType(request.headers[.contentType])
        let length = request.headers[.contentLength].flatMap { Int($0) }
        try checkLength(announced: length, byteCountMax: byteCountMax)
        do {
            return Array(try await request.body.collect(upTo: byteCountMax).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLong(byteCountMax)
        }
    }

    /// 413 if the body is announced to be longer than the limit.
    static func checkLength(announced: Int?, byteCountMax: Int) throws(APIError) {
        guard let announced, announced > byteCountMax else { return }
        var error = tooLong(byteCountMax)
        error.message += ": it announces \(announced)"
        throw error
    }

    /// The body is longer than the limit.
    static func tooLong(_ byteCountMax: Int) -> APIError {
        APIError(
            .bodyTooLarge,
            "the body is longer than \(byteCountMax) bytes, the limit of this server (body_limit)")
    }

    /// 415 unless the type is JSON; a missing type is no JSON either, as with Takeoff's server.
    static func checkContentType(_ header: String?) throws(APIError) {
        let hint = "send Content-Type: application/json"
        guard let header else {
            throw APIError(.unsupportedContentType, "the request has no Content-Type; \(hint)")
        }
        // What nearly all clients send.
        if header == "application/json" { return }
        let parts = header.lowercased().split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        let type = parts.first ?? ""
        guard type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json")) else {
            throw APIError(.unsupportedContentType, "Content-Type is \(header.prefix(80)); \(hint)")
        }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).trimmingCharacters(in: ["\""])
            guard charset == "utf-8" || charset == "utf8" else {
                throw APIError(
                    .unsupportedContentType,
                    "Content-Type names the charset \(charset.prefix(40)); JSON is utf-8")
            }
        }
    }

    /// 400 unless the bytes are one JSON value in UTF-8; 422 unless that is an object.
    static func parse(_ bytes: [UInt8]) throws(APIError) -> [String: JSONValue] {
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw APIError(
                .malformedBody, "the body is not UTF-8: byte \(error.byteOffsets.lowerBound) is wrong")
        }
        var parser = JSONParser(bytes)
        let value: JSONValue
        do {
            value = try parser.parse()
        } catch {
            throw APIError(.malformedBody, "the body is not JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw APIError(.invalidField, "the body is \(value.typeName); it must be a JSON object")
        }
        return object
    }
}
