import Hummingbird
import NIOCore
import Synchronization

/// Knows whether a connection's client has hung up, and tells whoever waits for that.
///
/// It sits in each connection's pipeline and only listens, so the connection can be used for further
/// requests; reading ahead on the request's body to find its end would give that up. A client that closes
/// its sending side counts as gone: HTTP clients do that only to leave. A class because NIO's handlers are
/// references; the mutex guards its state, which the event loop changes and request tasks read.
final class HangUpWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private struct State {
        var isHungUp = false
        var nextKey = 0
        var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// The watch of a connection, or nil where there is no connection (tests without a network).
    static func of(_ channel: any Channel) async -> HangUpWatch? {
        // A pipeline without a watch answers with an error, which is the nil.
        try? await channel.pipeline.handler(type: HangUpWatch.self).get()
    }

    /// A stream without elements that ends when the client hangs up.
    func hangUp() -> AsyncStream<Never> {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let key: Int? = state.withLock { state in
            guard !state.isHungUp else { return nil }
            state.nextKey += 1
            state.waiters[state.nextKey] = continuation
            return state.nextKey
        }
        guard let key else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [self] _ in
            _ = state.withLock { $0.waiters.removeValue(forKey: key) }
        }
        return stream
    }

    private func clientIsGone() {
        let waiters = state.withLock { state in
            state.isHungUp = true
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.finish() }
    }

    // MARK: ChannelInboundHandler

    func channelInactive(context: ChannelHandlerContext) {
        clientIsGone()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clientIsGone()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { clientIsGone() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A connection reset arrives here first; a parse error does too, and ends the connection just as
        // well.
        clientIsGone()
        context.fireErrorCaught(error)
    }
}
