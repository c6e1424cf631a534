import CPlatform
import Glibc
import Platform

/// Gathers over one unix stream socket to each other rank.
///
/// Each rank sends its slice (a header of 16 bytes, then the rows) to every peer and takes theirs straight
/// into its own matrix. No call blocks but `poll`, and that waits for both directions at once: slices of any
/// size pass. A class because its offsets change with every call.
final class SocketTransport: GatherTransport {
    /// What is known of the exchange with one peer in the current gather.
    private struct Peer {
        let rank: Int
        let socket: OwnedDescriptor
        var sentByteCount = 0
        var receivedByteCount = 0
        /// The size of the peer's message.
        var expectedByteCount = 0
        /// The header as far as it came: gather number, rows, columns of the slice, columns of the matrix.
        var header = GatherHeader()
    }

    private let matrices: LocalMatrices
    private let rank: Int
    private let page: RankPage
    private var peers: [Peer]
    private var pollEntries: [pollfd]

    init(
        _ sockets: [OwnedDescriptor?], rank: Int, rankCount: Int, byteCountMax: Int, page: RankPage
    ) throws(CollectiveError) {
        let others = (1..<max(1, rankCount)).map { (rank + $0) % rankCount }
        let missing = others.filter { $0 >= sockets.count || sockets[$0] == nil }
        guard missing.isEmpty else { throw .missingSockets(ranks: missing.sorted()) }
        peers = others.compactMap { other in sockets[other].map { Peer(rank: other, socket: $0) } }
        pollEntries = peers.map { pollfd(fd: $0.socket.rawValue, events: 0, revents: 0) }
        matrices = try LocalMatrices(byteCountMax: byteCountMax)
        self.rank = rank
        self.page = page
    }

    @unsafe func matrix(_ number: UInt64) -> UnsafeMutablePointer<Float> {
        unsafe matrices.matrix(number)
    }

    func exchange(_ gather: Gather) throws(CollectiveError) {
        for index in peers.indices {
            let columnCount = gather.shape.columnCounts[peers[index].rank]
            peers[index].sentByteCount = 0
            peers[index].receivedByteCount = 0
            peers[index].expectedByteCount = GatherHeader.byteCount + gather.buffer.rowCount * columnCount * 4
        }
        // Sending is this rank's own work: one that is stopped before its slice is out must not look as if it
        // waited for the others.
        if try moveBytes(gather) { return }
        page.enter(.waiting)
        var wait = SpinWait(budgetNanoseconds: page.page.spinBudgetNanoseconds)
        while try !moveBytes(gather) {
            guard !page.page.isAborted else {
                throw page.aborted(missing: peers.indices.filter { !isReceived($0) }.map { peers[$0].rank })
            }
            wait.look()
            if wait.isExhausted { try sleep(gather) } else { skein_spin_pause() }
        }
        page.enter(.computing)
    }
}

// MARK: - Moving bytes

extension SocketTransport {
    /// Moves what can be moved now, until nothing moves. True when all is done.
    private func moveBytes(_ gather: Gather) throws(CollectiveError) -> Bool {
        var isDone = true
        for index in peers.indices {
            while try send(gather, to: index) {}
            while try receive(gather, from: index) {}
            isDone = isDone && isSent(index, gather) && isReceived(index)
        }
        return isDone
    }

    private func isSent(_ index: Int, _ gather: Gather) -> Bool {
        peers[index].sentByteCount == GatherHeader.byteCount + gather.ownByteCount
    }

    private func isReceived(_ index: Int) -> Bool {
        peers[index].receivedByteCount == peers[index].expectedByteCount
    }

    /// One attempt; true if bytes moved and more are left.
    private func send(_ gather: Gather, to index: Int) throws(CollectiveError) -> Bool {
        if isSent(index, gather) { return false }
        var header = GatherHeader(gather, rank: rank)
        let rows = unsafe Self.rows(gather, of: rank)
        let moved = unsafe skein_send_rows(
            peers[index].socket.rawValue, &header, GatherHeader.byteCount, rows, peers[index].sentByteCount)
        guard try isMoved(moved, "sendmsg", index) else { return false }
        peers[index].sentByteCount += moved
        return !isSent(index, gather)
    }

