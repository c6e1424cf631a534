import Foundation
import Tensors

/// The yardstick of decoding: how fast memory is read.
enum BandwidthProbe {
    /// Median of repeated reads of memory larger than the caches, in GB/s, by `threadCount` threads that are not the
    /// caller's.
    static func gigabytesPerSecond(threadCount: Int = 1) async throws -> Double {
        try await MachineLimits.onTeam(threadCount) { $0.readBandwidth().median * 1e-9 }
    }
}

/// What the machine's memory and arithmetic give, by a number of threads.
struct MachineLimits: Sendable {
    /// Bytes read per second.
    let bandwidth: Double
    /// f32 operations per second, two a fused multiply-add.
    let floatPeak: Double
    /// Operations with weights of 8 bits per second, two a product.
    let bytePeak: Double
    /// The same with weights of 4 bits.
    let halfBytePeak: Double

    /// What limits a prompt in a weight format, named as in reports.
    func peak(of quantType: String) -> Double {
        if MachineLimits.isFloat(quantType) { return floatPeak }
        return MachineLimits.hasHalfBytes(quantType) ? halfBytePeak : bytePeak
    }

    /// Whether a weight format, named as in reports, is multiplied in f32.
    static func isFloat(_ quantType: String) -> Bool { quantType == "f32" || quantType == "bf16" }

    /// Whether its weights are codes of 4 bits.
    static func hasHalfBytes(_ quantType: String) -> Bool { quantType.hasPrefix("int4") }

    /// Takes some tenths of a second, on threads that are not the caller's.
    static func measured(threadCount: Int) async throws -> MachineLimits {
        try await onTeam(threadCount) {
            MachineLimits(
                bandwidth: $0.readBandwidth().median, floatPeak: $0.arithmeticPeak().median,
                bytePeak: $0.codeArithmeticPeak(bits: 8).median,
                halfBytePeak: $0.codeArithmeticPeak(bits: 4).median)
        }
    }

    /// Measures with a team of threads of its own.
    fileprivate static func onTeam<Value: Sendable>(
        _ threadCount: Int, _ measure: @escaping @Sendable (KernelBenchmark) -> Value
    ) async throws -> Value {
        let name = ProcessInfo.processInfo.environment["SKEIN_ISA"]
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let team = try ThreadTeam(memberCount: threadCount)
                        return measure(KernelBenchmark(try Kernels(.named(name)), team: team))
                    })
            }
        }
    }
}
