import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import Synchronization

/// A request without a whole answer; the kind is what failures are counted by.
struct LoadFailure: Error {
    let kind: String
}

/// Reads the answer to one request as its bytes come, on the client's event loop.
///
/// A class because async-http-client's delegates are; the mutex guards what has been read.
final class AnswerReader: HTTPClientResponseDelegate {
    /// Bytes of a body that is kept to count tokens in, at most.
    private static let byteCountMax = 16 << 20

    private struct State {
        var status = HTTPResponseStatus.ok
        var isStream = false
        var body = ByteBuffer()
        var parser = EventStreamParser()
        var lastEvent = ContinuousClock.now
        var lastData: [UInt8] = []
        var eventCount = 0
        var outcome = LoadOutcome()
    }

    private let counting: TokenCounting
    private let newTokenCount: Int
    private let state = Mutex(State())

    /// A reader of the answer to a request for so many tokens.
    init(counting: TokenCounting, newTokenCount: Int) {
        self.counting = counting
        self.newTokenCount = newTokenCount
    }

    func didReceiveHead(
        task: HTTPClient.Task<LoadOutcome>, _ head: HTTPResponseHead
    ) -> EventLoopFuture<Void> {
        state.withLock { state in
            state.status = head.status
            state.isStream = head.headers.first(name: "content-type")?.hasPrefix("text/event-stream") ?? false
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(
        task: HTTPClient.Task<LoadOutcome>, _ buffer: ByteBuffer
    ) -> EventLoopFuture<Void> {
        var buffer = buffer
        let isTooLong = state.withLock { state in
            guard state.status == .ok else { return false }
            if state.isStream {
                Self.read(buffer, into: &state)
            } else if case .field = counting {
                state.body.writeBuffer(&buffer)
            }
            return state.body.readableBytes > Self.byteCountMax
        }
        guard isTooLong else { return task.eventLoop.makeSucceededVoidFuture() }
        return task.eventLoop.makeFailedFuture(LoadFailure(kind: "answer too long"))
    }

    func didFinishRequest(task: HTTPClient.Task<LoadOutcome>) throws -> LoadOutcome {
        try state.withLock { state in
            guard state.status == .ok else { throw LoadFailure(kind: "status \(state.status.code)") }
            if state.isStream, state.parser.isInsideEvent || state.eventCount == 0 {
                throw LoadFailure(kind: "stream cut")
            }
            var outcome = state.outcome
            outcome.tokenCount = try tokenCount(state)
            outcome.end = .now
            return outcome
        }
    }

    private static func read(_ buffer: ByteBuffer, into state: inout State) {
        let now = ContinuousClock.now
        var parser = state.parser
        parser.append(buffer.readableBytesView) { data in
            guard data != TokenCounting.endMark else { return }
            if state.eventCount == 0 {
                state.outcome.firstEvent = now
            } else {
                state.outcome.gaps.append(state.lastEvent.duration(to: now))
            }
            state.eventCount += 1
            state.lastEvent = now
            state.lastData = data
        }
        state.parser = parser
    }

    private func tokenCount(_ state: State) throws -> Int {
        switch counting {
        case .none: return 0
        case .requested: return newTokenCount
        case .events: return state.eventCount
        case .field(let path):
            let json = state.isStream ? Data(state.lastData) : Data(buffer: state.body)
            if let number = TokenCounting.number(at: path, in: json) { return number }
            throw LoadFailure(kind: "no number at \(path.joined(separator: "."))")
        }
    }
}
