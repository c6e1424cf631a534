import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// `skein bench http-floor`: what HTTP costs by itself.
struct HTTPFloorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http-floor", abstract: "A server that answers every POST with its own body.",
        discussion:
            "The least that a server on the same libraries takes a request; nothing is parsed or queued.")

    /// What the server is made of.
    enum Stack: String, CaseIterable, ExpressibleByArgument {
        /// A route of a router, as other servers have them.
        case hummingbird
        /// A channel handler.
        case nio
    }

    @Option(help: "What the server is made of.")
    var stack: Stack

    @Option(help: "Port on 127.0.0.1; 0 is any free one.")
    var port = 0

    func run() async throws {
        switch stack {
        case .hummingbird: try await serveHummingbird()
        case .nio: try await serveNIO()
        }
    }

    private func serveHummingbird() async throws {
        let router = Router()
        router.post("**") { request, _ -> Response in
            let body = try await request.body.collect(upTo: 1 << 20)
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body)
            )
        }
        var logger = Logger(label: "http-floor")
        logger.logLevel = .error
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { Self.announce($0) }, logger: logger)
        try await application.runService()
    }

    private func serveNIO() async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        Self.announce(channel)
        try await channel.closeFuture.get()
    }

    /// The line that scripts wait for, as `skein serve` has it.
    private static func announce(_ channel: any Channel) {
        print("ready http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        fflush(nil)
    }
}

/// Answers each request with its own body.
private final class Echo: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var body = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            let headers: HTTPHeaders = [
                "content-type": "application/json", "content-length": String(body.readableBytes),
            ]
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
