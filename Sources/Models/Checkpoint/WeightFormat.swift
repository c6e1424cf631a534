import Tensors

/// The format of a model's matrices, by its name in topologies and load orders.
package enum WeightFormat: String, Sendable, CaseIterable {
    case f32
    case bf16
    /// 8 bits, groups of 128.
    case int8
    case int8Group32 = "int8-g32"
    /// 4 bits, groups of 64.
    case int4
    case int4Group32 = "int4-g32"
    case int4Group128 = "int4-g128"
    case int4Group32Asymmetric = "int4-g32-asym"
    case int4Group64Asymmetric = "int4-g64-asym"
    case int4Group128Asymmetric = "int4-g128-asym"

    /// Parameters from which on `auto` is 4 bits.
    static let automaticNarrowParameterCount = 1_500_000_000

    /// The format that `auto` stands for: int8, and int4 for models of 1.5 billion parameters and more.
    static func automatic(parameterCount: Int) -> WeightFormat {
        parameterCount < automaticNarrowParameterCount ? .int8 : .int4
    }

    /// How a matrix is stored. The output head has at least 8 bits.
    func matrixFormat(of role: TensorRole) -> MatrixFormat {
        guard case .quantized(let quantization) = general, quantization.bitCount < 8, role == .outputHead
        else {
            return general
        }
        return .quantized(Quantization(bitCount: 8, groupCount: quantization.groupCount))
    }

    /// Whether rows of activations are quantized.
    var isQuantized: Bool {
        guard case .quantized = general else { return false }
        return true
    }

    private var general: MatrixFormat {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: .quantized(Quantization(bitCount: 8, groupCount: 128))
        case .int8Group32: .quantized(Quantization(bitCount: 8, groupCount: 32))
        case .int4: .quantized(Quantization(bitCount: 4, groupCount: 64))
        case .int4Group32: .quantized(Quantization(bitCount: 4, groupCount: 32))
        case .int4Group128: .quantized(Quantization(bitCount: 4, groupCount: 128))
        case .int4Group32Asymmetric: .quantized(Quantization(bitCount: 4, groupCount: 32, hasZeros: true))
        case .int4Group64Asymmetric: .quantized(Quantization(bitCount: 4, groupCount: 64, hasZeros: true))
        case .int4Group128Asymmetric: .quantized(Quantization(bitCount: 4, groupCount: 128, hasZeros: true))
        }
    }
}
