import Controller
import Serving
import Synchronization

/// What all routes share: the controller, the metrics, and what is drawn or waited for.
struct APIServices: Sendable {
    /// The controller.
    let inference: any InferenceService
    /// What `/metrics` shows.
    let metrics: MetricsRegistry
    /// Bytes of a request's body.
    let bodyByteCountMax: Int
    /// Time; passed in so that tests need not wait.
    let clock: ServingClock
    /// Numbers of requests; each is handed out once.
    let requestNumbers = RequestNumbers()
    /// The ports to show on `/status`; empty until all are bound.
    let ports: @Sendable () -> [Int]

    /// The group of this name: 422 if there is none, 503 if it has no model yet.
    func servedGroup(named name: String) throws(APIError) -> ServedGroup {
        if let group = inference.servedGroup(named: name) { return group }
        let groups = inference.groupNames
        guard groups.contains(name) else {
            throw APIError(
                .unknownConsumerGroup,
                "there is no consumer group \(name.prefix(64)); there are: \(groups.joined(separator: ", "))",
                field: "consumer_group")
        }
        throw APIError(
            .noReader, "consumer group \(name.prefix(64)) has no ready reader",
            retryAfterSeconds: APIError.retryAfterSecondsUnknown)
    }
}

/// Counts requests from 1. A class because all routes of all ports draw from the same count.
final class RequestNumbers: Sendable {
    private let last = Atomic<UInt64>(0)

    /// The id of one more sequence of the HTTP request with this name.
    func next(of clientID: String) -> RequestID {
        RequestID(last.add(1, ordering: .relaxed).newValue, of: clientID)
    }
}
