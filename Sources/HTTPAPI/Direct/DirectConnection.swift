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
    private var encoder: AnswerEncoder
    /// Where in the pipeline answers go out: the encoder's place, since they are encoded already.
    private var sender: ChannelHandlerContext?
    /// What is written of an answer and not sent.
    private var unsent = ByteBuffer()
    /// Where events for this connection's event loop wait.
    private(set) var mailbox: EventMailbox?

    /// A handler for one connection.
    init(_ direct: DirectServices) {
        self.direct = direct
        encoder = AnswerEncoder(serverName: direct.serverName)
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
        encoder.append(answer, requestID: requestID, to: &unsent)
        endAnswer(keepsAlive: keepsAlive)
    }

    /// Writes the head of a stream.
    func writeHead(_ answer: DirectAnswer, requestID: String) {
        encoder.appendStreamHead(answer, requestID: requestID, to: &unsent)
    }

    /// Writes a part of a stream, which is sent with the next `flush`.
    func writeBody(_ text: String) { AnswerEncoder.appendChunk(text, to: &unsent) }

    /// Ends a stream, and the connection where it is not to be kept.
    func writeEnd(keepsAlive: Bool) {
        AnswerEncoder.appendStreamEnd(to: &unsent)
        endAnswer(keepsAlive: keepsAlive)
    }

    /// Sends what was written.
    func flush() { if unsent.readableBytes > 0 { send(promise: nil) } }

    private func send(promise: EventLoopPromise<Void>?) {
        lastActivity = .now()
        guard let context, let sender else { return }
        // Past the encoder, whose work is done.
        sender.write(NIOAny(IOData.byteBuffer(unsent)), promise: promise)
        unsent = ByteBuffer()
        context.flush()
    }

    private func endAnswer(keepsAlive: Bool) {
        if keepsAlive && !isQuiescing { flush() } else { cut() }
        // Within a read, what follows is looked at there.
        if isRead { endExchangeIfOver() }
    }

    /// Ends the connection, in mid-answer where the answer is not written to its end, after what was written.
    func cut() {
        guard let context else { return }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.context?.close(promise: nil) }
        send(promise: written)
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
        sender = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        mailbox = direct.mailboxes[context.eventLoop]
        scheduleIdleCheck(context, in: direct.idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clientIsGone()
        idleCheck?.cancel()
        self.context = nil
        sender = nil
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
            _ = try pipeline.context(handlerType: HTTPResponseEncoder.self)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(DirectConnection(direct), position: .after(decoder))
        } catch {
            preconditionFailure("a connection without HTTP: \(error)")
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}
