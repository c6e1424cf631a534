import Collectives
import Foundation
import Platform
import Testing

/// Ranks as real processes: this test program, started again by the test below.
private enum RankProcess {
    static let variable = "SKEIN_TEST_GATHER_RANK"
    static let rowCount = 300
    static let shape = GatherShape(columnCounts: [257, 0, 400])
    static let byteCountMax = rowCount * shape.columnCount * 4

    /// "rank transport" if this process is such a child.
    static var order: [String]? {
        ProcessInfo.processInfo.environment[variable]?.split(separator: " ").map(String.init)
    }

    /// What a rank sends when it is done: how many elements were wrong, as text.
    static func run(rank: Int, transport: String, channel: FrameChannel) throws {
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        _ = try channel.receive(into: &buffer, descriptors: &descriptors)
        let page = try ControlPage(adopting: descriptors[0])
        let link: Communicator.Link
        if transport == "shm" {
            let byteCount = Communicator.sharedByteCount(
                rankCount: shape.rankCount, gatherByteCountMax: byteCountMax)
            let file = try MemoryFile(adopting: descriptors[1], expectedByteCount: byteCount)
            link = .sharedMemory(try file.map(.readWrite))
        } else {
            // In rank order, this rank left out.
            var sockets = descriptors.dropFirst().map(Optional.some)
            sockets.insert(nil, at: rank)
            link = .sockets(sockets)
        }
        let communicator = try Communicator(
            link: link, rank: rank, rankCount: shape.rankCount, byteCountMax: byteCountMax,
            page: page.rank(rank))
        var wrong = 0
        for number in 0..<50 {
            let rows = number % 2 == 0 ? 1 : rowCount
            wrong += try communicator.gatherAndCompare(shape, rowCount: rows, number: number)
        }
        try channel.send(kind: 1, payload: Array(String(wrong).utf8))
    }
}

@Suite(.timeLimit(.minutes(5))) struct RankProcessTests {
    @Test("role: one rank of the test below", .enabled(if: RankProcess.order != nil))
    func role() throws {
        let order = try #require(RankProcess.order)
        let channel = FrameChannel(adopting: OwnedDescriptor(adopting: 3))
        try RankProcess.run(rank: #require(Int(order[0])), transport: order[1], channel: channel)
    }

    @Test(
        "Three processes gather over passed memory and over passed sockets",
        .enabled(if: RankProcess.order == nil), arguments: ["shm", "unix"])
    func processes(transport: String) async throws {
        let count = RankProcess.shape.rankCount
        let page = try ControlPage(rankCount: count)
        page.spinBudgetNanoseconds = 10_000
        let passed = try descriptors(transport)
        let spawner = ProcessSpawner()
        var ranks: [(process: SpawnedProcess, channel: FrameChannel)] = []
        for rank in 0..<count {
            let (near, far) = try SocketPair.make()
            var environment = ProcessInfo.processInfo.environment
            environment[RankProcess.variable] = "\(rank) \(transport)"
            let process = try await spawner.spawn(
                executable: "/proc/self/exe",
                arguments: ["--testing-library", "swift-testing", "--filter", "RankProcessTests"],
                environment: environment, controlSocket: far)
            let channel = FrameChannel(adopting: near)
            try channel.send(kind: 1, payload: [], descriptors: [page.descriptor] + passed[rank])
            ranks.append((process, channel))
        }
        for rank in ranks {
            var buffer: [UInt8] = []
            var none: [OwnedDescriptor] = []
            let frame = try #require(try rank.channel.receive(into: &buffer, descriptors: &none))
            #expect(String(decoding: buffer.prefix(frame.byteCount), as: UTF8.self) == "0")
            #expect(try rank.process.pidfd.pollReadable(timeoutMilliseconds: 30_000))
            #expect(try rank.process.reap() == .exited(code: 0))
        }
    }

    /// What each rank gets: the shared memory, or its sockets to the others in rank order.
    private func descriptors(_ transport: String) throws -> [[OwnedDescriptor]] {
        let count = RankProcess.shape.rankCount
        if transport == "shm" {
            let byteCount = Communicator.sharedByteCount(
                rankCount: count, gatherByteCountMax: RankProcess.byteCountMax)
            let file = try MemoryFile.create(name: "test-gather", byteCount: byteCount)
            return Array(repeating: [file.descriptor], count: count)
        }
        var sockets = [[OwnedDescriptor]](repeating: [], count: count)
        for high in 1..<count {
            for low in 0..<high {
                let (first, second) = try SocketPair.make()
                // Pairs come in an order that leaves each rank's list sorted by peer.
                sockets[high].append(first)
                sockets[low].append(second)
            }
        }
        return sockets
    }
}
