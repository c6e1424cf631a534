package import Platform
package import Tensors

/// How a rank's threads share work: items in contiguous parts, or one by one; each item bumps the rank's
/// progress.
///
/// Which thread computes what never changes a bit: every item writes outputs of its own.
package struct WorkSplit {
    /// Items (of a few microseconds each) below which one thread does all.
    private static let smallCount = 4
    /// Rows of one matrix call at most (design 2).
    private static let rowCountMax = 64

    let team: ThreadTeam
    let kernels: Kernels
    let page: RankPage

    /// Splits over a team, reporting progress to a line of the control page.
    package init(team: ThreadTeam, kernels: Kernels, page: RankPage) {
        self.team = team
        self.kernels = kernels
        self.page = page
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
        team.run(itemCount: count) { range in
            compute(x, first, tiles: range, offset: 0)
            if let second { compute(x, second, tiles: range, offset: firstCount) }
            if let third { compute(x, third, tiles: range, offset: secondEnd) }
        }
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
    static func tileCount(rowCount: Int) -> Int { max(1, rowCountMax / rowCount) }

    /// Computes those of a part's tiles, which begin at `offset` in the common count, that lie in `tiles`.
    func compute(_ x: FloatView, _ part: LinearPart, tiles: Range<Int>, offset: Int) {
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

    private func compute(_ x: FloatView, _ part: LinearPart, outputs: Range<Int>) {
        let y = part.output.columns(part.columns(of: outputs))
        var row = 0
        while row < x.rowCount {
            let rows = row..<min(row + WorkSplit.rowCountMax, x.rowCount)
            kernels.matmul(
                x.rows(rows), part.layer.matrix, rows: outputs, bias: part.layer.bias, into: y.rows(rows))
            page.bump()
            row = rows.upperBound
        }
    }
}
