package import Platform

/// One rank's end of the collectives of a reader: all-gathers of f32 matrices by columns, blocking.
///
/// Every rank calls `begin` and `finish` in the same order with the same shapes. Nothing is allocated after
/// `init`. A class because it owns the mapping or sockets and counts the gathers; used by one thread, though
/// other threads of the rank may write the matrix between `begin` and `finish`.
package final class Communicator {
    /// How the ranks of a reader reach each other.
    package enum Link {
        /// The only rank: nothing is exchanged.
        case alone
        /// All ranks map this memory, `sharedByteCount` long and zero at first.
        case sharedMemory(MappedRegion)
        /// One connected unix stream socket to each other rank, by rank; nil at this rank's own place.
        case sockets([OwnedDescriptor?])
    }

    /// This rank's place among the columns.
    package let rank: Int
    /// How many ranks gather together.
    package let rankCount: Int
    /// The largest matrix that one gather can hold; the caller gathers fewer rows at once if there are more.
    package let byteCountMax: Int

    private let page: RankPage
    private let transport: any GatherTransport
    private var gather: Gather?
    /// The number of the latest gather.
    private var number: UInt64

    /// Connects this rank. `page` is its line of the reader's control page, which also has the spin budget
    /// and the abort word.
    package convenience init(
        link: Link, rank: Int, rankCount: Int, byteCountMax: Int, page: RankPage
    ) throws(CollectiveError) {
        try self.init(
            link: link, rank: rank, rankCount: rankCount, byteCountMax: byteCountMax, page: page,
            gathersBefore: 0)
    }

    /// The same with gathers counted from `gathersBefore` + 1, for tests of what billions of gathers lead to.
    init(
        link: Link, rank: Int, rankCount: Int, byteCountMax: Int, page: RankPage, gathersBefore: UInt64
    ) throws(CollectiveError) {
        precondition(0..<rankCount ~= rank, "rank \(rank) is outside 0..<\(rankCount)")
        precondition(
            rank == page.rank && rankCount <= page.page.rankCount, "the control page is another rank's")
        self.rank = rank
        self.rankCount = rankCount
        self.byteCountMax = byteCountMax
        self.page = page
        number = gathersBefore
        switch link {
        case .alone:
            precondition(rankCount == 1, "\(rankCount) ranks cannot be alone")
            transport = try LocalTransport(byteCountMax: byteCountMax)
        case .sharedMemory(let region):
            transport = try SharedMemoryTransport(
                region, rank: rank, rankCount: rankCount, byteCountMax: byteCountMax, page: page)
        case .sockets(let sockets):
            transport = try SocketTransport(
                sockets, rank: rank, rankCount: rankCount, byteCountMax: byteCountMax, page: page)
        }
    }

    /// How much shared memory the ranks of a reader need for gathers of at most `gatherByteCountMax` bytes.
    package static func sharedByteCount(rankCount: Int, gatherByteCountMax: Int) -> Int {
        SharedMemoryTransport.byteCount(rankCount: rankCount, gatherByteCountMax: gatherByteCountMax)
    }

    /// How many rows of a shape one gather can hold.
    package func rowCountMax(of shape: GatherShape) -> Int {
        shape.columnCount == 0 ? Int.max : byteCountMax / (shape.columnCount * MemoryLayout<Float>.stride)
    }

    /// Opens the next gather and returns its matrix, of which this rank then writes its own columns.
    ///
    /// `layer` and `gather` go to the control page, so that a supervisor can say where a rank stopped.
    package func begin(_ shape: GatherShape, rowCount: Int, layer: Int, gather: Int) -> GatherBuffer {
        precondition(self.gather == nil, "a gather begins before the last one has finished")
        precondition(
            shape.rankCount == rankCount, "shape has \(shape.rankCount) ranks, expected \(rankCount)")
        precondition(
            0...rowCountMax(of: shape) ~= rowCount,
            "\(rowCount) rows of \(shape.columnCount) columns are more than \(byteCountMax) bytes")
        number += 1
        page.approach(layer: layer, gather: gather)
        let base = unsafe transport.matrix(number)
        let buffer = unsafe GatherBuffer(base: base, rowCount: rowCount, shape: shape, rank: rank)
        self.gather = Gather(number: UInt32(truncatingIfNeeded: number), shape: shape, buffer: buffer)
        return buffer
    }

    /// Gives this rank's columns to all ranks and returns when all columns are there.
    ///
    /// Time spent waiting is credited to the control page. After an error the communicator is of no use.
    package func finish() throws(CollectiveError) {
        guard let gather else { preconditionFailure("finish without begin") }
        self.gather = nil
        try transport.exchange(gather)
        page.addGathered(byteCount: gather.ownByteCount)
        page.bump()
    }

    /// Returns when all ranks have come: a gather of nothing.
    package func barrier(layer: Int, gather: Int, shape: GatherShape) throws(CollectiveError) {
        _ = begin(shape, rowCount: 0, layer: layer, gather: gather)
        try finish()
    }
}

/// A gather between `begin` and `finish`.
struct Gather {
    /// What goes over the wire: the lower half of the gather's number.
    let number: UInt32
    let shape: GatherShape
    let buffer: GatherBuffer

    /// The size of this rank's slice.
    var ownByteCount: Int { buffer.rowCount * buffer.ownColumns.count * MemoryLayout<Float>.stride }
}

/// What carries slices between ranks: nothing, shared memory or sockets.
protocol GatherTransport {
    /// The matrix of a gather; consecutive gathers have different ones. The number is the whole one: three
    /// matrices in turn would come out of turn where 32 bits wrap.
    @unsafe func matrix(_ number: UInt64) -> UnsafeMutablePointer<Float>
    /// Gives the own slice to all and waits for all others.
    func exchange(_ gather: Gather) throws(CollectiveError)
}

/// The matrices of one rank in its own memory, two of them in turn.
struct LocalMatrices {
    private let region: MappedRegion
    private let byteCountEach: Int

    init(byteCountMax: Int) throws(CollectiveError) {
        byteCountEach = roundedToPages(byteCountMax)
        do throws(SystemError) {
            region = try MappedRegion.anonymous(byteCount: 2 * byteCountEach)
        } catch {
            throw .system(error)
        }
    }

    @unsafe func matrix(_ number: UInt64) -> UnsafeMutablePointer<Float> {
        unsafe (region.base + Int(number % 2) * byteCountEach).assumingMemoryBound(to: Float.self)
    }
}

/// The single rank's transport.
struct LocalTransport: GatherTransport {
    private let matrices: LocalMatrices

    init(byteCountMax: Int) throws(CollectiveError) {
        matrices = try LocalMatrices(byteCountMax: byteCountMax)
    }

    @unsafe func matrix(_ number: UInt64) -> UnsafeMutablePointer<Float> {
        unsafe matrices.matrix(number)
    }

    func exchange(_: Gather) {}
}

/// The next multiple of 4096, at least 4096.
func roundedToPages(_ byteCount: Int) -> Int {
    max(4096, (byteCount + 4095) & ~4095)
}
