import Foundation
import Platform
import Synchronization

/// What is counted between the end of the warm-up and the end of a run, and what the server used meanwhile.
///
/// A class because all connections of a run count into it; the mutex guards the state.
final class LoadMeter: Sendable {
    /// The counted part of a run.
    struct Reading: Sendable {
        var tally = LoadTally()
        var seconds = 0.0
        /// Of the server's processes; nil if they were not named.
        var serverProcessorSeconds: Double?
        /// Of this process.
        var ownProcessorSeconds = 0.0
        /// Of the server's processes: at the start, then as sampled, then at the end.
        var serverByteCounts: [Int] = []
    }

    private struct State {
        var reading = Reading()
        var isOpen = false
        var start = ContinuousClock.now
        var serverStart = 0.0
        var ownStart = 0.0
    }

    private static let own = ProcessTree(roots: [ProcessInfo.processInfo.processIdentifier])
    private let server: ProcessTree?
    private let state = Mutex(State())

    /// A meter of these server processes.
    init(server: ProcessTree?) {
        self.server = server
    }

    /// Starts counting; throws if a server process does not run.
    func open() throws(SystemError) {
        let serverUsage = try server?.usage()
        let ownUsage = try Self.own.usage()
        state.withLock { state in
            if let serverUsage { state.reading.serverByteCounts.append(serverUsage.proportionalByteCount) }
            state.serverStart = serverUsage?.processorSeconds ?? 0
            state.ownStart = ownUsage.processorSeconds
            state.start = .now
            state.isOpen = true
        }
    }

    /// Counts a request if the meter is open.
    func add(_ outcome: LoadOutcome, due: ContinuousClock.Instant) {
        state.withLock { state in
            if state.isOpen { state.reading.tally.add(outcome, due: due) }
        }
    }

    /// Notes what memory the server has now.
    func sampleMemory() throws(SystemError) {
        guard let usage = try server?.usage() else { return }
        state.withLock { $0.reading.serverByteCounts.append(usage.proportionalByteCount) }
    }

    /// Ends counting.
    func close() throws(SystemError) {
        let end = ContinuousClock.now
        state.withLock { $0.isOpen = false }
        let serverUsage = try server?.usage()
        let ownUsage = try Self.own.usage()
        state.withLock { state in
            state.reading.seconds = state.start.duration(to: end) / .seconds(1)
            state.reading.ownProcessorSeconds = ownUsage.processorSeconds - state.ownStart
            guard let serverUsage else { return }
            state.reading.serverProcessorSeconds = serverUsage.processorSeconds - state.serverStart
            state.reading.serverByteCounts.append(serverUsage.proportionalByteCount)
        }
    }

    /// What was counted, once closed.
    var reading: Reading { state.withLock { $0.reading } }
}
