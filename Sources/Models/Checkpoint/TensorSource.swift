import Tensors

/// Where a pack entry's numbers are in a checkpoint: a part of one of its tensors, checked against the
/// configuration.
struct TensorSource {
    /// The file that holds the tensor.
    let file: CheckpointFile
    /// First byte of the tensor in the file.
    let byteOffset: Int
    /// How its rows are written.
    let format: RowFormat
    /// Whether outputs or inputs follow each other.
    let order: WeightOrder
    /// The entry's first row among the tensor's outputs: a fused tensor holds several entries.
    let firstRow: Int
    /// How the entry's rows lie in a fused tensor where they do not follow each other; output-major only.
    let groups: RowGroups?
    /// Elements from one output (or input, if input-major) to the next.
    let stride: Int
    /// Added to every element; vectors only.
    let addend: Float
    /// Rows of a head, where the file has the first row of its second half behind the first row of its first half, and
    /// so on; nil: rows are in order.
    var interleavedRowCount: Int?
    /// What the entry is made from where the matrix was packed by another program; nothing else counts then but rows.
    var codes: PackedCodes?

    /// The format of a matrix that can hold the stored codes as they are, or nil.
    var keptFormat: MatrixFormat? {
        if let codes { return codes.keptFormat }
        if case .blocks(let blocks) = format { return blocks.keptFormat }
        return nil
    }

    /// Where a row of the entry is in the tensor, and how many rows, it included, follow each other there.
    func run(from row: Int) -> (first: Int, count: Int) {
        if let interleavedRowCount {
            let (head, inside) = row.quotientAndRemainder(dividingBy: interleavedRowCount)
            let (half, pair) = inside.quotientAndRemainder(dividingBy: interleavedRowCount / 2)
            return (firstRow + head * interleavedRowCount + 2 * pair + half, 1)
        }
        guard let groups else { return (firstRow + row, Int.max) }
        let (group, inside) = row.quotientAndRemainder(dividingBy: groups.rowCount)
        return (firstRow + group * groups.stride + inside, groups.rowCount - inside)
    }
}

/// Rows of an entry that lie in a fused tensor in groups, such as a head's.
struct RowGroups: Equatable {
    /// Rows that follow each other.
    let rowCount: Int
    /// Rows of the tensor from one group to the next.
    let stride: Int
}

/// What a checkpoint calls the tensor behind a pack entry, and the shape it must have.
struct TensorName {
    /// Names it may have, the first one present is taken.
    let candidates: [String]
    /// Needed dimensions of the whole tensor.
    let dimensions: [Int]
    /// Whether outputs or inputs follow each other.
    var order = WeightOrder.outputMajor
    /// The entry's first row among the tensor's outputs.
    var firstRow = 0
    /// How its rows lie in a fused tensor; nil: one after the other.
    var groups: RowGroups?
    /// Added to every element when it is packed; vectors only.
    var addend: Float = 0
}
