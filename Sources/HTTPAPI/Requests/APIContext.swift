import Hummingbird

/// What travels with one request: its id and its logger.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// What is counted and logged about it; nil before the middleware has seen it.
    var observation: RequestObservation?
    /// The client's `x-request-id` or one of ours; on the answer and in log lines.
    var requestID: String { observation?.requestID ?? "" }

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
