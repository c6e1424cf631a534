package import Platform
package import Tensors

/// How a rank's threads share work: items in contiguous parts, or one by one; each item bumps the rank's
/// progress.
///
/// A matrix call is a block of tiles by rows. Few rows wait for memory: each thread reads a contiguous part of the
/// tiles. Many rows are arithmetic, and cores are seldom equally fast: each thread takes the next block when it has
/// done one.
///
/// Which thread computes what never changes a bit: every item writes outputs of its own.
package struct WorkSplit {
    /// Items (of a few microseconds each) below which one thread does all.
    private static let smallCount = 4
    /// Rows of one matrix call at most, and from which on it is dealt block by block.
    private static let rowCountMax = 128
    private static let manyRows = 9
    /// Tiles of one matrix call: four at least, which the kernels take together, and more for few rows, so that a call
    /// is never tiny.
    private static let tileCounts = 4...64
    private static let blockSize = 256

    let team: ThreadTeam
    let kernels: Kernels
    let page: RankPage
    /// Where the inputs of quantized matrices are quantized.
    let quantized: QuantizedBuffer

    /// Splits over a team, reporting progress to a line of the control page.
    package init(team: ThreadTeam, kernels: Kernels, page: RankPage, quantized: QuantizedBuffer) {
        self.team = team
        self.kernels = kernels
        self.page = page
        self.quantized = quantized
    }

    /// Runs light items in contiguous ranges.
    func ranges(_ count: Int, _ body: (Range<Int>) -> Void) {
        if count < WorkSplit.smallCount {
            if count > 0 { body(0..<count) }
        } else {
            team.run(itemCount: count) { range in body(range) }
        }
        page.bump()
    }

    /// Threads of the rank.
    var memberCount: Int { team.memberCount }

    /// Runs items of some 10 microseconds, telling each which thread it is on: every thread may have scratch
    /// of its own.
    func rows(_ count: Int, _ body: (_ member: Int, _ row: Int) -> Void) {
        let memberCount = count > 1 ? memberCount : 1
        // With as many items as members, item m runs on member m.
        team.run(itemCount: memberCount) { members in
            for member in members {
                for row in stride(from: member, to: count, by: memberCount) { body(member, row) }
            }
        }
        page.bump()
    }

    /// Runs heavy items one by one, each by whichever thread is free.
    func each(_ count: Int, _ body: (Int) -> Void) {
        guard count > 1 else {
            if count == 1 { body(0) }
            page.bump()
            return
        }
        team.runEach(itemCount: count) { item in
            body(item)
            page.bump()
        }
    }

    /// Computes one to three linear layers of the same input.
    func linear(_ x: FloatView, _ first: LinearPart, _ second: LinearPart? = nil, _ third: LinearPart? = nil)
    {
        let firstCount = first.tileCount
        let secondEnd = firstCount + (second?.tileCount ?? 0)
        let count = secondEnd + (third?.tileCount ?? 0)
        guard count > 0, x.rowCount > 0 else { return page.bump() }
        let input = input(x, of: first.layer.matrix)
        blocks(tileCount: count, rowCount: x.rowCount) { tiles, rows in
            compute(input, first, tiles: tiles, rows: rows)
            if let second { compute(input, second, tiles: tiles, rows: rows, offset: firstCount) }
            if let third { compute(input, third, tiles: tiles, rows: rows, offset: secondEnd) }
        }
    }

    /// The rows as a matrix's kernel takes them, quantized by all threads if need be. Valid until the next call.
    func input(_ x: FloatView, of matrix: TileMatrix) -> LinearInput {
        guard case .quantized(let quantization) = matrix.format else { return .floats(x) }
        let rows = quantized.view(
            rowCount: x.rowCount, columnCount: x.columnCount, groupCount: quantization.groupCount)
        ranges(x.rowCount) { range in kernels.quantize(x.rows(range), into: rows.rows(range)) }
        return .quantized(rows)
    }

    /// Hands out all blocks of `tileCount` tiles by `rowCount` rows.
    func blocks(tileCount: Int, rowCount: Int, _ body: (_ tiles: Range<Int>, _ rows: Range<Int>) -> Void) {
        guard tileCount > 0, rowCount > 0 else { return page.bump() }
        let step = WorkSplit.tileCount(rowCount: rowCount), panels = WorkSplit.panelCount(rowCount: rowCount)
        guard rowCount >= WorkSplit.manyRows else {
            return team.run(itemCount: tileCount) { range in
                for tile in stride(from: range.lowerBound, to: range.upperBound, by: step) {
                    body(tile..<min(tile + step, range.upperBound), 0..<rowCount)
                    page.bump()
                }
            }
        }
        team.runEach(itemCount: (tileCount + step - 1) / step * panels) { item in
            let (block, panel) = item.quotientAndRemainder(dividingBy: panels)
            let rows = WorkSplit.panel(panel, of: panels, rowCount: rowCount)
            body(block * step..<min((block + 1) * step, tileCount), rows)
            page.bump()
        }
    }

    /// Hands each thread its tiles of several parts that have `tileCount` each, a block of one part at a time.
    func blocks(
        ofParts partCount: Int, tileCount: Int, rowCount: (Int) -> Int,
        _ body: (_ part: Int, _ tiles: Range<Int>, _ rows: Range<Int>) -> Void
    ) {
        guard partCount * tileCount > 0 else { return page.bump() }
        team.run(itemCount: partCount * tileCount) { range in
            var item = range.lowerBound
            while item < range.upperBound {
                let (part, tile) = item.quotientAndRemainder(dividingBy: tileCount)
                let rowCount = rowCount(part), panels = WorkSplit.panelCount(rowCount: rowCount)
                let step = WorkSplit.tileCount(rowCount: rowCount)
                let end = min(tile + step, tileCount, tile + range.upperBound - item)
                for panel in 0..<panels {
                    body(part, tile..<end, WorkSplit.panel(panel, of: panels, rowCount: rowCount))
                    page.bump()
                }
                item += end - tile
            }
        }
    }

    /// Tiles of one matrix call for so many rows.
    private static func tileCount(rowCount: Int) -> Int {
        let few = blockSize / max(rowCount, 1) / tileCounts.lowerBound * tileCounts.lowerBound
        return min(max(few, tileCounts.lowerBound), tileCounts.upperBound)
    }

    /// Matrix calls, one after the other, that so many rows take.
    private static func panelCount(rowCount: Int) -> Int { (rowCount + rowCountMax - 1) / rowCountMax }

    /// The rows of one of `count` calls, dealt evenly.
    private static func panel(_ index: Int, of count: Int, rowCount: Int) -> Range<Int> {
        index * rowCount / count..<(index + 1) * rowCount / count
    }

    /// Computes some rows of those of a part's tiles, which begin at `offset` in the common count, that lie in `tiles`.
    func compute(_ x: LinearInput, _ part: LinearPart, tiles: Range<Int>, rows: Range<Int>, offset: Int = 0) {
        let lower = max(tiles.lowerBound - offset, 0), upper = min(tiles.upperBound - offset, part.tileCount)
        guard lower < upper else { return }
        let outputs = part.outputs(ofTiles: lower..<upper), layer = part.layer
        let y = part.output.columns(part.columns(of: outputs)).rows(rows)
        switch x {
        case .floats(let x):
            kernels.matmul(x.rows(rows), layer.matrix, rows: outputs, bias: layer.bias, into: y)
        case .quantized(let x):
            kernels.matmul(x.rows(rows), layer.matrix, rows: outputs, bias: layer.bias, into: y)
        }
    }
}

/// The input rows of a linear layer.
enum LinearInput {
    case floats(FloatView)
    case quantized(QuantizedRows)

    var rowCount: Int {
        switch self {
        case .floats(let rows): rows.rowCount
        case .quantized(let rows): rows.rowCount
        }
    }

    /// The rows of a range.
    func rows(_ range: Range<Int>) -> LinearInput {
        switch self {
        case .floats(let rows): .floats(rows.rows(range))
        case .quantized(let rows): .quantized(rows.rows(range))
        }
    }
}
