import HTTPTypes
import Hummingbird

/// One method of one path.
struct RouteName: Equatable, Sendable {
    /// GET routes answer HEAD, too.
    let method: HTTPRequest.Method
    /// Hummingbird's spelling: `:name` takes any one segment.
    let path: String
}

/// One method of one path, and what answers it.
struct Route: Sendable {
    /// Answers a request or throws; whatever is thrown becomes an error body.
    typealias Action = @Sendable (Request, APIContext) async throws -> Response

    /// GET routes answer HEAD, too.
    let method: HTTPRequest.Method
    /// Hummingbird's spelling: `:name` takes any one segment.
    let path: String
    let action: Action

    /// What it answers.
    var name: RouteName { RouteName(method: method, path: path) }
}

/// Which methods a path has, for 405.
struct RouteTable: Sendable {
    private let entries: [(segments: [Substring], method: HTTPRequest.Method)]

    /// The table of these routes.
    init(_ routes: [RouteName]) {
        entries = routes.map { ($0.path.split(separator: "/"), $0.method) }
    }

    /// The methods of `path`, sorted; empty for a path that is not served.
    func allowedMethods(of path: String) -> [String] {
        let segments = path.split(separator: "/")
        var methods: Set<String> = []
        for entry in entries where Self.matches(entry.segments, segments) {
            methods.insert(entry.method.rawValue)
            if entry.method == .get { methods.insert(HTTPRequest.Method.head.rawValue) }
        }
        return methods.sorted()
    }

    private static func matches(_ pattern: [Substring], _ segments: [Substring]) -> Bool {
        pattern.count == segments.count
            && zip(pattern, segments).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
    }
}

extension Route {
    /// A router with these routes behind the middleware that all ports share; `names` are those of the whole port.
    static func router(
        of routes: [Route], names: [RouteName], observation: ObservationMiddleware, metrics: MetricsRegistry
    ) -> Router<APIContext> {
        let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: observation)
        router.add(
            middleware: ErrorMiddleware(table: RouteTable(names), refusals: RefusalSeries(metrics: metrics)))
        for route in routes {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                try await route.action(request, context)
            }
        }
        return router
    }
}
