/// What a rank is doing, as its line of the control page says.
///
/// loading -> idle -> computing <-> waiting, computing -> idle.
package enum RankState: UInt32, Sendable, CaseIterable {
    /// Reading and packing weights, or not started yet: a fresh page is all zero. Goes to `idle`.
    case loading = 0
    /// Polls for the next step. Goes to `computing`.
    case idle = 1
    /// Executes a step. Goes to `waiting` or `idle`.
    case computing = 2
    /// Inside a gather until all ranks have come. Goes to `computing`.
    case waiting = 3
}

/// One rank's line of the control page at one moment; fields may be a few nanoseconds apart.
package struct RankSnapshot: Equatable, Sendable {
    /// Work items finished since the start.
    package var progress: UInt64 = 0
    /// What the rank is doing.
    package var state: RankState = .loading
    /// The number of the step it executes or executed last.
    package var step: UInt64 = 0
    /// The layer it is in; the layer count means after the last layer.
    package var layer: UInt32 = 0
    /// The gather within the layer, from 1 on.
    package var gather: UInt32 = 0
    /// Time spent in `computing` and `loading`, all steps together.
    package var computeNanoseconds: UInt64 = 0
    /// Time spent in `waiting`, all steps together.
    package var waitNanoseconds: UInt64 = 0
    /// Bytes read from checkpoint files.
    package var readByteCount: UInt64 = 0
    /// Bytes written into the pack.
    package var packedByteCount: UInt64 = 0
    /// Bytes of its slices sent or published to each other rank.
    package var gatheredByteCount: UInt64 = 0

    /// A rank that has done nothing yet.
    package init() {}
}
