import Tensors

/// The format of a model's matrices, by its name in topologies and load orders.
package enum WeightFormat: String, Sendable, CaseIterable {
    case f32
    case bf16
    /// 8 bits, groups of 128; of 32 in small models.
    case int8
    case int8Group32 = "int8-g32"
    case int8Group128 = "int8-g128"
    /// 4 bits, groups of 64; of 32 in small models.
    case int4
    case int4Group32 = "int4-g32"
    case int4Group64 = "int4-g64"
    case int4Group128 = "int4-g128"
    case int4Group32Asymmetric = "int4-g32-asym"
    case int4Group64Asymmetric = "int4-g64-asym"
    case int4Group128Asymmetric = "int4-g128-asym"
    /// As the checkpoint has its matrices, codes and scales unchanged; 8 bits for those that no tile can hold so.
    case stored

    /// Parameters from which on `auto` is 4 bits.
    private static let automaticNarrowParameterCount = 1_500_000_000
    /// Hidden size below which a model is small: it is fast enough, and large groups cost it most.
    private static let smallHiddenCount = 512

    /// The format that `auto` stands for: int8, and int4 for models of 1.5 billion parameters and more.
    package static func automatic(parameterCount: Int) -> WeightFormat {
        parameterCount < automaticNarrowParameterCount ? .int8 : .int4
    }

    /// Formats that do not depend on how a checkpoint stores its weights.
    package static var independent: [WeightFormat] { allCases.filter { $0 != .stored } }

    /// How a matrix of a model is stored. The output head has at least 8 bits; what chooses experts is not quantized.
    func matrixFormat(of role: TensorRole, in configuration: ModelConfiguration) -> MatrixFormat {
        if isQuantized, role == .expertRouter || role == .sharedExpertRouter { return .f32 }
        let format = matrixFormat(isSmall: configuration.hiddenCount < WeightFormat.smallHiddenCount)
        guard case .quantized(let quantization) = format, quantization.bitCount < 8, role == .outputHead
        else {
            return format
        }
        return .quantized(Quantization(bitCount: 8, groupCount: quantization.groupCount))
    }

    /// Whether rows of activations are quantized.
    var isQuantized: Bool { self != .f32 && self != .bf16 }

    private func matrixFormat(isSmall: Bool) -> MatrixFormat {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: quantized(8, isSmall ? 32 : 128)
        case .int8Group32: quantized(8, 32)
        case .int8Group128: quantized(8, 128)
        case .int4: quantized(4, isSmall ? 32 : 64)
        case .int4Group32: quantized(4, 32)
        case .int4Group64: quantized(4, 64)
        case .int4Group128: quantized(4, 128)
        case .int4Group32Asymmetric: quantized(4, 32, hasZeros: true)
        case .int4Group64Asymmetric: quantized(4, 64, hasZeros: true)
        case .int4Group128Asymmetric: quantized(4, 128, hasZeros: true)
        case .stored: quantized(8, 32)
        }
    }

    private func quantized(_ bitCount: Int, _ groupCount: Int, hasZeros: Bool = false) -> MatrixFormat {
        .quantized(Quantization(bitCount: bitCount, groupCount: groupCount, hasZeros: hasZeros))
    }
}
