package import Foundation
package import WorkerMessages

/// The architectures this build computes, by their `model_type`; Families/ has a file for each.
package enum ModelFamily: String, Sendable, CaseIterable {
    case llama, mistral, mixtral, qwen2, qwen3, phi3, smollm3, gemma, gemma2, stablelm, falcon, mpt, bloom,
        gpt2, opt
    case qwen2MoE = "qwen2_moe"
    case qwen3MoE = "qwen3_moe"
    case gemma3 = "gemma3_text"
    case gptNeoX = "gpt_neox"
}

/// How positions get into a model.
package enum PositionEncoding: Equatable, Sendable {
    /// Queries and keys are rotated by angles.
    case rotary
    /// A learned row per position is added to the token's.
    case learned
    /// A number by head and distance is added to every attention score.
    case alibi
}

/// How one layer rotates queries and keys.
package enum LayerRotation: Equatable, Sendable {
    /// Not at all.
    case none
    /// By the model's frequencies.
    case whole
    /// By plain frequencies of `localRoPETheta`.
    case local
}

/// Where the norms of a layer's two halves, attention and MLP, stand.
package enum NormPlacement: Equatable, Sendable {
    /// Of the residual stream before each half.
    case before
    /// Of the stream before each half, and of what it adds.
    case around
    /// Of the stream after each half was added to it, and none at the end.
    case after
}

/// The experts of a model's sparse layers.
package struct ExpertConfiguration: Equatable, Sendable {
    /// Experts of a layer.
    package var count: Int
    /// How many of them a row goes to.
    package var chosenCount: Int
    /// Width of each, `d_ff`.
    package var feedForwardCount: Int
    /// Whether the weights of the chosen ones are divided by their sum.
    package var isNormalized: Bool
    /// Width of the expert that every row goes to, or 0.
    package var sharedFeedForwardCount = 0
    /// By layer, whether it has experts instead of an MLP.
    package var isSparse: [Bool]
}

/// The function between the two halves of an MLP, by its transformers name.
package enum Activation: String, Sendable, CaseIterable {
    /// x / (1 + exp(-x)).
    case silu
    /// GELU with tanh, as GPT-2 has it.
    case geluNew = "gelu_new"
    /// GELU with erf.
    case gelu
    /// max(x, 0).
    case relu
}

/// How rotary frequencies are stretched beyond the length a model was trained for.
package enum RoPEScaling: Equatable, Sendable {
    /// Positions are divided by the factor.
    case linear(factor: Double)
    /// The base grows with the length (numerics.md 7: chosen once by max_sequence_length).
    case dynamic(factor: Double)
    /// Llama 3.1: low frequencies are divided, high ones kept, a smooth ramp between.
    case llama3(
        factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalPositionCount: Int)
    /// YaRN: low frequencies are divided, high ones kept, a linear ramp between; cosines and sines are multiplied.
    case yarn(YaRN)
    /// Each frequency has a divisor of its own, one list for short and one for long sequences (chosen once by
    /// max_sequence_length, like `dynamic`'s base); cosines and sines are multiplied.
    case longRoPE(
        shortFactors: [Double], longFactors: [Double], attentionFactor: Double, originalPositionCount: Int)

    /// The numbers of YaRN (arXiv 2309.00071), by the names of transformers' `_compute_yarn_parameters`.
    package struct YaRN: Equatable, Sendable {
        /// Divides low frequencies.
        package var factor: Double
        /// Multiplies cosines and sines.
        package var attentionFactor: Double
        /// Rotations within the original length from which on a frequency is kept.
        package var betaFast: Double
        /// Rotations up to which it is divided.
        package var betaSlow: Double
        /// Positions the model was trained on before it was stretched.
        package var originalPositionCount: Int
        /// Whether the ramp's ends are rounded outwards to whole frequencies.
        package var isTruncated: Bool
    }
}

