/// How many ticks a rank may stand still. A tick is 100 ms.
package struct StallLimits: Equatable, Sendable {
    /// For a computing or idle rank, and for all ranks together while they wait.
    package var serving = 15
    /// While a reader loads.
    package var loading = 300
    /// For a rank that waits while others idle: they can no longer come.
    package var desynchronized = 50
    /// Ticks without a processor that are forgiven a rank that stands still: 15 s.
    package var starved = 150
    /// From this still tick on it is asked whether a rank has a processor; an idle rank moves before it.
    package var starvationLook = 6

    /// The limits of design 2: 1.5 s while serving, 30 s while loading.
    package init() {}
}

/// Which limits apply to a reader.
package enum SupervisionPhase: Sendable {
    /// Reading and packing weights, mapping them, first touches. Goes to `serving`.
    case loading
    /// Executes steps.
    case serving
}

/// Decides from the ranks' progress counters, tick by tick, whether a reader has stalled and on whose
/// account.
///
/// A value without clock or I/O: the supervisor says when it ticked, whether it did so on time, and which ranks
/// get no processor. Ticks that were late do not count, so that a controller that was stopped kills nobody when
/// it goes on; nor do, up to a limit, a rank's ticks without a processor, so that a crowded machine is slow but
/// loses no reader.
package struct StallDetector: Sendable {
    private let limits: StallLimits
    private var progress: [UInt64]
    /// On-time ticks since each rank last moved.
    private var stillTickCounts: [Int]
    /// On-time ticks since then that each rank was forgiven.
    private var starvedTickCounts: [Int]

    /// Watches `rankCount` ranks.
    package init(rankCount: Int, limits: StallLimits = StallLimits()) {
        self.limits = limits
        progress = Array(repeating: 0, count: rankCount)
        stillTickCounts = Array(repeating: 0, count: rankCount)
        starvedTickCounts = Array(repeating: 0, count: rankCount)
    }

    /// Takes in one tick; returns the rank to blame once the reader has stalled. `isStarved` says whether a rank
    /// could run but got hardly any processor since it was last asked about that rank.
    package mutating func tick(
        isOnTime: Bool, phase: SupervisionPhase, ranks: [RankSnapshot], isStarved: (_ rank: Int) -> Bool
    ) -> Int? {
        precondition(
            ranks.count == progress.count, "\(ranks.count) ranks where \(progress.count) are watched")
        for index in ranks.indices {
            if ranks[index].progress != progress[index] {
                progress[index] = ranks[index].progress
                stillTickCounts[index] = 0
                starvedTickCounts[index] = 0
            } else if isOnTime {
                if stillTickCounts[index] >= limits.starvationLook, isStarved(index),
                    starvedTickCounts[index] < limits.starved
                {
                    starvedTickCounts[index] += 1
                } else {
                    stillTickCounts[index] += 1
                }
            }
        }
        return stalledAlone(phase, ranks) ?? stalledTogether(phase, ranks)
    }

    /// A rank that should move by itself and does not.
    private func stalledAlone(_ phase: SupervisionPhase, _ ranks: [RankSnapshot]) -> Int? {
        ranks.indices.first { index in
            let limit = phase == .loading || ranks[index].state == .loading ? limits.loading : limits.serving
            return ranks[index].state != .waiting && stillTickCounts[index] >= limit
        }
    }

    /// Ranks that wait for each other, or for ranks that idle; the one that is farthest behind is to blame.
    private func stalledTogether(_ phase: SupervisionPhase, _ ranks: [RankSnapshot]) -> Int? {
        let waiting = ranks.indices.filter { ranks[$0].state == .waiting }
        guard !waiting.isEmpty, ranks.allSatisfy({ $0.state == .waiting || $0.state == .idle }) else {
            return nil
        }
        let all = phase == .loading ? limits.loading : limits.serving
        let limit = waiting.count == ranks.count ? all : max(all, limits.desynchronized)
        guard waiting.allSatisfy({ stillTickCounts[$0] >= limit }) else { return nil }
        if waiting.count < ranks.count { return ranks.indices.first { ranks[$0].state == .idle } }
        return ranks.indices.min { Self.position(ranks[$0]) < Self.position(ranks[$1]) }
    }

    private static func position(_ rank: RankSnapshot) -> (UInt64, UInt32, UInt32) {
        (rank.step, rank.layer, rank.gather)
    }
}
