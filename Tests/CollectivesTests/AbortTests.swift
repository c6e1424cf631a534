import Collectives
import Dispatch
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct AbortTests {
    private static let cases = GatherCase.all.filter { $0.rankCount > 1 }

    @Test("The abort word releases whoever waits, who names the rank that did not come", arguments: cases)
    func abort(test: GatherCase) async throws {
        let ranks = try RankThreads(test, byteCountMax: 4096)
        let late = test.rankCount - 1
        let shape = GatherShape(columnCounts: Array(repeating: 4, count: test.rankCount))
        let results = await ranks.run { communicator in
            let page = ranks.page.rank(communicator.rank)
            page.begin(step: 9)
            _ = try communicator.gatherAndCompare(shape, rowCount: 1, number: 0)
            if communicator.rank == late {
                // Comes no more. When all others wait, the supervisor would notice; here this thread does.
                while !(0..<late).allSatisfy({ Self.waits(ranks.page.rank($0)) }) {}
                ranks.page.abort()
                return
            }
            _ = communicator.begin(shape, rowCount: 1, layer: 3, gather: 2)
            try communicator.finish()
        }
        let expected = CollectiveError.aborted(at: GatherPoint(step: 9, layer: 3, gather: 2), lateRank: late)
        for result in results.dropLast() { #expect(throws: expected) { try result.get() } }
        #expect(throws: Never.self) { try results[late].get() }
        #expect(
            expected.description == "gather aborted at step 9, layer 3, gather 2: rank \(late) did not come")
    }

    /// Whether a rank waits in gather 2. The gather is read first: a state read after it cannot be the one
    /// before.
    private static func waits(_ page: RankPage) -> Bool {
        page.snapshot().gather == 2 && page.snapshot().state == .waiting
    }

    @Test("A rank whose sockets end is named, also in the middle of a slice", arguments: [false, true])
    func endOfFile(inSlice: Bool) throws {
        let (near, far) = try SocketPair.make()
        let page = try ControlPage(rankCount: 2)
        let communicator = try Communicator(
            link: .sockets([nil, near]), rank: 0, rankCount: 2, byteCountMax: 4096, page: page.rank(0))
        let channel = FrameChannel(adopting: far)
        _ = communicator.begin(GatherShape(columnCounts: [1, 1]), rowCount: 1, layer: 0, gather: 1)
        if inSlice { #expect(try Self.sendPart(of: far)) }
        channel.shutDown()
        let point = GatherPoint(step: 0, layer: 0, gather: 1)
        #expect(throws: CollectiveError.aborted(at: point, lateRank: 1)) { try communicator.finish() }
    }

    /// A whole frame of 8 bytes is shorter than a gather's header.
    private static func sendPart(of socket: OwnedDescriptor) throws -> Bool {
        try FrameChannel(adopting: socket).send(kind: 1, payload: [])
        return true
    }

    @Test("Ranks that gather different matrices are told so", arguments: TestTransport.allCases)
    func mismatch(transport: TestTransport) async throws {
        let test = GatherCase(transport: transport, rankCount: 2, spinBudgetNanoseconds: 0)
        let ranks = try RankThreads(test, byteCountMax: 4096)
        let results = await ranks.run { communicator in
            let shape = GatherShape(columnCounts: [4, 4])
            _ = communicator.begin(shape, rowCount: 1 + communicator.rank, layer: 0, gather: 1)
            try communicator.finish()
        }
        for (rank, result) in results.enumerated() {
            let error = #expect(throws: CollectiveError.self) { try result.get() }
            if case .mismatch(_, let other, let expected, let found) = error {
                #expect(other == 1 - rank)
                #expect(expected.contains("\(1 + rank) rows") && found.contains("\(2 - rank) rows"))
            } else if case .aborted(_, let other) = error {
                // The peer saw it first and is gone.
                #expect(transport == .sockets && other == 1 - rank)
            } else {
                Issue.record("unexpected \(String(describing: error))")
            }
        }
    }

    @Test("Memory that is too small and sockets that are missing are refused")
    func links() throws {
        let page = try ControlPage(rankCount: 3)
        let needed = Communicator.sharedByteCount(rankCount: 3, gatherByteCountMax: 5000)
        #expect(needed == 4096 + 3 * 8192)
        let small = try MappedRegion.anonymous(byteCount: needed - 1)
        #expect(throws: CollectiveError.sharedMemoryTooSmall(byteCount: needed - 1, needed: needed)) {
            try Communicator(
                link: .sharedMemory(small), rank: 0, rankCount: 3, byteCountMax: 5000, page: page.rank(0))
        }
        let socket = try SocketPair.make().0
        #expect(throws: CollectiveError.missingSockets(ranks: [2])) {
            try Communicator(
                link: .sockets([socket, nil]), rank: 1, rankCount: 3, byteCountMax: 5000, page: page.rank(1))
        }
    }

    @Test("A single rank gathers alone")
    func alone() throws {
        let page = try ControlPage(rankCount: 1)
        let communicator = try Communicator(
            link: .alone, rank: 0, rankCount: 1, byteCountMax: 400, page: page.rank(0))
        let shape = GatherShape(columnCounts: [10])
        #expect(communicator.rowCountMax(of: shape) == 10)
        for number in 0..<5 {
            #expect(try communicator.gatherAndCompare(shape, rowCount: 10, number: number) == 0)
        }
    }
}
