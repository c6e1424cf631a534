package import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle
package import Serving

/// The three HTTP servers: inference, management and OpenAI.
///
/// `run()` binds all ports or throws; `boundPorts()` returns as soon as all are bound, so that models are
/// loaded after that. On graceful shutdown the servers take no new connection, let requests in flight
/// finish for the drain timeout, and cut off the rest.
package struct HTTPServers: Service {
    private let settings: HTTPSettings
    private let services: APIServices
    private let logger: Logger
    private let board: PortBoard
    /// Tests make it short.
    var keepAlivePause = HTTPLimits.keepAlivePause

    /// Makes the servers; nothing is bound yet.
    package init(
        service: any InferenceService, settings: HTTPSettings, metrics: MetricsRegistry, clock: ServingClock,
        logger: Logger
    ) {
        let board = PortBoard()
        self.settings = settings
        self.board = board
        self.logger = logger
        services = APIServices(
            inference: service, metrics: metrics, bodyByteCountMax: settings.bodyByteCountMax,
            clock: clock, ports: { board.ports })
    }

    /// One of the servers, to be run by itself; tests do that.
    package func application(_ role: HTTPServerRole) -> some ApplicationProtocol {
        let routes = role.routes(services)
        let names = role.directNames + routes.map(\.name)
        let table = RouteSeriesTable(names, metrics: services.metrics)
        let observation = ObservationMiddleware(
            table: table, makeRequestID: RequestName.random, now: services.clock.now)
        let router = Route.router(
            of: routes, names: names, observation: observation, metrics: services.metrics)
        return Application(
            router: router, server: .http1(configuration: connections(role, table)),
            configuration: ApplicationConfiguration(
                address: role.address(in: settings), serverName: Self.name,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    HTTPLimits.connectionCountMax, logger: logger)),
            onServerRunning: { [board] channel in board.bound(role, to: channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// What the `server` header says.
    private static let name = "skein"

    /// How connections are watched and when idle ones are closed.
    private func connections(_ role: HTTPServerRole, _ table: RouteSeriesTable) -> HTTP1Channel.Configuration
    {
        guard !role.directNames.isEmpty else {
            return HTTP1Channel.Configuration(idleTimeout: HTTPLimits.idleTimeout)
        }
        let direct = DirectServices(
            services: services, table: table,
            refusals: RefusalSeries(metrics: services.metrics), makeRequestID: RequestName.random,
            serverName: Self.name, idleTimeout: HTTPLimits.idleTimeout,
            keepAlivePause: keepAlivePause, logger: logger)
        // Who sees all requests of a connection knows when it is idle.
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [DirectInstaller(direct)], idleTimeout: nil)
    }

    /// The ports, once all are bound; throws what `run()` throws if one cannot be.
    package func boundPorts() async throws -> BoundPorts {
        try await board.wait()
    }

    /// Serves until graceful shutdown or cancellation.
    package func run() async throws {
        do {
            try await serve()
        } catch is DrainTimeout {
            logger.warning(
                "Requests in flight were cut off",
                metadata: ["http.drain_timeout": .stringConvertible(settings.drainTimeout)])
        } catch {
            board.fail(error)
            throw error
        }
    }

    private struct DrainTimeout: Error {}

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for role in HTTPServerRole.allCases {
                group.addTask { [settings] in
                    do {
                        try await application(role).run()
                    } catch let error as CancellationError {
                        throw error
                    } catch {
                        throw HTTPServerError(role: role, settings: settings, cause: error)
                    }
                }
            }
            group.addTask { [settings, services] in
                // Cancellation ends this, too: then there is nothing left to time out.
                do {
                    try await gracefulShutdown()
                    try await services.clock.sleep(settings.drainTimeout)
                } catch { return }
                throw DrainTimeout()
            }
            // The servers stop together; the first one's end is everyone's, and the deadline's.
            for _ in HTTPServerRole.allCases { try await group.next() }
            group.cancelAll()
        }
    }
}
