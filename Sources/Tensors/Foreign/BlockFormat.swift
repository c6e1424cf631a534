import CKernels

/// A block format of GGUF files, by its name there: codes with scales, 32 or 256 neighbouring inputs at a time.
package enum BlockFormat: String, Sendable, CaseIterable {
    case q4x0 = "Q4_0"
    case q4x1 = "Q4_1"
    case q5x0 = "Q5_0"
    case q5x1 = "Q5_1"
    case q8x0 = "Q8_0"
    case q2K = "Q2_K"
    case q3K = "Q3_K"
    case q4K = "Q4_K"
    case q5K = "Q5_K"
    case q6K = "Q6_K"

    /// Inputs of a block.
    package var inputCount: Int { sk_block_inputs(identifier) }
    /// Bytes of a block.
    package var byteCount: Int { sk_block_bytes(identifier) }

    /// The format of a matrix that can hold the same codes and scales, or nil.
    package var keptFormat: MatrixFormat? {
        switch self {
        case .q4x0: .quantized(Quantization(bitCount: 4, groupCount: 32))
        case .q8x0: .quantized(Quantization(bitCount: 8, groupCount: 32))
        default: nil
        }
    }

    var identifier: sk_blocks {
        switch self {
        case .q4x0: SK_BLOCKS_Q4_0
        case .q4x1: SK_BLOCKS_Q4_1
        case .q5x0: SK_BLOCKS_Q5_0
        case .q5x1: SK_BLOCKS_Q5_1
        case .q8x0: SK_BLOCKS_Q8_0
        case .q2K: SK_BLOCKS_Q2_K
        case .q3K: SK_BLOCKS_Q3_K
        case .q4K: SK_BLOCKS_Q4_K
        case .q5K: SK_BLOCKS_Q5_K
        case .q6K: SK_BLOCKS_Q6_K
        }
    }
}

/// How the numbers of a stored tensor's rows are written.
package enum RowFormat: Hashable, Sendable {
    /// One after the other.
    case plain(WeightStorage)
    /// In blocks; a row is a whole number of them.
    case blocks(BlockFormat)

    /// Bytes of so many neighbouring elements of one row, from its start.
    package func byteCount(of elementCount: Int) -> Int {
        switch self {
        case .plain(let storage): elementCount * storage.byteCount
        case .blocks(let format): elementCount / format.inputCount * format.byteCount
        }
    }
}
