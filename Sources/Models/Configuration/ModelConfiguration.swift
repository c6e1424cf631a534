package import Foundation

/// The architectures this build computes, by their `model_type`.
package enum ModelFamily: String, Sendable, CaseIterable {
    /// RMSNorm, rotary positions, gated MLP: Llama 1 to 3 and what has its shape.
    case llama
    /// LayerNorm, learned positions, Conv1D weights.
    case gpt2
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
}

/// A model's config.json and generation_config.json, parsed; it cannot hold an illegal value.
package struct ModelConfiguration: Equatable, Sendable {
    /// Which architecture.
    package let family: ModelFamily
    /// Width of the residual stream, `d`.
    package let hiddenCount: Int
    /// Layers.
    package let layerCount: Int
    /// Query heads; a multiple of `keyValueHeadCount`.
    package let queryHeadCount: Int
    /// Key and value heads.
    package let keyValueHeadCount: Int
    /// Elements of one head; even where positions are rotary.
    package let headDimension: Int
    /// Width of the MLP, `d_ff`.
    package let feedForwardCount: Int
    /// Token ids are `0 ..< vocabularyCount`.
    package let vocabularyCount: Int
    /// Longest sequence the model was made for.
    package let maxPositionCount: Int
    /// Added to the variance in every norm.
    package let normalizationEpsilon: Float
    /// Base of the rotary frequencies; 10000 where the family has none.
    package let ropeTheta: Double
    /// nil: frequencies as they are.
    package let ropeScaling: RoPEScaling?
    /// The MLP's function.
    package let activation: Activation
    /// Whether the output head is the token embedding.
    package let tiesEmbeddings: Bool
    /// Whether query, key, value and attention output have biases.
    package let hasAttentionBias: Bool
    /// Whether the MLP's layers have biases.
    package let hasMLPBias: Bool
    /// Union of both files' end-of-text ids, ascending.
    package let endOfTextIDs: [Int32]
    /// The id a text begins with, if config.json names one.
    package let beginningOfTextID: Int32?
    /// config.json as it stands in the file.
    package let rawJSON: Data

    /// Query heads that share one KV head.
    package var queryGroupCount: Int { queryHeadCount / keyValueHeadCount }
    /// Rows of the query matrix, columns of the attention output's.
    package var queryRowCount: Int { queryHeadCount * headDimension }
    /// Rows of the key matrix and of the value matrix.
    package var keyValueRowCount: Int { keyValueHeadCount * headDimension }
}
