import Foundation
import Hummingbird
import NIOCore

/// What a port is for.
package enum HTTPServerRole: CaseIterable, Sendable {
    /// Takeoff's inference API, and the page.
    case inference
    /// Readers and metrics.
    case management
    /// OpenAI's API.
    case openAI

    /// The flag that chooses its port.
    var flag: String {
        switch self {
        case .inference: "--port"
        case .management: "--management-port"
        case .openAI: "--openai-port"
        }
    }

    /// Host and port as set.
    func endpoint(in settings: HTTPSettings) -> (host: String, port: Int) {
        switch self {
        case .inference: (settings.host, settings.port)
        case .management: (settings.managementHost, settings.managementPort)
        case .openAI: (settings.host, settings.openAIPort)
        }
    }

    /// What to bind.
    func address(in settings: HTTPSettings) -> BindAddress {
        let (host, port) = endpoint(in: settings)
        return .hostname(host, port: port)
    }

    /// What its connections answer without Hummingbird.
    var directNames: [RouteName] {
        switch self {
        case .inference: GenerateExchange.Delivery.allCases.map(\.name)
        case .management, .openAI: []
        }
    }

    /// What else it serves.
    func routes(_ services: APIServices) -> [Route] {
        let status = StatusRoutes(services: services)
        switch self {
        case .inference:
            return PageRoutes().routes + [
                status.status, status.health,
            ]
        case .management: return ManagementRoutes(services: services).routes + [status.status]
        case .openAI: return [status.health]
        }
    }
}

/// Why a server cannot listen, in one sentence with port and flag.
package struct HTTPServerError: Error, CustomStringConvertible {
    /// The sentence.
    package let description: String

    init(role: HTTPServerRole, settings: HTTPSettings, cause: any Error) {
        let (host, port) = role.endpoint(in: settings)
        let reason: String
        switch (cause as? IOError)?.errnoCode {
        case EADDRINUSE: reason = "port \(port) on \(host) is taken"
        case EACCES: reason = "port \(port) on \(host) is not allowed to this user"
        case EADDRNOTAVAIL: reason = "this machine has no address \(host)"
        default: reason = "cannot listen on \(host) port \(port): \(cause)"
        }
        description = "\(reason); choose another with \(role.flag)"
    }
}
