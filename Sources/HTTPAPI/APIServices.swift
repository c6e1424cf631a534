import Controller
import CoreMetrics
import Serving
import Synchronization

/// What all routes share: the controller, the metrics, and what is drawn or waited for.
struct APIServices: Sendable {
    /// The controller.
    let inference: any InferenceService
    /// Where routes count.
    let metrics: MetricsRegistry
    /// Bytes of a request's body.
    let bodyByteCountMax: Int
    /// Waits; passed in so that tests need not.
    let sleep: @Sendable (Duration) async throws -> Void
    /// Numbers of requests; each is handed out once.
    let requestNumbers = RequestNumbers()
    /// The ports to show on `/status`; empty until all are bound.
    let ports: @Sendable () -> [Int]

    /// Counts tokens of a group.
    func count(_ tokenCount: Int, as label: String, group: String) {
        Counter(label: label, dimensions: [("consumer_group", group)], factory: metrics)
            .increment(by: tokenCount)
    }

    /// The group of this name: 422 if there is none, 503 if it has no model yet.
    func servedGroup(named name: String) async throws(APIError) -> ServedGroup {
        if let group = await inference.servedGroup(named: name) { return group }
        let groups = await inference.snapshot().groups.map(\.name)
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

    /// A number nobody has.
    func next() -> RequestID {
        RequestID(last.add(1, ordering: .relaxed).newValue)
    }
}
