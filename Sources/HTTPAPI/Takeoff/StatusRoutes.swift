import Controller
import Hummingbird
import Serving

/// `GET /status` and `GET /healthz` (contract 2.10, 2.11).
struct StatusRoutes: Sendable {
    /// What all routes share.
    let services: APIServices

    /// On the inference and the management port.
    var status: Route {
        Route(method: .get, path: "/status") { [services] _, _ in
            JSONAnswer.response(StatusReport(await services.inference.snapshot(), ports: services.ports()))
        }
    }

    /// On the inference and the OpenAI port.
    var health: Route {
        Route(method: .get, path: "/healthz", action: healthz)
    }

    /// The body of `/healthz`.
    private struct Health: Encodable {
        let status: String
        let readyReaders: Int
        let readers: Int
    }

    /// 200 when a reader is ready, else 503. `wait` (seconds; Takeoff's unit is not documented) lets the
    /// answer wait for that; `state` asks that all readers be ready, whatever its value, since Takeoff's
    /// values are not documented.
    @Sendable private func healthz(_ request: Request, _ context: APIContext) async throws -> Response {
        let asksForAll = request.uri.queryParameters["state"] != nil
        var remaining = try Self.wait(request.uri.queryParameters["wait"].map(String.init))
        while true {
            let snapshot = await services.inference.snapshot()
            let readers = snapshot.readers
            let readyCount = readers.count { $0.ready }
            let isHealthy =
                !snapshot.isDraining && readyCount > 0 && (!asksForAll || readyCount == readers.count)
            let health = Health(
                status: isHealthy ? "ready" : snapshot.isDraining ? "draining" : "not ready",
                readyReaders: readyCount, readers: readers.count)
            if isHealthy || remaining <= .zero {
                if isHealthy { return JSONAnswer.response(health) }
                var response = JSONAnswer.response(health, status: APIError.Code.noReader.status)
                response.headers[.retryAfter] = String(APIError.retryAfterSecondsUnknown)
                return response
            }
            try await services.clock.sleep(HTTPLimits.healthPause)
            remaining -= HTTPLimits.healthPause
        }
    }

    private static func wait(_ text: String?) throws(APIError) -> Duration {
        guard let text, !text.isEmpty else { return .zero }
        let limit = HTTPLimits.healthWaitMax.components.seconds
        // Compared as a number first: a Duration of too many seconds is a trap.
        guard let seconds = Double(text), (0...Double(limit)).contains(seconds) else {
            throw APIError(
                .invalidField, "wait is \(text.prefix(40)); allowed: seconds, 0 to \(limit)", field: "wait")
        }
        return .seconds(seconds)
    }
}
