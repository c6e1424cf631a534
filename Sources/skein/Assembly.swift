import Controller
import Foundation
import HTTPAPI
import Logging
import Models
import Platform
import Serving
import Topology
import WorkerMessages

/// Puts a fleet together out of the parts this process really uses.
struct Assembly {
    /// What is to run.
    let topology: Topology
    /// Where log lines go.
    let logger: Logger
    /// Reads models' headers.
    static let inspector = CheckpointInspector()
    /// Time.
    let clock = ServingClock(ContinuousClock())
    /// Where counters go.
    let metrics = MetricsRegistry()
    /// What this program is told to be a worker.
    var workerArguments = ["worker"]

    /// A worker's environment: the program's own. Unless that says otherwise, a worker that crashes ends at once:
    /// Swift's runtime would write a backtrace first, for a second or two in which its sequences wait.
    static func workerEnvironment(_ environment: [String: String]) -> [String: String] {
        environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { own, _ in own }
    }

    /// A fleet in which nothing runs yet. Its supervisor and spawner live as long as the process.
    func makeFleet() throws -> Fleet {
        let launcher = ProcessLauncher(
            executablePath: "/proc/self/exe", arguments: workerArguments,
            environment: Self.workerEnvironment(ProcessInfo.processInfo.environment),
            spawner: ProcessSpawner(), supervisor: try Supervisor())
        let machine = try Machine.current()
        let processorCount = machine.usableProcessorCount
        // Asked once here, so that a machine that cannot say is refused at once.
        _ = try MachinePressure.current(processorCount: processorCount)
        return Fleet(
            FleetConfiguration(
                topology: topology, machine: machine,
                availableByteCount: { try MachineMemory.current().availableByteCount },
                inspector: Self.inspector, launcher: launcher, clock: clock,
                randomNumber: { UInt64.random(in: .min ... .max) }, logger: logger, metrics: metrics,
                // A look that fails later, such as for want of a file descriptor, shows no pressure.
                machinePressure: { (try? MachinePressure.current(processorCount: processorCount)) ?? 0 }))
    }

    /// Waits until every reader of the topology serves; throws the reason of one that never will, and
    /// `CancellationError` if the fleet is told to stop first.
    static func waitUntilReady(_ fleet: Fleet) async throws {
        var progress = ProgressLine()
        defer { progress.end() }
        while true {
            let snapshot = await fleet.snapshot()
            let readers = snapshot.readers
            if snapshot.isDraining { throw CancellationError() }
            for reader in readers {
                guard case .failed(let reason) = reader.state else { continue }
                throw CommandFailure("reader \(reader.readerID) cannot start: \(reason)", exitCode: 2)
            }
            if readers.allSatisfy(\.ready) { return }
            progress.show(snapshot)
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
