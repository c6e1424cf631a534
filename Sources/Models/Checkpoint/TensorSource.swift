import Tensors

/// Where a pack entry's numbers are in a checkpoint: a part of one of its tensors, checked against the
/// configuration.
struct TensorSource {
    /// The file that holds the tensor.
    let file: CheckpointFile
    /// First byte of the tensor in the file.
    let byteOffset: Int
    /// How its numbers are stored.
    let storage: WeightStorage
    /// Whether outputs or inputs follow each other.
    let order: WeightOrder
    /// The entry's first row among the tensor's outputs: a fused tensor holds several entries.
    let firstRow: Int
    /// Elements from one output (or input, if input-major) to the next.
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
}
