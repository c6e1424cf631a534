import Platform
import Testing

/// Feeds a detector with made-up ticks.
private struct Clock {
    var detector: StallDetector
    var phase = SupervisionPhase.serving
    var ranks: [RankSnapshot]
    /// Ranks without a processor.
    var starved: Set<Int> = []

    init(_ states: [RankState]) {
        detector = StallDetector(rankCount: states.count)
        ranks = states.map { state in
            var rank = RankSnapshot()
            rank.state = state
            return rank
        }
        // Every rank has moved just before the first counted tick.
        move(Array(states.indices))
        _ = detector.tick(isOnTime: true, phase: phase, ranks: ranks) { _ in false }
    }

    mutating func move(_ moving: [Int]) {
        for rank in moving { ranks[rank].progress += 1 }
    }

    /// Ticks up to `count` times, the given ranks moving before each; returns the blamed rank and the number
    /// of ticks.
    mutating func run(_ count: Int, isOnTime: Bool = true, moving: [Int] = []) -> (rank: Int, ticks: Int)? {
        for tick in 1...count {
            move(moving)
            let starved = starved
            let blamed = detector.tick(isOnTime: isOnTime, phase: phase, ranks: ranks) {
                starved.contains($0)
            }
            if let blamed { return (blamed, tick) }
        }
        return nil
    }
}

@Suite struct StallDetectorTests {
    @Test(
        "A rank that should move stalls at the 15th tick on time and not at the 14th",
        arguments: [
            RankState.computing, .idle,
        ])
    func alone(state: RankState) {
        var clock = Clock([.computing, state, .computing])
        #expect(clock.run(14, moving: [0, 2]) == nil)
        #expect(clock.run(1, moving: [0, 2])?.rank == 1)
    }

    @Test("Late ticks blame nobody: a stopped controller that goes on kills no worker")
    func lateTicks() {
        var clock = Clock([.computing, .computing])
        #expect(clock.run(14) == nil)
        #expect(clock.run(1000, isOnTime: false) == nil)
        #expect(clock.run(14, moving: [0, 1]) == nil)
        #expect(clock.run(14) == nil)
        #expect(clock.run(1)?.rank == 0)
    }

    @Test("A rank that moved once starts from nothing")
    func movement() {
        var clock = Clock([.computing])
        for _ in 0..<10 {
            #expect(clock.run(14) == nil)
            #expect(clock.run(1, moving: [0]) == nil)
        }
    }

    @Test("A rank that waits for one that computes is left alone for ever")
    func waitingForWork() {
        var clock = Clock([.waiting, .computing])
        #expect(clock.run(10_000, moving: [1]) == nil)
    }

    @Test("The rank that others wait for is blamed, not they")
    func blame() {
        var clock = Clock([.waiting, .computing, .waiting])
        let stall = clock.run(100)
        #expect(stall?.rank == 1 && stall?.ticks == 15)
    }

    @Test("When all wait, the one farthest behind is blamed")
    func allWaiting() {
        var clock = Clock([.waiting, .waiting, .waiting])
        for rank in 0..<3 {
            clock.ranks[rank].step = 9
            clock.ranks[rank].layer = 5
            clock.ranks[rank].gather = 2
        }
        clock.ranks[1].gather = 1
        clock.ranks[2].layer = 6
        clock.ranks[2].gather = 0
        let stall = clock.run(100)
        #expect(stall?.rank == 1 && stall?.ticks == 15)
    }

    @Test("All waiting, but one of them moves from gather to gather: no stall")
    func allWaitingButMoving() {
        var clock = Clock([.waiting, .waiting])
        #expect(clock.run(1000, moving: [0, 1]) == nil)
        #expect(clock.run(1000, moving: [0]) == nil)
    }

    @Test("A rank that waits while the rest idles has lost its peers after 50 ticks")
    func desynchronized() {
        var clock = Clock([.waiting, .idle, .waiting])
        let stall = clock.run(100, moving: [1])
        #expect(stall?.rank == 1 && stall?.ticks == 50)
    }

    @Test(
        "While loading, 30 seconds: the 300th tick",
        arguments: [
            ([RankState.loading, .loading], SupervisionPhase.loading), ([.idle, .computing], .loading),
            ([.waiting, .waiting], .loading), ([.loading, .loading], .serving),
        ])
    func loading(states: [RankState], phase: SupervisionPhase) {
        var clock = Clock(states)
        clock.phase = phase
        #expect(clock.run(299) == nil)
        #expect(clock.run(1)?.rank == 0)
    }

    @Test("A rank without a processor is forgiven 150 ticks and no more, and none once it has one again")
    func starvation() {
        var clock = Clock([.computing, .waiting])
        clock.starved = [0]
        let stall = clock.run(1000)
        #expect(stall?.rank == 0 && stall?.ticks == 165)

        clock = Clock([.computing, .waiting])
        clock.starved = [0]
        #expect(clock.run(100) == nil)
        clock.starved = []
        #expect(clock.run(8) == nil)
        #expect(clock.run(1)?.rank == 0)
    }

    @Test("Ranks that all wait are no stall while one has no processor to see its peers come")
    func starvedWaiting() {
        var clock = Clock([.waiting, .waiting])
        clock.starved = [1]
        #expect(clock.run(164) == nil)
        #expect(clock.run(1) != nil)
    }

    @Test("A rank that moves now and then on a crowded machine is forgiven anew each time")
    func starvedButMoving() {
        var clock = Clock([.computing])
        clock.starved = [0]
        for _ in 0..<10 {
            #expect(clock.run(164) == nil)
            #expect(clock.run(1, moving: [0]) == nil)
        }
    }
}
