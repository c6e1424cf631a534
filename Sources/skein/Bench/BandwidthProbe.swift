import Foundation
import Tensors

/// The yardstick of decoding: how fast one thread reads memory.
enum BandwidthProbe {
    /// Median of repeated reads of memory larger than the caches, in GB/s, on a thread of its own.
    static func gigabytesPerSecond() async throws -> Double {
        let name = ProcessInfo.processInfo.environment["SKEIN_ISA"]
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let kernels = try Kernels(.named(name))
                        let team = try ThreadTeam(memberCount: 1)
                        return KernelBenchmark(kernels, team: team).readBandwidth().median * 1e-9
                    })
            }
        }
    }
}
