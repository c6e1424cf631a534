import Foundation
import NIOCore
import NIOHTTP1

/// Writes answers as they are sent (RFC 9112), each into one buffer.
///
/// NIO's encoder takes an answer in three parts, each of which passes all handlers, with a list of headers that is made
/// for it; that is most of what writing an answer costs. What stands in headers has been made legal by its makers.
struct AnswerEncoder {
    private let serverName: String
    private var date = HTTPDate()

    /// Writes answers whose `server` header is this.
    init(serverName: String) {
        self.serverName = serverName
    }

    /// Appends a whole answer.
    mutating func append(_ answer: DirectAnswer, requestID: String, to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 320 + answer.body.count)
        appendHead(answer, requestID: requestID, to: &buffer)
        buffer.writeStaticString("content-type: application/json; charset=utf-8\r\ncontent-length: ")
        buffer.writeString(String(answer.body.count))
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(answer.body)
    }

    /// Appends the head of a stream, whose events follow as chunks.
    mutating func appendStreamHead(_ answer: DirectAnswer, requestID: String, to buffer: inout ByteBuffer) {
        buffer.reserveCapacity(minimumWritableBytes: 512)
        appendHead(answer, requestID: requestID, to: &buffer)
        buffer.writeStaticString(
            "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n")
    }

    private mutating func appendHead(_ answer: DirectAnswer, requestID: String, to buffer: inout ByteBuffer) {
        let status = HTTPResponseStatus(statusCode: answer.status)
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeStaticString("\r\n")
        for (name, value) in answer.headers { Self.append(name, value, to: &buffer) }
        Self.append("x-request-id", requestID, to: &buffer)
        Self.append("date", date.text(Int(Date().timeIntervalSince1970)), to: &buffer)
        Self.append("server", serverName, to: &buffer)
    }

    private static func append(_ name: String, _ value: String, to buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    /// Appends a part of a stream; it is not empty, since an empty chunk ends the stream.
    static func appendChunk(_ text: String, to buffer: inout ByteBuffer) {
        precondition(!text.isEmpty, "a chunk of a stream is empty")
        buffer.writeString(String(text.utf8.count, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }

    /// Appends a stream's end.
    static func appendStreamEnd(to buffer: inout ByteBuffer) { buffer.writeStaticString("0\r\n\r\n") }
}