/// A model's config.json and generation_config.json, parsed; it cannot hold an illegal value.
package struct ModelConfiguration: Equatable, Sendable {
    /// Which architecture.
    package let family: ModelFamily
    /// Width of the residual stream, `d`.
    package let hiddenCount: Int
    /// Width of the embeddings, which are projected to and from `hiddenCount` where that differs.
    package let embeddingCount: Int
    /// Multiplies embeddings; 1 for most.
    package let embeddingScale: Float
    /// Layers.
    package let layerCount: Int
    /// Query heads; a multiple of `keyValueHeadCount`.
    package let queryHeadCount: Int
    /// Key and value heads.
    package let keyValueHeadCount: Int
    /// Elements of one head.
    package let headDimension: Int
    /// Elements of a head that are rotated, the first ones; even, and 0 where positions are not rotary.
    package let rotaryDimension: Int
    /// Width of the MLP, `d_ff`.
    package let feedForwardCount: Int
    /// Token ids are `0 ..< vocabularyCount`.
    package let vocabularyCount: Int
    /// Longest sequence the model was made for.
    package let maxPositionCount: Int
    /// By layer, how many of the latest positions a token attends to, its own included; 0: all.
    package let attentionWindows: [Int]
    /// Multiplies each attention score.
    package let attentionScale: Float
    /// Bounds attention scores by tanh; 0: they are not bounded.
    package let attentionSoftCap: Float
    /// Bounds logits by tanh; 0: they are not bounded.
    package let logitSoftCap: Float
    /// Bounds of queries, keys and values, which are cut off there; 0: none.
    package let queryKeyValueLimit: Float
    /// How positions get in.
    package let positions: PositionEncoding
    /// By layer, how it rotates; all `none` where positions are not rotary.
    package let rotations: [LayerRotation]
    /// What is added to attention scores, if positions are `alibi`.
    package let alibi: ALiBi?
    /// Added to the variance in every norm.
    package let normalizationEpsilon: Float
    /// Base of the rotary frequencies; 10000 where the family has none.
    package let ropeTheta: Double
    /// nil: frequencies as they are.
    package let ropeScaling: RoPEScaling?
    /// Base of the frequencies of layers whose rotation is `local`.
    package let localRoPETheta: Double
    /// The MLP's function.
    package let activation: Activation
    /// Whether the output head is the token embedding.
    package let tiesEmbeddings: Bool
    /// Whether norms subtract the mean (LayerNorm) or not (RMSNorm).
    package let hasLayerNorm: Bool
    /// Whether norms have biases; LayerNorm only.
    package let hasNormBias: Bool
    /// Whether embeddings have a norm.
    package let hasEmbeddingNorm: Bool
    /// Where norms stand.
    package let normPlacement: NormPlacement
    /// Whether the MLP's first layer is multiplied by an activated gate.
    package let hasGate: Bool
    /// Whether every head's query and key have an RMSNorm before they are rotated.
    package let hasQueryKeyNorm: Bool
    /// Whether attention and MLP read the same residual stream, and both are added to it afterwards.
    package let hasParallelResidual: Bool
    /// Whether query, key and value have biases.
    package let hasAttentionBias: Bool
    /// Whether the attention's output has one.
    package let hasAttentionOutputBias: Bool
    /// Whether the MLP's layers have biases.
    package let hasMLPBias: Bool
    /// What sparse layers have instead of an MLP, or nil.
    package let experts: ExpertConfiguration?
    /// Union of both files' end-of-text ids, ascending.
    package let endOfTextIDs: [Int32]
    /// The id a text begins with, if config.json names one.
    package let beginningOfTextID: Int32?
    /// How generation_config.json wants tokens to be drawn.
    package let generationDefaults: GenerationDefaults
    /// How another program packed the matrices, if one did.
    package let quantization: PackedQuantization?
    /// config.json as it stands in the file, or what a GGUF file's metadata amounts to.
    package let rawJSON: Data

    /// Query heads that share one KV head.
    package var queryGroupCount: Int { queryHeadCount / keyValueHeadCount }
    /// Rows of the query matrix, columns of the attention output's.
    package var queryRowCount: Int { queryHeadCount * headDimension }
    /// Rows of the key matrix and of the value matrix.
    package var keyValueRowCount: Int { keyValueHeadCount * headDimension }
    /// Whether embeddings are projected to the residual stream, and it to the output head.
    package var hasEmbeddingProjections: Bool { embeddingCount != hiddenCount }
}
