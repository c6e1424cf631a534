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
    /// Of every head's query before it is rotated, or nil.
    package let queryNorm: NormLayer?
    /// Of every head's key before it is rotated, or nil.
    package let keyNorm: NormLayer?
    /// How many of the latest positions a token attends to, its own included; 0: all.
    package let attentionWindow: Int
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
/// Views of a pack, which must live as long.
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
    /// Whether the MLP reads what attention read, not what it added to.
    package let hasParallelResidual: Bool

    /// The model of a pack. Which parts it has follows from what the pack holds.
    package init(_ configuration: ModelConfiguration, pack: Pack, maxSequenceLength: Int) {
        let epsilon = configuration.normalizationEpsilon
        tokenEmbedding = pack.table(.tokenEmbedding)
        switch configuration.positions {
        case .learned:
            positionEmbedding = pack.table(.positionEmbedding)
            rotary = nil
        case .rotary:
            positionEmbedding = nil
            rotary = RoPEFrequencies(configuration, maxSequenceLength: maxSequenceLength)
        }
        layers = (0..<configuration.layerCount).map { layer in
            DecoderLayer(configuration, pack, layer: layer)
        }
        activation = configuration.activationKernel
        finalNorm = pack.norm(.finalNorm, bias: .finalNormBias, epsilon: epsilon)
        outputHead = LinearLayer(matrix: pack.matrix(.outputHead), bias: nil)
        attentionScale = configuration.attentionScale
        hasParallelResidual = configuration.hasParallelResidual
    }
}

extension DecoderLayer {
    fileprivate init(_ configuration: ModelConfiguration, _ pack: Pack, layer: Int) {
        let epsilon = configuration.normalizationEpsilon
        attentionNorm = pack.norm(.attentionNorm, bias: .attentionNormBias, layer: layer, epsilon: epsilon)
        query = pack.linear(.attentionQuery, bias: .attentionQueryBias, layer: layer)
        key = pack.linear(.attentionKey, bias: .attentionKeyBias, layer: layer)
        value = pack.linear(.attentionValue, bias: .attentionValueBias, layer: layer)
        queryNorm = pack.vector(.attentionQueryNorm, layer: layer).map { .rms(weight: $0, epsilon: epsilon) }
        keyNorm = pack.vector(.attentionKeyNorm, layer: layer).map { .rms(weight: $0, epsilon: epsilon) }
        attentionWindow = configuration.attentionWindows[layer]
        attentionOutput = pack.linear(.attentionOutput, bias: .attentionOutputBias, layer: layer)
        feedForwardNorm = pack.norm(
            .feedForwardNorm, bias: .feedForwardNormBias, layer: layer, epsilon: epsilon)
        gate =
            configuration.hasGate
            ? pack.linear(.feedForwardGate, bias: .feedForwardGateBias, layer: layer) : nil
        up = pack.linear(.feedForwardUp, bias: .feedForwardUpBias, layer: layer)
        down = pack.linear(.feedForwardDown, bias: .feedForwardDownBias, layer: layer)
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
