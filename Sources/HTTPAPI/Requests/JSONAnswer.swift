import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers in JSON: keys in snake case and sorted, so that the same answer is always the same bytes.
enum JSONAnswer {
    /// A response with this value as its body.
    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        do {
            return response(bytes: try bytes(value), status: status)
        } catch {
            return response(bytes: bytes(error), status: error.code.status)
        }
    }

    /// The value's JSON. Values of ours hold no NaN, so what cannot be encoded is a bug; the client learns of it
    /// without a crash.
    static func bytes(_ value: some Encodable) throws(APIError) -> [UInt8] {
        do {
            return [UInt8](try data(value))
        } catch {
            throw APIError(.internalFault, "unencodable answer")
        }
    }

    /// An error's JSON.
    static func bytes(_ error: APIError) -> [UInt8] {
        // Texts and a number, which always can be encoded.
        (try? bytes(ErrorBody(error))) ?? Array(#"{"error":{"code":"internal_error"}}"#.utf8)
    }

    /// `{"text":…}`, as the encoder would write it.
    static func bytes(text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + text.utf8.count)
        bytes += #"{"text":""#.utf8
        for byte in text.utf8 { append(byte, to: &bytes) }
        bytes += "\"}".utf8
        return bytes
    }

    private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x08: bytes += #"\b"#.utf8
        case 0x09: bytes += #"\t"#.utf8
        case 0x0A: bytes += #"\n"#.utf8
        case 0x0C: bytes += #"\f"#.utf8
        case 0x0D: bytes += #"\r"#.utf8
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes += #"\u00"#.utf8
            bytes += [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
        default: bytes.append(byte)
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
