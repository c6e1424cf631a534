import ArgumentParser
import Controller
import Foundation
import HTTPAPI
import Logging
import Platform
import ServiceLifecycle
import Topology
import UnixSignals

/// `skein serve`: readers up, HTTP out.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a topology file or one model over HTTP.",
        discussion:
            "Flags override every reader group of the file. SIGTERM drains, a second one stops at once.")

    @Option(help: "Topology file.")
    var topology: String?

    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String?

    @Option(help: "Address of the inference and OpenAI ports.")
    var host: String?

    @Option(help: "Inference port; 0 is any free one.")
    var port: Int?

    @Option(help: "Management port.")
    var managementPort: Int?

    @Option(name: .customLong("openai-port"), help: "Port of the OpenAI API.")
    var openAIPort: Int?

    @Option(help: "Least urgent log lines that are written.")
    var logLevel: LogLevel?

    @OptionGroup(title: "Pack cache") var packCache: PackCacheFlags

    @OptionGroup(title: "Layout") var layout: LayoutFlags

    func run() async throws { try await run(workers: nil) }

    /// Serves; `workers` are the arguments that make this program a worker, where it is not to be the usual one.
    func run(workers: [String]?) async throws {
        var overrides = CommandLineOverrides(layout: layout.overrides)
        overrides.server.host = host
        overrides.server.port = port
        overrides.server.managementPort = managementPort
        overrides.server.openAIPort = openAIPort
        overrides.server.logLevel = logLevel
        overrides.server = packCache.added(to: overrides.server)
        // Workers that pack nothing must not leave that to others.
        if workers != nil { overrides.server.packCache = "off" }
        let topology = try TopologySource(file: topology, model: model).load(overrides)
        let logger = ConsoleLog.logger(
            level: topology.server.logLevel.value, format: topology.server.logFormat.value)
        for warning in topology.warnings { logger.warning("Topology", metadata: ["warning": "\(warning)"]) }
        do { try DescriptorLimit.raise() } catch {
            logger.warning("Descriptors stay as few as they are", metadata: ["error": "\(error)"])
        }
        var assembly = Assembly(topology: topology, logger: logger)
        if let workers { assembly.workerArguments = workers }
        let fleet = try assembly.makeFleet()
        let servers = HTTPServers(
            service: fleet, settings: HTTPSettings(topology.server), metrics: assembly.metrics,
            clock: assembly.clock,
            logger: logger)
        try await Self.serve(fleet, servers, topology, logger)
    }

    private static func serve(
        _ fleet: Fleet, _ servers: HTTPServers, _ topology: Topology, _ logger: Logger
    ) async throws {
        // The servers stop first: requests in flight are answered while the readers still run.
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [FleetService(fleet: fleet), servers], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { await obeySignals(services, logger) }
            let ports = try await boundPorts(of: servers, before: &group)
            do {
                try await fleet.start()
                try await Assembly.waitUntilReady(fleet)
                announce(ports, host: topology.server.host.value)
            } catch is CancellationError {
                logger.info("Told to stop before all readers were ready")
            } catch ControllerError.draining {
                logger.info("Told to stop before all readers were declared")
            } catch {
                // The services end in order, so that the reason is all that is said; it is thrown, whatever they say.
                await services.triggerGracefulShutdown()
                _ = try? await group.next()
                throw error
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// The one line on stdout that scripts wait for.
    private static func announce(_ ports: BoundPorts, host: String) {
        let name = host.contains(":") ? "[\(host)]" : host
        print("ready http://\(name):\(ports.inference) management=\(ports.management) openai=\(ports.openAI)")
        fflush(nil)
    }

    /// The ports; throws what the servers throw if one is taken.
    private static func boundPorts(
        of servers: HTTPServers, before group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> BoundPorts {
        do {
            return try await servers.boundPorts()
        } catch let error as HTTPServerError {
            throw CommandFailure(error.description, exitCode: 1)
        }
    }

    /// The first SIGTERM or SIGINT drains; the second ends the process, and with it, by the kernel's hand, its
    /// workers.
    private static func obeySignals(_ services: ServiceGroup, _ logger: Logger) async {
        var count = 0
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            count += 1
            guard count == 1 else {
                logger.warning("Stopping at once", metadata: ["signal": "\(signal)"])
                Foundation.exit(1)
            }
            logger.info("Draining", metadata: ["signal": "\(signal)"])
            await services.triggerGracefulShutdown()
        }
    }
}

/// The fleet as a service: a graceful shutdown drains it.
private struct FleetService: Service {
    let fleet: Fleet

    func run() async throws {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await fleet.run()
                return true
            }
            group.addTask {
                // Cancelled without a shutdown, the fleet's own task ends its readers.
                guard (try? await gracefulShutdown()) != nil else { return false }
                await fleet.drain()
                return false
            }
            // A drain is over when the readers are gone; a pack may still be written then.
            while await group.next() == false {}
            group.cancelAll()
        }
    }
}

extension HTTPSettings {
    fileprivate init(_ server: ServerSettings) {
        self.init(
            host: server.host.value, port: server.port.value, managementHost: server.managementHost.value,
            managementPort: server.managementPort.value, openAIPort: server.openAIPort.value,
            bodyByteCountMax: server.bodyLimit.value, drainTimeout: server.drainTimeout.value)
    }
}
