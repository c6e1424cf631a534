extension PackLayout {
    /// A tensor of a model before it has a place.
    typealias Tensor = (role: TensorRole, layer: Int?, storage: Storage)

    /// All tensors of a model in the pack's order.
    static func tensors(of configuration: ModelConfiguration) -> [Tensor] {
        let hidden = configuration.hiddenCount
        var tensors: [Tensor] = [
            (.tokenEmbedding, nil, .table(rowCount: configuration.vocabularyCount, columnCount: hidden))
        ]
        if configuration.positions == .learned {
            let positions = configuration.maxPositionCount
            tensors.append((.positionEmbedding, nil, .table(rowCount: positions, columnCount: hidden)))
        }
        for layer in 0..<configuration.layerCount {
            tensors += layerTensors(of: configuration).map { (role: $0.0, layer: layer, storage: $0.1) }
        }
        tensors.append((.finalNorm, nil, .vector(count: hidden)))
        if configuration.hasLayerNorm { tensors.append((.finalNormBias, nil, .vector(count: hidden))) }
        tensors.append(
            (.outputHead, nil, .tiles(outputCount: configuration.vocabularyCount, inputCount: hidden)))
        return tensors
    }

    private static func layerTensors(of configuration: ModelConfiguration) -> [(TensorRole, Storage)] {
        let hidden = configuration.hiddenCount
        let query = configuration.queryRowCount
        let keyValue = configuration.keyValueRowCount
        let feedForward = configuration.feedForwardCount
        let hasNormBias = configuration.hasLayerNorm
        let isGated = configuration.hasGate
        let head = Storage.vector(count: configuration.headDimension)
        let attentionBias = configuration.hasAttentionBias
        let mlpBias = configuration.hasMLPBias
        let all: [(TensorRole, Storage, Bool)] = [
            (.attentionNorm, .vector(count: hidden), true),
            (.attentionNormBias, .vector(count: hidden), hasNormBias),
            (.attentionQuery, .tiles(outputCount: query, inputCount: hidden), true),
            (.attentionQueryBias, .vector(count: query), attentionBias),
            (.attentionKey, .tiles(outputCount: keyValue, inputCount: hidden), true),
            (.attentionKeyBias, .vector(count: keyValue), attentionBias),
            (.attentionValue, .tiles(outputCount: keyValue, inputCount: hidden), true),
            (.attentionValueBias, .vector(count: keyValue), attentionBias),
            (.attentionQueryNorm, head, configuration.hasQueryKeyNorm),
            (.attentionKeyNorm, head, configuration.hasQueryKeyNorm),
            (.attentionOutput, .tiles(outputCount: hidden, inputCount: query), true),
            (.attentionOutputBias, .vector(count: hidden), configuration.hasAttentionOutputBias),
            (.feedForwardNorm, .vector(count: hidden), true),
            (.feedForwardNormBias, .vector(count: hidden), hasNormBias),
            (.feedForwardGate, .tiles(outputCount: feedForward, inputCount: hidden), isGated),
            (.feedForwardGateBias, .vector(count: feedForward), isGated && mlpBias),
            (.feedForwardUp, .tiles(outputCount: feedForward, inputCount: hidden), true),
            (.feedForwardUpBias, .vector(count: feedForward), mlpBias),
            (.feedForwardDown, .tiles(outputCount: hidden, inputCount: feedForward), true),
            (.feedForwardDownBias, .vector(count: hidden), mlpBias),
        ]
        return all.filter(\.2).map { ($0.0, $0.1) }
    }
}
