package import Tensors

/// A normalization: of the residual stream, computed in full by every rank, or of the heads of a rank.
package enum NormLayer {
    /// RMSNorm.
    case rms(weight: FloatView, epsilon: Float)
    /// LayerNorm.
    case layer(weight: FloatView, bias: FloatView, epsilon: Float)

    /// Normalizes every row of x into y, which may be x.
    func apply(_ x: FloatView, into y: MutableFloatView, kernels: Kernels) {
        switch self {
        case .rms(let weight, let epsilon):
            kernels.rmsNorm(x, weight: weight, epsilon: epsilon, into: y)
        case .layer(let weight, let bias, let epsilon):
            kernels.layerNorm(x, weight: weight, bias: bias, epsilon: epsilon, into: y)
        }
    }
}

extension Pack {
    /// A norm that every model has: LayerNorm where it has a bias, else RMSNorm.
    func norm(_ role: TensorRole, bias: TensorRole, layer: Int? = nil, epsilon: Float) -> NormLayer {
        guard let weight = vector(role, layer: layer) else {
            preconditionFailure("the model has no \(role) in layer \(layer.map(String.init) ?? "-")")
        }
        guard let bias = vector(bias, layer: layer) else { return .rms(weight: weight, epsilon: epsilon) }
        return .layer(weight: weight, bias: bias, epsilon: epsilon)
    }
}
