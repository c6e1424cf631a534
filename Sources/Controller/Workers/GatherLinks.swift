import Platform
import WorkerMessages

/// What connects the ranks of a reader with each other, made by the controller and passed to every rank.
struct GatherLinks: Sendable {
    /// Which all-gather these links serve.
    let transport: Transport
    /// By rank: what is passed to it, in the order of the `load` frame.
    private let descriptors: [[OwnedDescriptor]]

    /// Makes shared memory of `byteCount` bytes, or a socket between every pair of ranks. One rank needs
    /// neither.
    init(
        _ transport: Transport, rankCount: Int, byteCount: Int
    ) throws(SystemError) {
        self.transport = transport
        guard rankCount > 1 else {
            descriptors = [[]]
            return
        }
        switch transport {
        case .shm:
            let memory = try MemoryFile.create(name: "skein-gather", byteCount: byteCount)
            descriptors = Array(repeating: [memory.descriptor], count: rankCount)
        case .unix: descriptors = try Self.sockets(rankCount: rankCount)
        }
    }

    /// What rank `rank` gets.
    func descriptors(of rank: Int) -> [OwnedDescriptor] { descriptors[rank] }

    /// Row r holds rank r's sockets to every other rank, ascending.
    private static func sockets(rankCount: Int) throws(SystemError) -> [[OwnedDescriptor]] {
        var ends: [[OwnedDescriptor]] = Array(repeating: [], count: rankCount)
        for lower in 0..<rankCount {
            for upper in lower + 1..<rankCount {
                let (first, second) = try SocketPair.make()
                ends[lower].append(first)
                ends[upper].append(second)
            }
        }
        return ends
    }
}
