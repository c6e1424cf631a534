package import Tensors

/// The weights of one decoder layer.
package struct DecoderLayer {
    /// Before attention.
    package let attentionNorm: NormLayer
    /// One row per element of all query heads.
    package let query: LinearLayer
    /// One row per element of all KV heads.
    package let key: LinearLayer
    /// One row per element of all KV heads.
    package let value: LinearLayer
    /// From all query heads back to the residual stream.
    package let attentionOutput: LinearLayer
    /// Before the MLP.
    package let feedForwardNorm: NormLayer
    /// The gate of a gated MLP, or nil.
    package let gate: LinearLayer?
    /// The MLP's first layer; multiplied by the activated gate, if there is one.
    package let up: LinearLayer
    /// The MLP's last layer, back to the residual stream.
    package let down: LinearLayer
}

/// A decoder-only model as the executor computes it: weights in a pack and what distinguishes the families.
///
/// Families/ has one initializer per family. Views of a pack, which must live as long.
package struct DecoderModel {
    /// One row per token id.
    package let tokenEmbedding: FloatView
    /// One row per position, for learned positions.
    package let positionEmbedding: FloatView?
    /// Rotary frequencies, for rotary positions.
    package let rotary: RoPEFrequencies?
    /// The layers in order.
    package let layers: [DecoderLayer]
    /// The MLP's function; gated if the layers have gates.
    package let activation: Tensors.Activation
    /// After the last layer.
    package let finalNorm: NormLayer
    /// One output per token id.
    package let outputHead: LinearLayer
    /// Multiplies each attention score.
    package let attentionScale: Float

    /// The model of a pack, by its family.
    package init(_ configuration: ModelConfiguration, pack: Pack, maxSequenceLength: Int) {
        switch configuration.family {
        case .llama: self.init(llama: configuration, pack: pack, maxSequenceLength: maxSequenceLength)
        case .gpt2: self.init(gpt2: configuration, pack: pack)
        }
    }
}

extension ModelConfiguration {
    /// 1 / sqrt(head dimension), computed in f64 and rounded, as transformers passes it to its kernels.
    var attentionScale: Float { Float(1 / Double(headDimension).squareRoot()) }

    /// The kernel of the MLP's function.
    var activationKernel: Tensors.Activation {
        switch activation {
        case .silu: .silu
        case .geluNew: .geluTanh
        case .gelu: .geluErf
        case .relu: .relu
        }
    }
}
