import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers in JSON: keys in snake case and sorted, so that the same answer is always the same bytes.
enum JSONAnswer {
    /// A response with this value as its body.
    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return response(bytes: [UInt8](try data(value)), status: status)
        } catch {
            // Values of ours hold no NaN, so this is a bug; the client learns of it without a crash.
            let body = #"{"error":{"code":"internal_error","message":"unencodable answer"}}"#
            return response(bytes: Array(body.utf8), status: .internalServerError)
        }
    }

    /// A response with these bytes of JSON as its body.
    static func response(bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The value's JSON.
    static func data(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
