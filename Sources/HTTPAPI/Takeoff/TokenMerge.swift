import Serving
import Synchronization

/// Puts the token streams of one HTTP request together, and stops them all when the client hangs up.
struct TokenMerge: Sendable {
    /// What the writer of the answer sees, in the order of happening.
    enum Event: Sendable {
        /// A stream's event; none comes after the stream's `finished` or `failed`.
        case stream(index: Int, TokenEvent)
        /// Time for a sign of life, if nothing was written since the last one.
        case keepAlive
        /// The client is gone; the streams are cancelled already.
        case clientGone
    }

    private enum Ending {
        case stream
        case clientGone
    }

    /// One stream per prompt.
    let streams: [TokenStream]
    /// The client's connection, if there is one.
    let watch: HangUpWatch?
    /// Waits from one `keepAlive` to the next; nil for none.
    var keepAlivePause: (@Sendable () async throws -> Void)?

    /// The first stream's first event; nil if the client hung up before. Reading goes on in `withEvents`.
    func firstEvent() async -> TokenEvent? {
        await withTaskGroup(of: TokenEvent?.self) { group in
            group.addTask { [stream = streams[0]] in
                var iterator = stream.makeAsyncIterator()
                return await iterator.next()
            }
            if let watch {
                group.addTask {
                    for await _ in watch.hangUp() {}
                    return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// Runs `body` on the merged events; the streams are read until it returns or throws, and cancelled then.
    ///
    /// Bound of the merged stream: what the token streams hold, which their requests limit, one event for the
    /// hang-up, and one per pause, which is many seconds long.
    func withEvents<Value>(
        _ body: (AsyncStream<Event>) async throws -> Value
    ) async throws -> Value {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await produce(into: continuation)
                continuation.finish()
            }
            if let keepAlivePause {
                group.addTask {
                    while true {
                        try await keepAlivePause()
                        continuation.yield(.keepAlive)
                    }
                }
            }
            defer { group.cancelAll() }
            return try await body(events)
        }
    }

    /// Reads all streams until they end or the client is gone. A client that reads nothing does not hold
    /// this up, so a hang-up frees the sequences even while the writer waits for the network.
    private func produce(into continuation: AsyncStream<Event>.Continuation) async {
        await withTaskGroup(of: Ending.self) { group in
            for (index, stream) in streams.enumerated() {
                group.addTask {
                    for await event in stream { continuation.yield(.stream(index: index, event)) }
                    return .stream
                }
            }
            if let watch {
                group.addTask {
                    for await _ in watch.hangUp() {}
                    return .clientGone
                }
            }
            var openCount = streams.count
            while openCount > 0, let ending = await group.next() {
                switch ending {
                case .stream: openCount -= 1
                case .clientGone:
                    group.cancelAll()
                    continuation.yield(.clientGone)
                    return
                }
            }
            group.cancelAll()
        }
    }
}
