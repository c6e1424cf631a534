/// What the supervisor tells about a reader's processes.
package enum SupervisionEvent: Equatable, Sendable {
    /// A rank wrote a line, without its newline, to standard error; at most `LineSplitter.byteCountMax` bytes
    /// of it.
    case standardErrorLine(rank: Int, line: String)
    /// The reader is dead and all its processes are reaped. The last event of a reader, unless it ended as
    /// expected.
    case died(DeathCause)
    /// All processes ended after `expectExit`, with these statuses in rank order. The last event of such a
    /// reader.
    case ended([ProcessExit])
}

/// Why a reader died.
package enum DeathCause: Equatable, Sendable, CustomStringConvertible {
    /// A process ended by itself or was killed by someone else.
    case exited(rank: Int, status: ProcessExit)
    /// A rank stood still too long and was killed. `snapshot` says where it was.
    case stalled(rank: Int, snapshot: RankSnapshot)
    /// `kill` was called.
    case killed

    package var description: String {
        switch self {
        case .exited(let rank, let status): "rank \(rank) \(status)"
        case .stalled(let rank, let snapshot):
            "rank \(rank) stalled while \(snapshot.state) in step \(snapshot.step), layer \(snapshot.layer), "
                + "gather \(snapshot.gather)"
        case .killed: "killed by the controller"
        }
    }
}
