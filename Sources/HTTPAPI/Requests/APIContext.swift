import Hummingbird
import NIOCore

/// What travels with one request: its id, its logger and its connection.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, for `HangUpWatch`.
    let channel: any Channel
    /// The client's `x-request-id` or one of ours; on the answer and in log lines.
    var requestID = ""

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
