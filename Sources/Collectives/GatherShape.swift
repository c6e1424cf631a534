/// Which columns of a gathered matrix each rank owns; made once for each set of widths.
package struct GatherShape: Equatable, Sendable {
    /// How many columns each rank owns, in rank order; zero is legal.
    package let columnCounts: [Int]
    /// The first column of each rank, and after them the total.
    package let columnOffsets: [Int]

    /// Makes a shape from the width of every rank's slice.
    package init(columnCounts: [Int]) {
        precondition(columnCounts.allSatisfy { $0 >= 0 }, "negative column count in \(columnCounts)")
        self.columnCounts = columnCounts
        var offsets = [0]
        for count in columnCounts { offsets.append(offsets[offsets.count - 1] + count) }
        columnOffsets = offsets
    }

    /// The width of the whole matrix.
    package var columnCount: Int { columnOffsets[columnOffsets.count - 1] }

    /// How many ranks take part.
    package var rankCount: Int { columnCounts.count }

    /// The columns that `rank` owns.
    package func columns(of rank: Int) -> Range<Int> {
        columnOffsets[rank]..<columnOffsets[rank + 1]
    }
}
