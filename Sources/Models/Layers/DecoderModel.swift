package import Tensors

/// The weights of one decoder layer.
package struct DecoderLayer {
    /// Of attention.
    let attentionNorms: HalfNorms
    /// One row per element of all query heads.
    let query: LinearLayer
    /// One row per element of all KV heads.
    let key: LinearLayer
    /// One row per element of all KV heads.
    let value: LinearLayer
    /// Of every head's query before it is rotated, or nil.
    let queryNorm: NormLayer?
    /// Of every head's key before it is rotated, or nil.
    let keyNorm: NormLayer?
    /// Which of the model's frequencies rotate queries and keys; nil: none.
    let rotaryIndex: Int?
    /// How many of the latest positions a token attends to, its own included; 0: all.
    let attentionWindow: Int
    /// From all query heads back to the residual stream.
    let attentionOutput: LinearLayer
    /// Of the MLP.
    let feedForwardNorms: HalfNorms
    /// The MLP, or experts.
    let feedForward: FeedForward
}

/// The second half of a layer.
enum FeedForward {
    /// One MLP for all rows.
    case dense(MLPLayer)
    /// Experts.
    case sparse(SparseLayer)
}

/// An MLP's weights.
struct MLPLayer {
    /// The gate of a gated MLP, or nil.
    let gate: LinearLayer?
    /// The first layer; multiplied by the activated gate, if there is one.
    let up: LinearLayer
    /// The last layer, back to the residual stream.
    let down: LinearLayer
}

/// A router and its experts.
struct SparseLayer {
    /// One row per expert.
    let router: LinearLayer
    /// By their ids.
    let experts: [MLPLayer]
    /// The expert that all rows go to, and the one row that says how much of it each takes; nil: none.
    let shared: (router: LinearLayer, expert: MLPLayer)?
}

/// A decoder-only model as the executor computes it: weights in a pack and what distinguishes the families.
///
/// Views of a pack, which must live as long.
package struct DecoderModel {
    /// One row per token id.
    package let tokenEmbedding: FloatView
    /// One row per position, for learned positions.
    package let positionEmbedding: FloatView?
    /// From embeddings to the residual stream, where they differ in width.
    let embeddingInput: LinearLayer?
    /// From the normalized stream to what the output head reads, where they differ in width.
    let embeddingOutput: LinearLayer?
    /// Multiplies embeddings.
    let embeddingScale: Float
    /// Of embeddings, or nil.
    let embeddingNorm: NormLayer?
    /// Rotary frequencies: the model's, then those of layers whose rotation is `local`. None where positions are not
    /// rotary.
    let rotaries: [RoPEFrequencies]
    /// What is added to attention scores, or nil.
    let alibi: ALiBi?
    /// The layers in order.
    package let layers: [DecoderLayer]
    /// The MLP's function; gated if the layers have gates.
    package let activation: Tensors.Activation
    /// After the last layer, or nil.
    package let finalNorm: NormLayer?
    /// One output per token id.
    package let outputHead: LinearLayer
    /// Multiplies each attention score.
    package let attentionScale: Float
    /// Bounds attention scores by tanh; 0: not.
    let attentionSoftCap: Float
    /// Bounds logits by tanh; 0: not.
    let logitSoftCap: Float
    /// Queries, keys and values are cut off there; 0: not.
    let queryKeyValueLimit: Float
    /// Whether the MLP reads what attention read, not what it added to.
    package let hasParallelResidual: Bool

    /// The model of a pack. Which parts it has follows from what the pack holds.
    package init(_ configuration: ModelConfiguration, pack: Pack, maxSequenceLength: Int) {
        tokenEmbedding = pack.table(.tokenEmbedding)
        positionEmbedding = configuration.positions == .learned ? pack.table(.positionEmbedding) : nil
        let isProjected = configuration.hasEmbeddingProjections
        embeddingInput = isProjected ? pack.linear(.embeddingInput) : nil
        embeddingOutput = isProjected ? pack.linear(.embeddingOutput) : nil
        embeddingScale = configuration.embeddingScale
        embeddingNorm = pack.norm(.embeddingNorm, bias: .embeddingNormBias, configuration)
        rotaries = configuration.rotaries(maxSequenceLength: maxSequenceLength)
        alibi = configuration.alibi
        layers = (0..<configuration.layerCount).map { layer in
            DecoderLayer(configuration, pack, layer: layer)
        }
        activation = configuration.activationKernel
        finalNorm = pack.norm(.finalNorm, bias: .finalNormBias, configuration)
        outputHead = pack.linear(.outputHead)
        attentionScale = configuration.attentionScale
        attentionSoftCap = configuration.attentionSoftCap
        logitSoftCap = configuration.logitSoftCap
        queryKeyValueLimit = configuration.queryKeyValueLimit
        hasParallelResidual = configuration.hasParallelResidual
    }
}

