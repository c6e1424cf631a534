import CKernels

/// How a matrix's weights are stored in its tiles.
package enum MatrixFormat: Hashable, Sendable {
    /// [inputCount][32] of f32.
    case f32
    /// [inputCount][32] of bf16.
    case bf16
    /// Codes with a scale each group.
    case quantized(Quantization)

    /// Bytes of one tile of a matrix with so many inputs; nil if they overflow.
    package func tileByteCount(inputCount: Int) -> Int? {
        // A code of 4 bits takes half a byte; no format takes less, and none of f32's size overflows an Int.
        guard inputCount >= 0, inputCount <= 1 << 40 else { return nil }
        return switch self {
        case .f32: inputCount * TileMatrix.tileOutputCount * 4
        case .bf16: inputCount * TileMatrix.tileOutputCount * 2
        case .quantized(let quantization): quantization.tileByteCount(inputCount: inputCount)
        }
    }
}

/// How a quantized matrix keeps its numbers; see `sk_quantization` in CKernels.
package struct Quantization: Hashable, Sendable {
    /// Bits of a code: 8 or 4.
    package let bitCount: Int
    /// Inputs of a group: 32, 64 or 128.
    package let groupCount: Int
    /// Whether every group of an output has a zero of its own; with 4 bits only.
    package let hasZeros: Bool

    /// Describes a format; anything that no kernel knows is a bug.
    package init(bitCount: Int, groupCount: Int, hasZeros: Bool = false) {
        precondition(bitCount == 8 && !hasZeros || bitCount == 4, "\(bitCount) bits, zeros: \(hasZeros)")
        precondition([32, 64, 128].contains(groupCount), "groups of \(groupCount)")
        self.bitCount = bitCount
        self.groupCount = groupCount
        self.hasZeros = hasZeros
    }

    /// Bytes of one tile, a multiple of 64.
    func tileByteCount(inputCount: Int) -> Int {
        var value = kernelValue
        return unsafe sk_quantized_tile_bytes(&value, inputCount)
    }

    var kernelValue: sk_quantization {
        sk_quantization(bits: UInt32(bitCount), has_zeros: hasZeros, group: groupCount)
    }
}
