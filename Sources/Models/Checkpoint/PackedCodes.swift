import Tensors

/// A matrix that GPTQ or AWQ packed: four tensors, checked against each other and the configuration.
struct PackedCodes: Sendable {
    /// One tensor's bytes.
    struct Place: Sendable {
        let file: CheckpointFile
        let range: Range<Int>
    }

    /// Bits, direction and order of the codes.
    let words: CodeWords
    /// int32, [inputs / codes of a word][outputs], or [inputs][outputs / codes of a word].
    let codes: Place
    /// int32, [groups][outputs / codes of a word].
    let zeros: Place
    /// [groups][outputs].
    let scales: Place
    let scaleStorage: WeightStorage
    /// Outputs and inputs of the whole tensor.
    let outputCount: Int
    let inputCount: Int
    /// How many groups there are, and how many inputs one has.
    let groupCount: Int
    let groupInputCount: Int
    /// Whether a group is all of a row, however long.
    let isRowGroup: Bool
    /// The group of every input where groups are not neighbours (act-order).
    let groupIndices: [UInt32]?
    /// Added to every stored zero.
    let zeroAddend: Int
    /// Whether every zero must be the middle code.
    let isSymmetric: Bool
    /// For errors.
    let name: String

    /// The middle code.
    var middle: Int { 1 << (words.bitCount - 1) }

    /// Words of a line of codes.
    var lineWordCount: Int {
        words.direction == .inputs ? outputCount : outputCount / words.codeCount
    }

    /// Lines of codes.
    var lineCount: Int { words.direction == .inputs ? inputCount / words.codeCount : inputCount }

    /// Inputs of a group in a tile that keeps the codes, or nil where no tile can.
    var keptGroupCount: Int? {
        if isRowGroup { return 128 }
        if groupInputCount == 32 || groupInputCount == 64 { return groupInputCount }
        return groupInputCount.isMultiple(of: 128) || groupCount == 1 ? 128 : nil
    }

    /// The format of a matrix that can hold the same codes, scales and zeros, or nil.
    var keptFormat: MatrixFormat? {
        guard let group = keptGroupCount, groupIndices == nil, scaleStorage == .f16 else { return nil }
        if isSymmetric { return .quantized(Quantization(bitCount: words.bitCount, groupCount: group)) }
        guard words.bitCount == 4 else { return nil }
        return .quantized(Quantization(bitCount: 4, groupCount: group, hasZeros: true))
    }

    /// Groups of a kept tile for one group of the codes.
    var repeatCount: Int {
        guard let group = keptGroupCount else { return 1 }
        return groupCount == 1 ? (inputCount + group - 1) / group : groupInputCount / group
    }

    /// The group of every input.
    var groups: [UInt32] {
        groupIndices ?? (0..<inputCount).map { UInt32($0 / groupInputCount) }
    }
}
