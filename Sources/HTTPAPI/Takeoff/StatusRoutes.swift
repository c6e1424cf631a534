import Controller
import Hummingbird

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

    /// On every port.
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
                let code: APIError.Code? = isHealthy ? nil : .noReader
                return JSONAnswer.response(health, status: code?.status ?? .ok)
            }
            try await services.sleep(HTTPLimits.healthPause)
            remaining -= HTTPLimits.healthPause
        }
    }

    private static func wait(_ text: String?) throws(APIError) -> Duration {
        guard let text, !text.isEmpty else { return .zero }
        let allowed = "seconds, 0 to \(HTTPLimits.healthWaitMax.components.seconds)"
        guard let seconds = Double(text), seconds >= 0, .seconds(seconds) <= HTTPLimits.healthWaitMax else {
            throw APIError(.invalidField, "wait is \(text.prefix(40)); allowed: \(allowed)", field: "wait")
        }
        return .seconds(seconds)
    }
}
