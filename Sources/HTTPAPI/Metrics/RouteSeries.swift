import HTTPTypes
import Hummingbird
import Synchronization

/// What one method of one path counts. Made series are kept, so that counting a request locks nothing.
///
/// A class because all requests of the route share it.
final class RouteSeries: Sendable {
    /// Statuses whose series are kept; others are looked up each time.
    private static let statuses = [200, 201, 204, 400, 401, 404, 405, 409, 413, 415, 422, 429, 499, 500, 503]
    private static let head = 16
    private static let duration = 17
    private static let inFlight = 18

    /// The route's method, or `other`.
    let method: String
    /// The route's pattern.
    let path: String
    private let metrics: MetricsRegistry
    /// First those of `statuses`, then the others.
    private let kept: InlineArray<19, AtomicLazyReference<MetricSeries>> = InlineArray { _ in
        AtomicLazyReference()
    }

    /// A route that has counted nothing.
    init(method: String, path: String, metrics: MetricsRegistry) {
        self.method = method
        self.path = path
        self.metrics = metrics
    }

    /// A request has come.
    func began() { inFlight.increment(by: 1.0) }

    /// The head of its answer is ready after this many seconds.
    func answered(status: Int, seconds: Double) {
        let index = Self.statuses.firstIndex(of: status)
        series(index, MetricCatalogue.requests, routeLabels + [("status", String(status))])
            .increment(by: Int64(1))
        series(Self.head, MetricCatalogue.requestHead, routeLabels).record(seconds)
    }

    /// Its answer has ended after this many seconds.
    func ended(seconds: Double) {
        inFlight.decrement(by: 1)
        series(Self.duration, MetricCatalogue.requestDuration, routeLabels).record(seconds)
    }

    private var routeLabels: [(String, String)] { [("method", method), ("path", path)] }

    private var inFlight: MetricSeries {
        series(Self.inFlight, MetricCatalogue.requestsInFlight, routeLabels)
    }

    private func series(
        _ index: Int?, _ family: MetricFamily, _ labels: @autoclosure () -> [(String, String)]
    ) -> MetricSeries {
        guard let index else { return metrics.series(family.name, labels(), kind: family.kind) }
        if let series = kept[index].load() { return series }
        return kept[index].storeIfNil(metrics.series(family.name, labels(), kind: family.kind))
    }
}

/// The routes of one port, for counting.
struct RouteSeriesTable: Sendable {
    /// What requests without a route count under: nobody serves their path, or not with their method.
    static let unrouted = "NotFound"

    private struct Key: Hashable {
        let method: HTTPRequest.Method
        let path: String
    }

    private let series: [Key: RouteSeries]
    private let metrics: MetricsRegistry

    /// The table of these routes; GET routes answer HEAD, too.
    init(_ routes: [RouteName], metrics: MetricsRegistry) {
        var series: [Key: RouteSeries] = [:]
        func add(_ method: HTTPRequest.Method, _ path: String) {
            series[Key(method: method, path: path)] = RouteSeries(
                method: method.rawValue, path: path, metrics: metrics)
        }
        for route in routes {
            // As the router spells it.
            let path = RouterPath(route.path).description
            add(route.method, path)
            if route.method == .get { add(.head, path) }
        }
        // Methods are the client's words; only the usual ones become label values.
        for method: HTTPRequest.Method in [.get, .head, .post, .put, .delete, .patch, .options] {
            add(method, Self.unrouted)
        }
        self.series = series
        self.metrics = metrics
    }

    /// What a request with this method and this route's pattern counts into.
    subscript(method: HTTPRequest.Method, path: String?) -> RouteSeries {
        series[Key(method: method, path: path ?? Self.unrouted)]
            ?? RouteSeries(method: "other", path: Self.unrouted, metrics: metrics)
    }
}

/// Refusals by code. A class because all routes share it.
final class RefusalSeries: Sendable {
    private let metrics: MetricsRegistry
    private let kept: InlineArray<64, AtomicLazyReference<MetricSeries>> = InlineArray { _ in
        AtomicLazyReference()
    }

    /// Nothing refused.
    init(metrics: MetricsRegistry) {
        precondition(APIError.Code.allCases.count <= 64, "more error codes than places")
        self.metrics = metrics
    }

    /// Counts one answer with this code.
    func count(_ code: APIError.Code) {
        guard let index = APIError.Code.allCases.firstIndex(of: code) else { return }
        let series =
            kept[index].load()
            ?? kept[index].storeIfNil(
                metrics.series(
                    MetricCatalogue.refusals.name, [("code", code.rawValue)], kind: .counter))
        series.increment(by: Int64(1))
    }
}
