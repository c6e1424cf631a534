/// Weight formats.
package enum QuantType: String, Sendable, CaseIterable {
    /// As stored, where most matrices can be kept so; else int8, and int4 for 1.5 billion parameters and more.
    case auto
    case f32
    case bf16
    /// 8 bits in groups of 128; of 32 in small models.
    case int8
    case int8Group32 = "int8-g32"
    case int8Group128 = "int8-g128"
    /// 4 bits in groups of 64; of 32 in small models.
    case int4
    case int4Group32 = "int4-g32"
    case int4Group64 = "int4-g64"
    case int4Group128 = "int4-g128"
    case int4Group32Asymmetric = "int4-g32-asym"
    case int4Group64Asymmetric = "int4-g64-asym"
    case int4Group128Asymmetric = "int4-g128-asym"
    /// As the checkpoint stores its matrices, where another program quantized them.
    case stored
}

/// KV cache formats.
package enum KVCacheType: String, Sendable, CaseIterable {
    /// f32 for f32 weights, f16 for all others.
    case auto
    case f32
    case f16
    case int8

    /// The format itself, never `auto`. Weights whose format is `auto` never become f32.
    package func resolved(for quantType: QuantType) -> KVCacheType {
        guard self == .auto else { return self }
        return quantType == .f32 ? .f32 : .f16
    }
}

/// How the ranks of a reader exchange slices.
package enum TransportChoice: String, Sendable, CaseIterable {
    /// shm, or unix where shm cannot be had.
    case auto
    case shm
    case unix
}

/// Whether sequences that begin alike share KV blocks.
package enum PrefixCaching: String, Sendable, CaseIterable {
    case on
    case off
}

/// Least urgent log lines that are written; swift-log's names.
package enum LogLevel: String, Sendable, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

/// How log lines look on stderr.
package enum LogFormat: String, Sendable, CaseIterable {
    case text
    case json
}

/// Which CPUs the ranks' threads are pinned to.
package enum Placement: Equatable, Sendable, CustomStringConvertible {
    /// By the machine's cores and NUMA nodes.
    case auto
    /// No pinning.
    case none
    /// One list of CPU numbers a rank, replica after replica.
    case cores([[Int]])

    package var description: String {
        switch self {
        case .auto: "auto"
        case .none: "none"
        case .cores(let lists):
            "cores: ["
                + lists.map { "[" + $0.map(String.init).joined(separator: ", ") + "]" }
                .joined(separator: ", ") + "]"
        }
    }
}
