import Foundation
import NIOCore
import NIOHTTP1

/// Answers a connection's calls of `/generate` and `/generate_stream` on its event loop, and passes all other requests
/// on to Hummingbird.
///
/// A task for each call, with its streams and its hops between threads, costs several times what all else costs that a
/// call takes. Requests of a connection are answered in their order: what comes while an earlier one is not answered is
/// held, and no more is read then. Confined to the connection's event loop.
final class DirectConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let direct: DirectServices
    private var context: ChannelHandlerContext?
    /// The call that is being read or answered.
    private var exchange: GenerateExchange?
    /// Whether the call has been read to its end.
    private var isRead = false
    /// Requests passed on that are not answered.
    private var passedCount = 0
    /// What came while something earlier was not answered. Bound: one read of the socket.
    private var held = CircularBuffer<HTTPServerRequestPart>()
    private var isReadHeld = false
    /// Whether the connection is to end with the answer under way.
    private var isQuiescing = false
    private var lastActivity = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?
    private var date = HTTPDate()

    /// A handler for one connection.
    init(_ direct: DirectServices) {
        self.direct = direct
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = .now()
        let part = unwrapInboundIn(data)
        if held.isEmpty && isReady(for: part) {
            take(part, context)
        } else {
            held.append(part)
        }
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { isReadHeld = true }
    }

    /// Whether everything before this part has come so far that it can be looked at.
    private func isReady(for part: HTTPServerRequestPart) -> Bool {
        guard case .head(let head) = part else { return true }
        return exchange == nil && (passedCount == 0 || GenerateExchange.Delivery(head) == nil)
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        if case .head(let head) = part, let delivery = GenerateExchange.Delivery(head) {
            isRead = false
            exchange = GenerateExchange(
                head, delivery, direct, connection: self, loop: context.eventLoop)
        }
        guard let exchange else {
            if case .head = part { passedCount += 1 }
            return context.fireChannelRead(wrapInboundOut(part))
        }
        switch part {
        case .head: exchange.begin()
        case .body(let buffer): exchange.receive(buffer)
        case .end:
            isRead = true
            exchange.receivedAll()
        }
        endExchangeIfOver()
    }

    /// Goes on to the next request once this one is read and answered.
    private func endExchangeIfOver() {
        guard let exchange, exchange.isOver, isRead else { return }
        self.exchange = nil
        takeHeld()
    }

    private func takeHeld() {
        guard let context, !held.isEmpty else { return }
        while let part = held.first, isReady(for: part) {
            held.removeFirst()
            take(part, context)
        }
        context.fireChannelReadComplete()
        if held.isEmpty, isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: Writing

    /// Writes a whole answer; this and what follows is called by the exchange.
    func write(_ answer: DirectAnswer, requestID: String, keepsAlive: Bool) {
        guard let context else { return }
        writeHead(
            answer, requestID: requestID, contentType: "application/json; charset=utf-8",
            contentLength: answer.body.count)
        let body = context.channel.allocator.buffer(bytes: answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        writeEnd(keepsAlive: keepsAlive)
    }

    /// Writes the head of a stream.
    func writeHead(_ answer: DirectAnswer, requestID: String) {
        writeHead(
            answer, requestID: requestID, contentType: "text/event-stream; charset=utf-8", contentLength: nil)
    }

    private func writeHead(
        _ answer: DirectAnswer, requestID: String, contentType: String, contentLength: Int?
    ) {
        guard let context else { return }
        var headers = HTTPHeaders()
        headers.reserveCapacity(5 + answer.headers.count)
        headers.add(name: "content-type", value: contentType)
        if let contentLength { headers.add(name: "content-length", value: String(contentLength)) }
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        headers.add(name: "x-request-id", value: requestID)
        headers.add(name: "date", value: date.text(Int(Date().timeIntervalSince1970)))
        headers.add(name: "server", value: direct.serverName)
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Writes a part of a stream, which is sent with the next `flush`.
    func writeBody(_ text: String) {
        guard let context else { return }
        let buffer = context.channel.allocator.buffer(string: text)
        context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }

    /// Sends what was written.
    func flush() {
        lastActivity = .now()
        context?.flush()
    }

    /// Ends the answer, and the connection where it is not to be kept.
    func writeEnd(keepsAlive: Bool) {
        guard let context else { return }
        lastActivity = .now()
        if keepsAlive && !isQuiescing {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            close(after: .end(nil), context)
        }
        // Within a read, what follows is looked at there.
        if isRead { endExchangeIfOver() }
    }

    /// Ends the connection in mid-answer, after what was written.
    func cut() {
        guard let context else { return }
        close(after: .body(.byteBuffer(ByteBuffer())), context)
    }

    private func close(after part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(part), promise: written)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        lastActivity = .now()
        let part = unwrapOutboundIn(data)
        context.write(wrapOutboundOut(part), promise: promise)
        guard case .end = part else { return }
        passedCount -= 1
        if passedCount == 0 { takeHeld() }
    }

    // MARK: The connection's life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleIdleCheck(context, in: direct.idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clientIsGone()
        idleCheck?.cancel()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientIsGone()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        clientIsGone()
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // HTTP clients close their sending side only to leave.
        if let event = event as? ChannelEvent, event == .inputClosed { clientIsGone() }
        if event is ChannelShouldQuiesceEvent, exchange != nil {
            isQuiescing = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func clientIsGone() {
        exchange?.clientIsGone()
        exchange = nil
        held.removeAll()
    }

    private func scheduleIdleCheck(_ context: ChannelHandlerContext, in time: TimeAmount) {
        idleCheck = context.eventLoop.assumeIsolated().scheduleTask(in: time) { self.checkIdle() }
    }

    private func checkIdle() {
        guard let context else { return }
        let isAnswering = passedCount > 0 || (exchange != nil && isRead)
        let left = isAnswering ? direct.idleTimeout : lastActivity + direct.idleTimeout - .now()
        if left > .zero { scheduleIdleCheck(context, in: left) } else { context.close(promise: nil) }
    }
}

/// Puts a connection's `DirectConnection` where requests are not yet Hummingbird's, and leaves.
final class DirectInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private let direct: DirectServices

    /// For a connection that is being set up.
    init(_ direct: DirectServices) {
        self.direct = direct
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(DirectConnection(direct), position: .after(decoder))
        } catch {
            preconditionFailure("a connection without HTTP: \(error)")
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
