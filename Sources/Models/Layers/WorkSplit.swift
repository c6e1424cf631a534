package import Platform
package import Tensors

/// How a rank's threads share work: items in contiguous parts, or one by one; each item bumps the rank's
/// progress.
///
/// Which thread computes what never changes a bit: every item writes outputs of its own.
package struct WorkSplit {
    /// Items (of a few microseconds each) below which one thread does all.
    private static let smallCount = 4
    /// Rows by tiles of one matrix call: one tile by 64 rows of work (design 2), shaped as the kernels like it, which
    /// take two tiles at a time.
    private static let itemSize = 64
    private static let rowCountMax = 32

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

    /// Computes one to three linear layers of the same input, their tiles in contiguous parts, one per
    /// thread.
    func linear(_ x: FloatView, _ first: LinearPart, _ second: LinearPart? = nil, _ third: LinearPart? = nil)
    {
        let firstCount = first.tileCount
        let secondEnd = firstCount + (second?.tileCount ?? 0)
        let count = secondEnd + (third?.tileCount ?? 0)
        guard count > 0, x.rowCount > 0 else { return page.bump() }
        let input = input(x, of: first.layer.matrix)
        team.run(itemCount: count) { range in
            compute(input, first, tiles: range, offset: 0)
            if let second { compute(input, second, tiles: range, offset: firstCount) }
            if let third { compute(input, third, tiles: range, offset: secondEnd) }
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

    /// Hands each thread its tiles of a part, a few at a time.
    func tiles(of part: LinearPart, rowCount: Int, _ body: (Range<Int>) -> Void) {
        guard part.tileCount > 0, rowCount > 0 else { return page.bump() }
        let step = WorkSplit.tileCount(rowCount: rowCount)
        team.run(itemCount: part.tileCount) { range in
            var tile = range.lowerBound
            while tile < range.upperBound {
                let next = min(tile + step, range.upperBound)
                body(tile..<next)
                tile = next
            }
        }
    }

    /// Hands each thread its tiles of several parts that have `tileCount` each, a few tiles of one part at a time.
    func tiles(
        ofParts partCount: Int, tileCount: Int, rowCount: (Int) -> Int,
        _ body: (_ part: Int, _ tiles: Range<Int>) -> Void
    ) {
        guard partCount * tileCount > 0 else { return page.bump() }
        team.run(itemCount: partCount * tileCount) { range in
            var item = range.lowerBound
            while item < range.upperBound {
                let (part, tile) = item.quotientAndRemainder(dividingBy: tileCount)
                let step = WorkSplit.tileCount(rowCount: rowCount(part))
                let end = min(tile + step, tileCount, tile + range.upperBound - item)
                body(part, tile..<end)
                item += end - tile
            }
        }
    }

    /// Tiles of one matrix call: more for few rows, so that a call is never more work than one tile by 64 rows, the
    /// work item of design 2, and never tiny.
    static func tileCount(rowCount: Int) -> Int { itemSize / min(rowCount, rowCountMax) }

    /// Computes those of a part's tiles, which begin at `offset` in the common count, that lie in `tiles`.
    func compute(_ x: LinearInput, _ part: LinearPart, tiles: Range<Int>, offset: Int) {
        var tile = max(tiles.lowerBound - offset, 0)
        let end = min(tiles.upperBound - offset, part.tileCount)
        let step = WorkSplit.tileCount(rowCount: x.rowCount)
        while tile < end {
            let next = min(tile + step, end)
            let outputs = part.outputs(ofTiles: tile..<next)
            compute(x, part, outputs: outputs)
            tile = next
        }
    }

    private func compute(_ x: LinearInput, _ part: LinearPart, outputs: Range<Int>) {
        let y = part.output.columns(part.columns(of: outputs))
        let layer = part.layer
        var row = 0
        while row < x.rowCount {
            let rows = row..<min(row + WorkSplit.rowCountMax, x.rowCount)
            switch x {
            case .floats(let x):
                kernels.matmul(
                    x.rows(rows), layer.matrix, rows: outputs, bias: layer.bias, into: y.rows(rows))
            case .quantized(let x):
                kernels.matmul(
                    x.rows(rows), layer.matrix, rows: outputs, bias: layer.bias, into: y.rows(rows))
            }
            page.bump()
            row = rows.upperBound
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
