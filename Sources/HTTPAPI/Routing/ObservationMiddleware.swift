import CoreMetrics
import HTTPTypes
import Hummingbird
import Logging

/// Names each request, counts it and writes its access log line (at debug).
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = APIContext

    /// The header by which client and server speak of the same request.
    static let requestIDHeader = HTTPField.Name("x-request-id")!
    /// Characters of a client's id; a longer one is replaced.
    static let requestIDCharacterCountMax = 128

    /// Where requests are counted.
    let metrics: MetricsRegistry
    /// Makes an id for a request that brings none.
    let makeRequestID: @Sendable () -> String

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID = Self.legalID(request.headers[Self.requestIDHeader]) ?? makeRequestID()
        // Hummingbird numbers requests, too; one id is enough.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "http.request_id"] = .string(context.requestID)
        let start = ContinuousClock.now
        var response = try await next(request, context)
        let elapsed = start.duration(to: .now)
        response.headers[Self.requestIDHeader] = context.requestID
        record(request, response, path: context.endpointPath ?? "unknown", elapsed: elapsed)
        context.logger.debug(
            "Request answered",
            metadata: [
                "http.method": .string(request.method.rawValue), "http.path": .string(request.uri.path),
                "http.status": .stringConvertible(response.status.code),
                "http.seconds": .stringConvertible(elapsed / .seconds(1)),
            ])
        return response
    }

    private func record(_ request: Request, _ response: Response, path: String, elapsed: Duration) {
        let dimensions = [
            ("method", Self.methodLabel(request.method)), ("path", path),
            ("status", String(response.status.code)),
        ]
        Counter(label: MetricNames.requests, dimensions: dimensions, factory: metrics).increment()
        Timer(
            label: MetricNames.requestSeconds, dimensions: Array(dimensions.prefix(2)),
            preferredDisplayUnit: .seconds, factory: metrics
        ).recordNanoseconds(Int64(clamping: elapsed.nanoseconds))
    }

    /// Methods are the client's words; only the usual ones become label values.
    private static func methodLabel(_ method: HTTPRequest.Method) -> String {
        let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .delete, .patch, .options]
        return usual.contains(method) ? method.rawValue : "other"
    }

    /// The client's id if it can stand in a header and a log line as it is.
    private static func legalID(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= requestIDCharacterCountMax else { return nil }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }
}

extension Duration {
    /// Whole nanoseconds.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue + attoseconds
            / 1_000_000_000
    }
}
