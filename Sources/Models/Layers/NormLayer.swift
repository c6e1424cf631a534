package import Tensors

/// A normalization: of the residual stream, computed in full by every rank, or of the heads of a rank.
package enum NormLayer {
    /// RMSNorm.
    case rms(weight: FloatView, epsilon: Float)
    /// LayerNorm, with a bias or without.
    case layer(weight: FloatView, bias: FloatView?, epsilon: Float)

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

/// The norms of one half of a layer, attention or MLP.
package struct HalfNorms {
    /// Of the residual stream before the half; nil: the half reads the stream as it is.
    let input: NormLayer?
    /// Of what the half adds to the stream, or nil.
    let output: NormLayer?
    /// Of the stream once that is added, or nil.
    let sum: NormLayer?
}

extension Pack {
    /// A norm, or nil where the model has none such.
    func norm(
        _ role: TensorRole, bias: TensorRole? = nil, layer: Int? = nil, _ configuration: ModelConfiguration
    ) -> NormLayer? {
        guard let weight = vector(role, layer: layer) else { return nil }
        let epsilon = configuration.normalizationEpsilon
        guard configuration.hasLayerNorm else { return .rms(weight: weight, epsilon: epsilon) }
        return .layer(
            weight: weight, bias: bias.flatMap { vector($0, layer: layer) }, epsilon: epsilon)
    }
}
