import Foundation
import Tensors

/// The yardstick of decoding: how fast memory is read.
enum BandwidthProbe {
    /// Median of repeated reads of memory larger than the caches, in GB/s, by `threadCount` threads that are not the
    /// caller's.
    static func gigabytesPerSecond(threadCount: Int = 1) async throws -> Double {
        let name = ProcessInfo.processInfo.environment["SKEIN_ISA"]
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let kernels = try Kernels(.named(name))
                        let team = try ThreadTeam(memberCount: threadCount)
                        return KernelBenchmark(kernels, team: team).readBandwidth().median * 1e-9
                    })
            }
        }
    }
}
