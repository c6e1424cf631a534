import Foundation
package import Logging
package import Metrics
package import Platform
package import Serving
package import Topology
package import WorkerMessages

/// What a fleet is made of: the declarations, and everything it does not do itself.
package struct FleetConfiguration: Sendable {
    /// What is to run.
    package var topology: Topology
    /// The processors it may run on.
    package var machine: Machine
    /// Bytes that could still be allocated; blocks on files, so it is never called on the cooperative pool.
    package var availableByteCount: @Sendable () throws -> Int
    /// Reads model directories.
    package var inspector: any ModelInspecting
    /// Starts workers.
    package var launcher: any WorkerLaunching
    /// Time.
    package var clock: ServingClock
    /// Seeds of requests without one, and the end of a reader's name.
    package var randomNumber: @Sendable () -> UInt64
    /// The process's logger.
    package var logger: Logger
    /// Where counters go.
    package var metrics: any MetricsFactory
    /// How long a reader may measure its steps before it serves; zero: not at all.
    package var calibrationLimit = Duration.milliseconds(250)
    /// How pressed the machine is, 0 to 1, for policies that ask; blocks on a small file, on readers' threads.
    package var machinePressure: @Sendable () -> Double

    /// Makes a configuration from all its fields.
    package init(
        topology: Topology, machine: Machine, availableByteCount: @escaping @Sendable () throws -> Int,
        inspector: any ModelInspecting, launcher: any WorkerLaunching, clock: ServingClock,
        randomNumber: @escaping @Sendable () -> UInt64, logger: Logger, metrics: any MetricsFactory,
        machinePressure: @escaping @Sendable () -> Double
    ) {
        self.topology = topology
        self.machine = machine
        self.availableByteCount = availableByteCount
        self.inspector = inspector
        self.launcher = launcher
        self.clock = clock
        self.randomNumber = randomNumber
        self.logger = logger
        self.metrics = metrics
        self.machinePressure = machinePressure
    }

    /// Where the topology wants packs to outlive the process.
    var packCacheFolder: PackCacheFolder? {
        topology.server.packCache.value.map { url in
            let path = url.path(percentEncoded: false)
            return PackCacheFolder(
                folder: PrivateFolder(
                    path: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path),
                byteCountMax: topology.server.packCacheLimit.value)
        }
    }
}
