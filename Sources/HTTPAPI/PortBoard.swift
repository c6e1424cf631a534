import Synchronization

/// Where the servers write down their ports, and where one waits until all have.
///
/// A class because servers and waiters share it; the mutex guards its state.
final class PortBoard: Sendable {
    private struct State {
        var ports: [HTTPServerRole: Int] = [:]
        var failure: (any Error)?
        var waiters: [CheckedContinuation<BoundPorts, any Error>] = []
    }

    private let state = Mutex(State())

    /// The bound ports, in the roles' order.
    var ports: [Int] {
        state.withLock { state in HTTPServerRole.allCases.compactMap { state.ports[$0] } }
    }

    /// A server listens.
    func bound(_ role: HTTPServerRole, to port: Int) {
        state.withLock { state in
            state.ports[role] = port
            guard let ports = Self.all(state.ports) else { return }
            // Resuming only schedules the waiter, so it may be done under the lock.
            for waiter in state.waiters { waiter.resume(returning: ports) }
            state.waiters = []
        }
    }

    /// The servers end; whoever waits or will wait gets the reason.
    func fail(_ error: any Error) {
        state.withLock { state in
            state.failure = error
            for waiter in state.waiters { waiter.resume(throwing: error) }
            state.waiters = []
        }
    }

    /// Returns when all ports are bound, or throws if one cannot be.
    func wait() async throws -> BoundPorts {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { state in
                if let failure = state.failure {
                    continuation.resume(throwing: failure)
                } else if let ports = Self.all(state.ports) {
                    continuation.resume(returning: ports)
                } else {
                    state.waiters.append(continuation)
                }
            }
        }
    }

    private static func all(_ ports: [HTTPServerRole: Int]) -> BoundPorts? {
        guard let inference = ports[.inference], let management = ports[.management],
            let openAI = ports[.openAI]
        else { return nil }
        return BoundPorts(inference: inference, management: management, openAI: openAI)
    }
}
