import Collectives
import Dispatch
import Platform
import Testing

/// How the ranks of a test reach each other.
enum TestTransport: CaseIterable, Sendable {
    case sharedMemory
    case sockets
}

/// A test's case: transport, ranks and spin budget.
struct GatherCase: Sendable, CustomTestStringConvertible {
    let transport: TestTransport
    let rankCount: Int
    let spinBudgetNanoseconds: UInt32

    var testDescription: String { "\(transport), \(rankCount) ranks, spin \(spinBudgetNanoseconds) ns" }

    static let all: [GatherCase] = TestTransport.allCases.flatMap { transport in
        (1...4).flatMap { rankCount in
            [0, 20_000].map {
                GatherCase(transport: transport, rankCount: rankCount, spinBudgetNanoseconds: $0)
            }
        }
    }
}

/// One reader's ranks as threads of this process, each with its own communicator, mapping and sockets.
struct RankThreads: Sendable {
    let page: ControlPage
    let byteCountMax: Int
    private let transport: TestTransport
    private let sharedFile: MemoryFile
    /// [rank][peer]
    private let sockets: [[OwnedDescriptor?]]

    init(_ test: GatherCase, byteCountMax: Int) throws {
        let count = test.rankCount
        self.byteCountMax = byteCountMax
        transport = test.transport
        page = try ControlPage(rankCount: count)
        page.spinBudgetNanoseconds = test.spinBudgetNanoseconds
        sharedFile = try MemoryFile.create(
            name: "test-gather",
            byteCount: Communicator.sharedByteCount(rankCount: count, gatherByteCountMax: byteCountMax))
        var sockets = [[OwnedDescriptor?]](repeating: Array(repeating: nil, count: count), count: count)
        for low in 0..<count {
            for high in low + 1..<max(count, low + 1) {
                (sockets[low][high], sockets[high][low]) = try SocketPair.make()
            }
        }
        self.sockets = sockets
    }

    /// Makes one rank's communicator from descriptors, as a worker does.
    func communicator(rank: Int) throws -> Communicator {
        let link: Communicator.Link =
            switch transport {
            case .sharedMemory: .sharedMemory(try sharedFile.map(.readWrite))
            case .sockets: .sockets(sockets[rank])
            }
        return try Communicator(
            link: link, rank: rank, rankCount: page.rankCount, byteCountMax: byteCountMax,
            page: page.rank(rank))
    }

    /// Runs `body` on one thread a rank and returns what they return, in rank order.
    func run<Value: Sendable>(_ body: @escaping @Sendable (Communicator) throws -> Value) async -> [Result<
        Value, any Error
    >] {
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            for rank in 0..<page.rankCount {
                group.addTask {
                    let result = await withCheckedContinuation { reply in
                        DedicatedThread.start(name: "test-rank-\(rank)") {
                            reply.resume(returning: Result { try body(try self.communicator(rank: rank)) })
                        }
                    }
                    return (rank, result)
                }
            }
            var results: [Int: Result<Value, any Error>] = [:]
            for await (rank, result) in group { results[rank] = result }
            return results.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}

/// The value every rank expects at a place of the `number`th gather; exact in f32.
func expectedValue(_ number: Int, _ row: Int, _ column: Int) -> Float {
    Float((number * 7919 + row * 131 + column) % 1_000_003)
}

extension Communicator {
    /// One gather: writes this rank's columns, finishes, and counts the wrong elements of the whole matrix.
    func gatherAndCompare(_ shape: GatherShape, rowCount: Int, number: Int) throws -> Int {
        let buffer = begin(shape, rowCount: rowCount, layer: number, gather: 1)
        for row in 0..<rowCount {
            for column in buffer.ownColumns { buffer[row, column] = expectedValue(number, row, column) }
        }
        try finish()
        return buffer.wrongElementCount(number)
    }
}

extension GatherBuffer {
    /// How many elements differ from what the ranks wrote in gather `number`.
    func wrongElementCount(_ number: Int) -> Int {
        var count = 0
        for row in 0..<rowCount {
            for column in 0..<columnCount where self[row, column] != expectedValue(number, row, column) {
                count += 1
            }
        }
        return count
    }
}
