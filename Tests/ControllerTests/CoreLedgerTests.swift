import Testing
import Topology

@testable import Controller
@testable import Platform

@Suite struct CoreLedgerTests {
    private let a = ReaderID("a")
    private let b = ReaderID("b")

    /// Two nodes of two cores with two hardware threads each: cores hold processors (0,4), (1,5), (2,6),
    /// (3,7).
    private func machine(quota: Double? = nil) -> Machine {
        Machine(
            cores: (0..<4).map { Machine.Core(processors: [$0, $0 + 4], node: $0 / 2) },
            processorQuota: quota,
            memory: FleetHarness.machine().memory)
    }

    @Test func threadsAreSharedOutOverAllRanksAndAtLeastOne() throws {
        var ledger = CoreLedger(machine: machine())
        let two = CoreRequest(rankCount: 2, threadCount: nil, choice: .none)
        // One a core, not one a hardware thread.
        #expect(try ledger.place(a, two, before: []).threadCount == 2)
        // 2 + 2 ranks on 4 cores.
        #expect(try ledger.place(b, two, before: []).threadCount == 1)
        var crowded = CoreLedger(machine: machine(quota: 1.5))
        #expect(try crowded.place(a, two, before: [two]).threadCount == 1)
    }

    @Test func ranksArePinnedToOneProcessorACoreInOrder() throws {
        var ledger = CoreLedger(machine: machine())
        let request = CoreRequest(rankCount: 2, threadCount: 1, choice: .auto)
        #expect(
            try ledger.place(a, request, before: [request])
                == ReaderPlacement(
                    threadCount: 1, cores: [[0], [1]], place: [0], memoryNodes: [[0], [0]]))
        #expect(
            try ledger.place(b, request, before: [])
                == ReaderPlacement(
                    threadCount: 1, cores: [[2], [3]], place: [1], memoryNodes: [[1], [1]]))
        ledger.release(a)
        #expect(try ledger.place(a, request, before: []).cores == [[0], [1]])
    }

    @Test func ranksOfOneReaderOnTwoNodesAreAPlaceOfTheirOwn() throws {
        var ledger = CoreLedger(machine: machine())
        let placement = try ledger.place(
            a, CoreRequest(rankCount: 2, threadCount: 2, choice: .auto), before: [])
        #expect(placement.cores == [[0, 1], [2, 3]])
        #expect(placement.place == [0, 1] && placement.memoryNodes == [[0], [1]])
        // A rank over both nodes has memory of both.
        let wide = try CoreLedger.placed(
            machine(), CoreRequest(rankCount: 1, threadCount: 4, choice: .auto))
        #expect(wide.place == [0] && wide.memoryNodes == [[0, 1]])
    }

    @Test func whoRunsAnywhereHasMemoryEverywhereAndOneNodeNeedsNoWord() throws {
        let request = CoreRequest(rankCount: 2, threadCount: 1, choice: .none)
        let placement = try CoreLedger.placed(machine(), request)
        #expect(placement.place == [0, 1] && placement.memoryNodes == [[0, 1], [0, 1]])
        let single = try CoreLedger.placed(FleetHarness.machine(), request)
        #expect(single.place == [0] && single.memoryNodes == [[], []])
    }

    @Test func nobodyIsPinnedWhereNotAllFit() throws {
        var ledger = CoreLedger(machine: machine())
        let request = CoreRequest(rankCount: 2, threadCount: 2, choice: .auto)
        #expect(try ledger.place(a, request, before: [request]).cores == [])
        #expect(try ledger.place(b, request, before: []).cores == [])
        #expect(try CoreLedger.placed(machine(quota: 2), request).cores == [])
    }

    @Test func waitsSpinOnlyWhereEveryThreadHasAProcessor() throws {
        var ledger = CoreLedger(machine: machine())
        _ = try ledger.place(a, CoreRequest(rankCount: 4, threadCount: 2, choice: .none), before: [])
        #expect(ledger.spinBudgetNanoseconds == 50_000)
        _ = try ledger.place(b, CoreRequest(rankCount: 1, threadCount: 1, choice: .none), before: [])
        #expect(ledger.spinBudgetNanoseconds == 0)
        ledger.release(b)
        #expect(ledger.spinBudgetNanoseconds == 50_000)
    }

    @Test func namedProcessorsAreTakenAsTheyStand() throws {
        let placement = try CoreLedger.placed(
            machine(), CoreRequest(rankCount: 2, threadCount: nil, choice: .cores([[3, 7], [1, 5]])))
        #expect(
            placement
                == ReaderPlacement(
                    threadCount: 2, cores: [[3, 7], [1, 5]], place: [1, 0], memoryNodes: [[1], [0]]))
    }

    @Test(
        arguments: [
            CoreRequest(rankCount: 2, threadCount: nil, choice: .cores([[0]])),
            CoreRequest(rankCount: 1, threadCount: 2, choice: .cores([[0]])),
            CoreRequest(rankCount: 1, threadCount: nil, choice: .cores([[8]])),
            CoreRequest(rankCount: 2, threadCount: nil, choice: .cores([[0], [1, 2]])),
        ])
    func namedProcessorsThatDoNotFitAreRefused(_ request: CoreRequest) {
        #expect(throws: ControllerError.self) { try CoreLedger.placed(machine(), request) }
    }
}

extension CoreLedger {
    fileprivate static func placed(
        _ machine: Machine, _ request: CoreRequest
    ) throws(ControllerError) -> ReaderPlacement {
        var ledger = CoreLedger(machine: machine)
        return try ledger.place(ReaderID("r"), request, before: [])
    }
}
