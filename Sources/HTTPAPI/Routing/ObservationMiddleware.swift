import HTTPTypes
import Hummingbird
import Logging

/// Names each request, counts it and writes its line of the access log (at info) when its answer has ended.
struct ObservationMiddleware: RouterMiddleware {
    typealias Context = APIContext

    /// The header by which client and server speak of the same request.
    static let requestIDHeader = HTTPField.Name("x-request-id")!
    /// Characters of a client's id; a longer one is replaced.
    static let requestIDCharacterCountMax = 128

    /// What requests are counted into.
    let table: RouteSeriesTable
    /// Makes an id for a request that brings none.
    let makeRequestID: @Sendable () -> String
    /// Time, monotonic.
    let now: @Sendable () -> Duration

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let requestID = Self.legalID(request.headers[Self.requestIDHeader]) ?? makeRequestID()
        // Hummingbird numbers requests, too; one id is enough.
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = .string(requestID)
        let observation = RequestObservation(
            requestID: requestID, series: table[request.method, context.endpointPath], now: now,
            logger: context.logger)
        context.observation = observation
        var response = try await next(request, context)
        response.headers[Self.requestIDHeader] = requestID
        observation.answered(status: response.status.code)
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            // An answer that is cut off ends here, too, but is not written.
            defer { observation.end() }
            try await body.write(writer)
            observation.written()
        }
        return response
    }

    /// The client's id if it can stand in a header and a log line as it is.
    static func legalID(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= requestIDCharacterCountMax else { return nil }
        return text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }
}
