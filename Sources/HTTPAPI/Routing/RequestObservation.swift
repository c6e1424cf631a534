import Controller
import Logging
import Serving
import Synchronization

/// One HTTP request from its arrival to the end of its answer: what is counted and logged about it.
///
/// A class because the route, the writer of the answer and the middleware share it; the mutex is the request's
/// own, so nobody waits for it. An answer that is never written, because its client is gone, ends with this.
final class RequestObservation: Sendable {
    private struct State {
        var status = 0
        var errorCode: APIError.Code?
        var group: String?
        var promptTokenCount = 0
        var timelines: [SequenceTimeline] = []
        var isWritten = false
        var hasEnded = false
    }

    /// The request's name for client and server.
    let requestID: String
    private let series: RouteSeries
    private let now: @Sendable () -> Duration
    private let start: Duration
    private let logger: Logger
    private let state = Mutex(State())

    /// Begins now.
    init(requestID: String, series: RouteSeries, now: @escaping @Sendable () -> Duration, logger: Logger) {
        self.requestID = requestID
        self.series = series
        self.now = now
        self.logger = logger
        start = now()
        series.began()
    }

    deinit { end() }

    /// Its sequences are in its group's queue.
    func admitted(
        _ call: PreparedCall, _ requests: [GenerationRequest], timelines: [SequenceTimeline], logger: Logger
    ) {
        state.withLock { state in
            state.group = call.group.name
            state.promptTokenCount += call.promptTokenCount
            state.timelines += timelines
        }
        logger.debug(
            "Request admitted",
            metadata: [
                "request.id": .string(requestID), "group.id": .string(call.group.name),
                "sequence.id": .array(requests.prefix(8).map { .stringConvertible($0.id.rawValue) }),
                "sequence.count": .stringConvertible(requests.count),
            ])
    }

    /// It is answered with an error.
    func refused(_ code: APIError.Code) { state.withLock { $0.errorCode = code } }

    /// The head of its answer is ready.
    func answered(status: Int) {
        state.withLock { $0.status = status }
        series.answered(status: status, seconds: (now() - start).inSeconds)
    }

    /// The last byte of its answer is on its way; without this its client did not get it.
    func written() {
        state.withLock { $0.isWritten = true }
        end()
    }

    /// It is over, one way or the other; the first call counts.
    func end() {
        let final: State? = state.withLock { state in
            defer { state.hasEnded = true }
            return state.hasEnded ? nil : state
        }
        guard let final else { return }
        let elapsed = (now() - start).inSeconds
        series.ended(seconds: elapsed)
        logger.info("request answered", metadata: metadata(final, elapsed: elapsed))
    }

    private func metadata(_ state: State, elapsed: Double) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "request.id": .string(requestID), "http.method": .string(series.method),
            "http.route": .string(series.path),
            "http.status": .string(String(state.status)), "duration.seconds": Self.seconds(elapsed),
        ]
        if !state.isWritten { metadata["http.cut"] = "true" }
        if let code = state.errorCode { metadata["error.code"] = .string(code.rawValue) }
        guard let group = state.group else { return metadata }
        let timelines = state.timelines
        metadata["group.id"] = .string(group)
        metadata["tokens.prompt"] = .string(String(state.promptTokenCount))
        metadata["tokens.new"] = .string(String(timelines.reduce(0) { $0 + $1.tokenCount }))
        if let position = timelines.compactMap(\.queuePosition).max() {
            metadata["queue.position"] = .string(String(position))
        }
        // Of several sequences, the one that waited longest and the first token of all.
        if let wait = timelines.compactMap(\.queueTime).max() {
            metadata["queue.seconds"] = Self.seconds(wait.inSeconds)
        }
        if let first = timelines.compactMap(\.timeToFirstToken).min() {
            metadata["first_token.seconds"] = Self.seconds(first.inSeconds)
        }
        let reasons = Set(timelines.map { ($0.end ?? .cancelled).rawValue })
        metadata["finish_reason"] = .string(reasons.sorted().joined(separator: ","))
        let requeueCount = timelines.reduce(0) { $0 + $1.requeueCount }
        if requeueCount > 0 { metadata["requeues"] = .string(String(requeueCount)) }
        return metadata
    }

    /// Microseconds are as fine as a log needs.
    private static func seconds(_ value: Double) -> Logger.MetadataValue {
        .string(String((value * 1e6).rounded() / 1e6))
    }
}

extension Duration {
    /// The same in seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