    /// One attempt; true if bytes moved and more are left.
    private func receive(_ gather: Gather, from index: Int) throws(CollectiveError) -> Bool {
        if isReceived(index) { return false }
        let offset = peers[index].receivedByteCount
        let rows = unsafe Self.rows(gather, of: peers[index].rank)
        let moved = unsafe skein_receive_rows(
            peers[index].socket.rawValue, &peers[index].header, GatherHeader.byteCount, rows, offset)
        if moved == 0 { throw .aborted(at: page.gatherPoint, lateRank: peers[index].rank) }
        guard try isMoved(moved, "recvmsg", index) else { return false }
        peers[index].receivedByteCount += moved
        if offset < GatherHeader.byteCount && offset + moved >= GatherHeader.byteCount {
            try checkHeader(gather, index)
        }
        return !isReceived(index)
    }

    private func isMoved(_ result: Int, _ call: String, _ index: Int) throws(CollectiveError) -> Bool {
        if result > 0 { return true }
        switch Int32(-result) {
        case EAGAIN: return false
        case EPIPE, ECONNRESET: throw .aborted(at: page.gatherPoint, lateRank: peers[index].rank)
        case let number: throw .system(SystemError(call: call, errno: number))
        }
    }

    private func checkHeader(_ gather: Gather, _ index: Int) throws(CollectiveError) {
        let expected = GatherHeader(gather, rank: peers[index].rank)
        guard peers[index].header == expected else {
            throw .mismatch(
                at: page.gatherPoint, rank: peers[index].rank, expected: expected.description,
                found: peers[index].header.description)
        }
    }

    @unsafe private static func rows(_ gather: Gather, of rank: Int) -> skein_rows {
        let columns = gather.shape.columns(of: rank)
        let size = MemoryLayout<Float>.stride
        let base = unsafe UnsafeMutableRawPointer(gather.buffer.base + columns.lowerBound)
        return unsafe skein_rows(
            base: base.assumingMemoryBound(to: UInt8.self), stride: gather.buffer.columnCount * size,
            row_size: columns.count * size, row_count: gather.buffer.rowCount)
    }

    /// Sleeps until a socket can move something, at most 100 ms: then the abort word is looked at.
    private func sleep(_ gather: Gather) throws(CollectiveError) {
        for index in peers.indices {
            let wantsIn: Int32 = isReceived(index) ? 0 : POLLIN
            let wantsOut: Int32 = isSent(index, gather) ? 0 : POLLOUT
            pollEntries[index].events = Int16(wantsIn | wantsOut)
            // A socket with nothing left to do must not wake us, not even by its end.
            pollEntries[index].fd = wantsIn | wantsOut == 0 ? -1 : peers[index].socket.rawValue
        }
        let timeout = Int32(SharedMemoryTransport.sleepMilliseconds)
        if unsafe poll(&pollEntries, nfds_t(pollEntries.count), timeout) < 0 && errno != EINTR {
            throw .system(SystemError(call: "poll", errno: errno))
        }
    }
}

/// What precedes a slice on a socket, in the machine's byte order: both ends are on one machine.
struct GatherHeader: Equatable, CustomStringConvertible {
    static let byteCount = MemoryLayout<GatherHeader>.size

    var number: UInt32 = 0
    var rowCount: UInt32 = 0
    var sliceColumnCount: UInt32 = 0
    var columnCount: UInt32 = 0

    init() {}

    /// What `rank` sends, or should send, in this gather.
    init(_ gather: Gather, rank: Int) {
        number = gather.number
        rowCount = UInt32(gather.buffer.rowCount)
        sliceColumnCount = UInt32(gather.shape.columnCounts[rank])
        columnCount = UInt32(gather.buffer.columnCount)
    }

    var description: String {
        "gather number \(number) with \(rowCount) rows and \(sliceColumnCount) of \(columnCount) columns"
    }
}
