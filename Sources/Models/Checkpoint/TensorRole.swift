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
}