extension DecoderLayer {
    fileprivate init(_ configuration: ModelConfiguration, _ pack: Pack, layer: Int) {
        let isAfter = configuration.normPlacement == .after
        func half(_ role: TensorRole, bias: TensorRole, output: TensorRole) -> HalfNorms {
            let norm = pack.norm(role, bias: bias, layer: layer, configuration)
            return HalfNorms(
                input: isAfter ? nil : norm, output: pack.norm(output, layer: layer, configuration),
                sum: isAfter ? norm : nil)
        }
        attentionNorms = half(.attentionNorm, bias: .attentionNormBias, output: .attentionOutputNorm)
        query = pack.linear(.attentionQuery, bias: .attentionQueryBias, layer: layer)
        key = pack.linear(.attentionKey, bias: .attentionKeyBias, layer: layer)
        value = pack.linear(.attentionValue, bias: .attentionValueBias, layer: layer)
        queryNorm = pack.norm(.attentionQueryNorm, layer: layer, configuration)
        keyNorm = pack.norm(.attentionKeyNorm, layer: layer, configuration)
        rotaryIndex =
            switch configuration.rotations[layer] {
            case .none: nil
            case .whole: 0
            case .local: 1
            }
        attentionWindow = configuration.attentionWindows[layer]
        attentionOutput = pack.linear(.attentionOutput, bias: .attentionOutputBias, layer: layer)
        feedForwardNorms = half(
            .feedForwardNorm, bias: .feedForwardNormBias, output: .feedForwardOutputNorm)
        feedForward =
            configuration.experts?.isSparse[layer] ?? false
            ? .sparse(SparseLayer(configuration, pack, layer: layer))
            : .dense(
                MLPLayer(
                    gate: configuration.hasGate
                        ? pack.linear(.feedForwardGate, bias: .feedForwardGateBias, layer: layer) : nil,
                    up: pack.linear(.feedForwardUp, bias: .feedForwardUpBias, layer: layer),
                    down: pack.linear(.feedForwardDown, bias: .feedForwardDownBias, layer: layer)))
    }
}

extension SparseLayer {
    fileprivate init(_ configuration: ModelConfiguration, _ pack: Pack, layer: Int) {
        router = pack.linear(.expertRouter, layer: layer)
        experts = (0..<(configuration.experts?.count ?? 0)).map { expert in
            func linear(_ role: TensorRole) -> LinearLayer {
                LinearLayer(matrix: pack.matrix(role, layer: layer, expert: expert), bias: nil)
            }
            return MLPLayer(
                gate: linear(.expertGate), up: linear(.expertUp), down: linear(.expertDown))
        }
        guard pack.has(.sharedExpertRouter, layer: layer) else {
            shared = nil
            return
        }
        shared = (
            router: pack.linear(.sharedExpertRouter, layer: layer),
            expert: MLPLayer(
                gate: pack.linear(.sharedExpertGate, layer: layer),
                up: pack.linear(.sharedExpertUp, layer: layer),
                down: pack.linear(.sharedExpertDown, layer: layer))
        )
    }
}

extension ModelConfiguration {
    /// How many lists of frequencies the model rotates by.
    var rotaryCount: Int { positions == .rotary ? rotations.contains(.local) ? 2 : 1 : 0 }

    fileprivate func rotaries(maxSequenceLength: Int) -> [RoPEFrequencies] {
        let all = [
            RoPEFrequencies(self, maxSequenceLength: maxSequenceLength),
            RoPEFrequencies(base: localRoPETheta, dimension: rotaryDimension),
        ]
        return Array(all.prefix(rotaryCount))
    }

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
