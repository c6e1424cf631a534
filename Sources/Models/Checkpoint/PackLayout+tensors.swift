extension PackLayout {
    /// A tensor of a model before it has a place.
    typealias Tensor = (role: TensorRole, layer: Int?, expert: Int?, storage: Storage)

    /// An expert's tensors, in their order.
    static let expertRoles: [TensorRole] = [.expertGate, .expertUp, .expertDown]

    /// All tensors of a model in the pack's order.
    static func tensors(of configuration: ModelConfiguration) -> [Tensor] {
        let hidden = configuration.hiddenCount
        let vocabulary = configuration.vocabularyCount
        let embedding = configuration.embeddingCount
        let isProjected = configuration.hasEmbeddingProjections
        let hasFinalNorm = configuration.normPlacement != .after
        func present(_ all: [(TensorRole, Storage, Bool)]) -> [Tensor] {
            all.filter(\.2).map { (role: $0.0, layer: nil, expert: nil, storage: $0.1) }
        }
        var tensors = present([
            (.tokenEmbedding, .table(rowCount: vocabulary, columnCount: embedding), true),
            (
                .positionEmbedding, .table(rowCount: configuration.maxPositionCount, columnCount: hidden),
                configuration.positions == .learned
            ),
            (.embeddingNorm, .vector(count: hidden), configuration.hasEmbeddingNorm),
            (
                .embeddingNormBias, .vector(count: hidden),
                configuration.hasEmbeddingNorm && configuration.hasNormBias
            ),
            (.embeddingInput, .tiles(outputCount: hidden, inputCount: embedding), isProjected),
        ])
        for layer in 0..<configuration.layerCount {
            tensors += layerTensors(of: configuration, layer: layer)
                .map { (role: $0.0, layer: layer, expert: nil, storage: $0.1) }
            guard let experts = configuration.experts, experts.isSparse[layer] else { continue }
            tensors += expertTensors(experts, hidden: hidden, layer: layer)
        }
        return tensors
            + present([
                (.finalNorm, .vector(count: hidden), hasFinalNorm),
                (.finalNormBias, .vector(count: hidden), hasFinalNorm && configuration.hasNormBias),
                (.embeddingOutput, .tiles(outputCount: embedding, inputCount: hidden), isProjected),
                (.outputHead, .tiles(outputCount: vocabulary, inputCount: embedding), true),
            ])
    }

    private static func expertTensors(
        _ experts: ExpertConfiguration, hidden: Int, layer: Int
    ) -> [Tensor] {
        let inner = experts.feedForwardCount
        let shared = experts.sharedFeedForwardCount
        var tensors: [Tensor] = [
            (.expertRouter, layer, nil, .tiles(outputCount: experts.count, inputCount: hidden))
        ]
        for expert in 0..<experts.count {
            tensors += expertRoles.map { role in
                let storage: Storage =
                    role == .expertDown
                    ? .tiles(outputCount: hidden, inputCount: inner)
                    : .tiles(outputCount: inner, inputCount: hidden)
                return (role: role, layer: layer, expert: expert, storage: storage)
            }
        }
        guard shared > 0 else { return tensors }
        return tensors + [
            (.sharedExpertRouter, layer, nil, .tiles(outputCount: 1, inputCount: hidden)),
            (.sharedExpertGate, layer, nil, .tiles(outputCount: shared, inputCount: hidden)),
            (.sharedExpertUp, layer, nil, .tiles(outputCount: shared, inputCount: hidden)),
            (.sharedExpertDown, layer, nil, .tiles(outputCount: hidden, inputCount: shared)),
        ]
    }

    private static func layerTensors(
        of configuration: ModelConfiguration, layer: Int
    ) -> [(TensorRole, Storage)] {
        let hidden = configuration.hiddenCount
        let query = configuration.queryRowCount
        let keyValue = configuration.keyValueRowCount
        let feedForward = configuration.feedForwardCount
        let hasNormBias = configuration.hasNormBias
        let isAround = configuration.normPlacement == .around
        let isDense = !(configuration.experts?.isSparse[layer] ?? false)
        let isGated = configuration.hasGate && isDense
        let head = Storage.vector(count: configuration.headDimension)
        let attentionBias = configuration.hasAttentionBias
        let mlpBias = configuration.hasMLPBias && isDense
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
            (.attentionOutputNorm, .vector(count: hidden), isAround),
            (.feedForwardNorm, .vector(count: hidden), true),
            (.feedForwardNormBias, .vector(count: hidden), hasNormBias),
            (.feedForwardGate, .tiles(outputCount: feedForward, inputCount: hidden), isGated),
            (.feedForwardGateBias, .vector(count: feedForward), isGated && mlpBias),
            (.feedForwardUp, .tiles(outputCount: feedForward, inputCount: hidden), isDense),
            (.feedForwardUpBias, .vector(count: feedForward), mlpBias),
            (.feedForwardDown, .tiles(outputCount: hidden, inputCount: feedForward), isDense),
            (.feedForwardDownBias, .vector(count: hidden), mlpBias),
            (.feedForwardOutputNorm, .vector(count: hidden), isAround),
        ]
        return all.filter(\.2).map { ($0.0, $0.1) }
    }
}
