import Foundation
import NIOCore
import NIOPosix

/// A TCP connection on which a test writes and reads bytes as they are.
enum RawConnection {
    /// Connects to a port of this machine, runs `body`, and closes.
    static func open<Value: Sendable>(
        port: Int, _ body: (inout Exchange) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var exchange = Exchange(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&exchange)
        }
    }

    /// The two directions of a connection.
    struct Exchange {
        fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        /// What was read and not yet looked for.
        var received = ""

        /// Sends text.
        func send(_ text: String) async throws {
            try await outbound.write(ByteBuffer(string: text))
        }

        /// Sends a POST with this JSON; more headers end with CR LF each.
        func post(_ path: String, _ json: String, headers: String = "") async throws {
            try await send(
                "POST \(path) HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n\(headers)"
                    + "Content-Length: \(json.utf8.count)\r\n\r\n\(json)")
        }

        /// Reads until the text holds `end`, and returns everything up to and with it.
        mutating func read(through end: String) async throws -> String {
            while true {
                if let range = received.range(of: end) {
                    defer { received.removeSubrange(received.startIndex..<range.upperBound) }
                    return String(received[..<range.upperBound])
                }
                guard let buffer = try await inbound.next() else {
                    throw ConnectionEnded(received: received)
                }
                received += String(buffer: buffer)
            }
        }

        /// Reads until the server closes.
        mutating func readToEnd() async throws -> String {
            while let buffer = try await inbound.next() { received += String(buffer: buffer) }
            return received
        }
    }

    /// The server closed before what was waited for had come.
    struct ConnectionEnded: Error {
        let received: String
    }
}
