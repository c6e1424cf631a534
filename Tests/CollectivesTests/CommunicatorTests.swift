import Dispatch
import Platform
import Testing

@testable import Collectives

@Suite(.timeLimit(.minutes(5))) struct CommunicatorTests {
    /// Ragged and zero widths for 1 to 4 ranks, as 3 heads over 4 ranks make them.
    private static func shapes(_ rankCount: Int) -> [GatherShape] {
        let widths = [[64, 64, 64, 0], [0, 5, 1, 300], [1, 0, 0, 0], [33, 31, 2, 7], [0, 0, 0, 9]]
        return widths.map { GatherShape(columnCounts: Array($0.prefix(rankCount))) }
    }

    @Test("Hundreds of gathers in a row bring every rank every value", arguments: GatherCase.all)
    func sequence(test: GatherCase) async throws {
        let ranks = try RankThreads(test, byteCountMax: 1 << 16)
        let results = await ranks.run { communicator in
            var wrong = 0
            for number in 0..<400 {
                let shape = Self.shapes(test.rankCount)[number % 5]
                wrong += try communicator.gatherAndCompare(
                    shape, rowCount: [1, 1, 3, 0, 33][number / 5 % 5], number: number)
            }
            return wrong
        }
        for result in results { #expect(try result.get() == 0) }
    }

    @Test(
        "Slices far larger than a socket's buffer pass in both directions at once", arguments: GatherCase.all)
    func large(test: GatherCase) async throws {
        let rowCount = 700
        let shape = GatherShape(columnCounts: Array([1500, 800, 0, 901].prefix(test.rankCount)))
        let ranks = try RankThreads(test, byteCountMax: rowCount * shape.columnCount * 4)
        let results = await ranks.run { communicator in
            #expect(communicator.rowCountMax(of: shape) == rowCount)
            var wrong = 0
            for number in 0..<2 {
                wrong += try communicator.gatherAndCompare(shape, rowCount: rowCount, number: number)
            }
            return wrong
        }
        for result in results { #expect(try result.get() == 0) }
    }

    @Test(
        "Ranks of unequal speed: a gathered matrix stays whole until the second next begin",
        arguments: GatherCase.all)
    func unequalSpeed(test: GatherCase) async throws {
        let ranks = try RankThreads(test, byteCountMax: 1 << 14)
        let shape = GatherShape(columnCounts: Array([5, 8, 0, 3].prefix(test.rankCount)))
        let results = await ranks.run { communicator in
            var wrong = 0
            var before: (buffer: GatherBuffer, number: Int)?
            for number in 0..<200 {
                // Another rank dawdles every time, so that the others run as far ahead as they can.
                if number % test.rankCount == communicator.rank { Self.dawdle() }
                let buffer = communicator.begin(shape, rowCount: 4, layer: 0, gather: number)
                for row in 0..<4 {
                    for column in buffer.ownColumns {
                        buffer[row, column] = expectedValue(number, row, column)
                    }
                }
                try communicator.finish()
                if (number + 1) % test.rankCount == communicator.rank { Self.dawdle() }
                if let before { wrong += before.buffer.wrongElementCount(before.number) }
                wrong += buffer.wrongElementCount(number)
                before = (buffer, number)
            }
            return wrong
        }
        for result in results { #expect(try result.get() == 0) }
    }

    /// Some work, so that others get ahead; not a wait for anything.
    private static func dawdle() {
        var sum: Float = 0
        for value in 0..<20_000 { sum += Float(value).squareRoot() }
        #expect(sum > 0)
    }

    @Test("Where the 32 bits on the wire wrap, a gather still has another matrix than the two before it")
    func wrap() throws {
        let byteCount = Communicator.sharedByteCount(rankCount: 1, gatherByteCountMax: 4096)
        let file = try MemoryFile.create(name: "test-gather", byteCount: byteCount)
        let communicator = try Communicator(
            link: .sharedMemory(try file.map(.readWrite)), rank: 0, rankCount: 1, byteCountMax: 4096,
            page: try ControlPage(rankCount: 1).rank(0), gathersBefore: (1 << 32) - 4)
        let shape = GatherShape(columnCounts: [3])
        var before: [(buffer: GatherBuffer, number: Int)] = []
        for number in 0..<8 {
            let buffer = communicator.begin(shape, rowCount: 2, layer: 0, gather: 1)
            for row in 0..<2 {
                for column in 0..<3 { buffer[row, column] = expectedValue(number, row, column) }
            }
            for earlier in before.suffix(2) {
                #expect(earlier.buffer.wrongElementCount(earlier.number) == 0)
            }
            try communicator.finish()
            before.append((buffer, number))
        }
    }

    @Test("A rank whose peers' slices have all come sends its own and does not wait")
    func lastToCome() async throws {
        let test = GatherCase(transport: .sockets, rankCount: 2, spinBudgetNanoseconds: 0)
        let ranks = try RankThreads(test, byteCountMax: 4096)
        let shape = GatherShape(columnCounts: [3, 4])
        let results = await ranks.run { communicator in
            ranks.page.rank(communicator.rank).enter(.computing)
            _ = communicator.begin(shape, rowCount: 2, layer: 0, gather: 1)
            if communicator.rank == 0 { while ranks.page.rank(1).snapshot().state != .waiting {} }
            try communicator.finish()
        }
        for result in results { #expect(throws: Never.self) { try result.get() } }
        #expect(ranks.page.rank(0).snapshot().waitNanoseconds == 0)
        #expect(ranks.page.rank(1).snapshot().waitNanoseconds > 0)
    }

    @Test("A gather of nothing is a barrier: nobody passes before all have come", arguments: GatherCase.all)
    func barrier(test: GatherCase) async throws {
        let ranks = try RankThreads(test, byteCountMax: 4096)
        let arrivals = try ControlPage(rankCount: 1)
        let shape = GatherShape(columnCounts: Array(repeating: 0, count: test.rankCount))
        let results = await ranks.run { communicator in
            var early = 0
            for round in 1...100 {
                arrivals.rank(0).bump()
                try communicator.barrier(layer: 0, gather: round, shape: shape)
                if arrivals.rank(0).snapshot().progress < UInt64(round * test.rankCount) { early += 1 }
            }
            return early
        }
        for result in results { #expect(try result.get() == 0) }
    }

    @Test("The control page counts bytes, names the gather and shows progress", arguments: GatherCase.all)
    func accounting(test: GatherCase) async throws {
        let ranks = try RankThreads(test, byteCountMax: 4096)
        let shape = GatherShape(columnCounts: Array([3, 0, 2, 1].prefix(test.rankCount)))
        let results = await ranks.run { communicator in
            ranks.page.rank(communicator.rank).enter(.computing)
            for gather in 1...4 {
                _ = communicator.begin(shape, rowCount: 2, layer: 11, gather: gather)
                try communicator.finish()
            }
            return true
        }
        for result in results { #expect(try result.get()) }
        for (rank, snapshot) in ranks.page.snapshots().enumerated() {
            #expect(snapshot.gatheredByteCount == UInt64(4 * 2 * shape.columnCounts[rank] * 4))
            #expect(snapshot.layer == 11 && snapshot.gather == 4 && snapshot.state == .computing)
            #expect(snapshot.progress >= 9)
        }
    }
}
