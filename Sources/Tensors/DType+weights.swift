extension DType {
    /// How weights of this type are packed, or nil if they cannot be.
    package var weightStorage: WeightStorage? {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .f16: .f16
        default: nil
        }
    }
}
