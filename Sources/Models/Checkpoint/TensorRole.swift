/// What a tensor does in the model; families share the roles and not all have all of them.
///
/// The raw value is part of the pack's layout id: cases are added at the end, never renumbered.
package enum TensorRole: UInt16, Sendable, CaseIterable {
    /// Table [vocabulary][hidden].
    case tokenEmbedding = 0
    /// Table [positions][hidden], for learned positions.
    case positionEmbedding = 1
    /// Vector [hidden]: the norm before attention.
    case attentionNorm = 2
    /// Vector [hidden], LayerNorm only.
    case attentionNormBias = 3
    /// Matrix [query heads x dimension][hidden].
    case attentionQuery = 4
    /// Vector [query heads x dimension].
    case attentionQueryBias = 5
    /// Matrix [KV heads x dimension][hidden].
    case attentionKey = 6
    /// Vector [KV heads x dimension].
    case attentionKeyBias = 7
    /// Matrix [KV heads x dimension][hidden].
    case attentionValue = 8
    /// Vector [KV heads x dimension].
    case attentionValueBias = 9
    /// Matrix [hidden][query heads x dimension]: o_proj.
    case attentionOutput = 10
    /// Vector [hidden].
    case attentionOutputBias = 11
    /// Vector [hidden]: the norm before the MLP.
    case feedForwardNorm = 12
    /// Vector [hidden], LayerNorm only.
    case feedForwardNormBias = 13
    /// Matrix [ff][hidden], gated MLPs only.
    case feedForwardGate = 14
    /// Vector [ff].
    case feedForwardGateBias = 15
    /// Matrix [ff][hidden]: up_proj, or c_fc.
    case feedForwardUp = 16
    /// Vector [ff].
    case feedForwardUpBias = 17
    /// Matrix [hidden][ff]: down_proj, or the MLP's c_proj.
    case feedForwardDown = 18
    /// Vector [hidden].
    case feedForwardDownBias = 19
    /// Vector [hidden]: the norm after the last layer.
    case finalNorm = 20
    /// Vector [hidden], LayerNorm only.
    case finalNormBias = 21
    /// Matrix [vocabulary][hidden]: lm_head, there also where it is tied to the embedding.
    case outputHead = 22
    /// Vector [dimension]: the norm of every head's query.
    case attentionQueryNorm = 23
    /// Vector [dimension]: the norm of every head's key.
    case attentionKeyNorm = 24
    /// Vector [hidden]: the norm of what attention adds, where norms are around.
    case attentionOutputNorm = 25
    /// Vector [hidden]: the norm of what the MLP adds, where norms are around.
    case feedForwardOutputNorm = 26
    /// Matrix [hidden][embedding]: from embeddings to the residual stream, where they differ in width.
    case embeddingInput = 27
    /// Matrix [embedding][hidden]: from the residual stream to what the output head reads.
    case embeddingOutput = 28
    /// Matrix [experts][hidden]: how well each expert suits a row.
    case expertRouter = 29
    /// Matrix [expert ff][hidden], one for each expert.
    case expertGate = 30
    /// Matrix [expert ff][hidden], one for each expert.
    case expertUp = 31
    /// Matrix [hidden][expert ff], one for each expert.
    case expertDown = 32
    /// Matrix [1][hidden]: how much of the shared expert a row takes.
    case sharedExpertRouter = 33
    /// Matrix [shared ff][hidden].
    case sharedExpertGate = 34
    /// Matrix [shared ff][hidden].
    case sharedExpertUp = 35
    /// Matrix [hidden][shared ff].
    case sharedExpertDown = 36
    /// Vector [hidden]: the norm of embeddings.
    case embeddingNorm = 37
    /// Vector [hidden], LayerNorm only.
    case embeddingNormBias = 38

    /// Whether it is the weight of a norm.
    var isNormWeight: Bool {
        switch self {
        case .attentionNorm, .feedForwardNorm, .finalNorm, .attentionQueryNorm, .attentionKeyNorm,
            .attentionOutputNorm, .feedForwardOutputNorm, .embeddingNorm:
            true
        default: false
        }
    }
}
