import HTTPTypes
import Logging
import NIOCore

/// An answer that is known as a whole, or the head of one that is streamed.
struct DirectAnswer {
    var status: Int
    /// Beside those that every answer has.
    var headers: [(String, String)] = []
    /// JSON; empty for a stream.
    var body: [UInt8]

    /// An error's answer.
    init(_ error: APIError) {
        status = error.code.status.code
        body = JSONAnswer.bytes(error)
        if let seconds = error.retryAfterSeconds { headers.append(("retry-after", String(seconds))) }
    }

    /// The head of a stream.
    init(streamWarnings warnings: [String]) {
        self.init(body: [], warnings: warnings)
        headers.append(("cache-control", "no-cache"))
    }

    /// A call's answer.
    init(body: [UInt8], warnings: [String]) {
        status = 200
        self.body = body
        headers = Warnings.headerTexts(warnings).map { (Warnings.headerName.rawName, $0) }
    }
}

/// What all direct answers of a port share. Nothing of it changes; a class because every call keeps it.
final class DirectServices: Sendable {
    /// What all routes share.
    let services: APIServices
    /// What requests count into.
    let table: RouteSeriesTable
    /// What refusals are counted into.
    let refusals: RefusalSeries
    /// Names requests that bring no name.
    let makeRequestID: @Sendable () -> String
    /// The `server` header.
    let serverName: String
    /// When a connection without requests is closed.
    let idleTimeout: TimeAmount
    /// Pause between comments on a stream on which nothing else is written.
    let keepAlivePause: TimeAmount
    /// Where events wait for their event loop.
    let mailboxes = EventMailboxes()
    /// Where lines go.
    let logger: Logger

    /// Puts everything together.
    init(
        services: APIServices, table: RouteSeriesTable, refusals: RefusalSeries,
        makeRequestID: @escaping @Sendable () -> String, serverName: String, idleTimeout: TimeAmount,
        keepAlivePause: TimeAmount, logger: Logger
    ) {
        self.services = services
        self.table = table
        self.refusals = refusals
        self.makeRequestID = makeRequestID
        self.serverName = serverName
        self.idleTimeout = idleTimeout
        self.keepAlivePause = keepAlivePause
        self.logger = logger
    }

    /// What a call of this route counts into.
    func series(_ name: RouteName) -> RouteSeries { table[name.method, name.path] }
}
