package import Platform

/// Where in the model a gather takes place.
package struct GatherPoint: Equatable, Sendable, CustomStringConvertible {
    /// The step's number.
    package let step: UInt64
    /// The layer; the layer count means after the last one.
    package let layer: Int
    /// Which gather of the layer, from 1 on.
    package let gather: Int

    /// Names a place.
    package init(step: UInt64, layer: Int, gather: Int) {
        self.step = step
        self.layer = layer
        self.gather = gather
    }

    package var description: String { "step \(step), layer \(layer), gather \(gather)" }
}

/// Why a gather did not happen. After any of these the communicator is of no use.
package enum CollectiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The abort word was set, or a peer's socket ended, while `lateRank` had not come yet.
    case aborted(at: GatherPoint, lateRank: Int)
    /// A peer is at another gather or has another matrix in mind: the ranks do not execute the same step.
    case mismatch(at: GatherPoint, rank: Int, expected: String, found: String)
    /// The shared memory is too small for the largest gather.
    case sharedMemoryTooSmall(byteCount: Int, needed: Int)
    /// Sockets for this many peers are missing.
    case missingSockets(ranks: [Int])
    /// A system call failed.
    case system(SystemError)

    package var description: String {
        switch self {
        case .aborted(let point, let rank): "gather aborted at \(point): rank \(rank) did not come"
        case .mismatch(let point, let rank, let expected, let found):
            "rank \(rank) gathers something else at \(point): expected \(expected), found \(found)"
        case .sharedMemoryTooSmall(let byteCount, let needed):
            "shared gather memory has \(byteCount) bytes, needed are \(needed)"
        case .missingSockets(let ranks): "no socket to ranks \(ranks)"
        case .system(let error): error.description
        }
    }
}
