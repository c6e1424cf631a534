import Tensors

extension DecoderModel {
    /// GPT-2: LayerNorm, learned positions, one head per KV head, plain MLP (transformers' modeling_gpt2.py).
    init(gpt2 configuration: ModelConfiguration, pack: Pack) {
        let epsilon = configuration.normalizationEpsilon
        tokenEmbedding = pack.table(.tokenEmbedding)
        positionEmbedding = pack.table(.positionEmbedding)
        rotary = nil
        layers = (0..<configuration.layerCount).map { layer in
            DecoderLayer(
                attentionNorm: .layer(
                    weight: pack.requiredVector(.attentionNorm, layer: layer),
                    bias: pack.requiredVector(.attentionNormBias, layer: layer), epsilon: epsilon),
                query: pack.linear(.attentionQuery, bias: .attentionQueryBias, layer: layer),
                key: pack.linear(.attentionKey, bias: .attentionKeyBias, layer: layer),
                value: pack.linear(.attentionValue, bias: .attentionValueBias, layer: layer),
                attentionOutput: pack.linear(.attentionOutput, bias: .attentionOutputBias, layer: layer),
                feedForwardNorm: .layer(
                    weight: pack.requiredVector(.feedForwardNorm, layer: layer),
                    bias: pack.requiredVector(.feedForwardNormBias, layer: layer), epsilon: epsilon),
                gate: nil,
                up: pack.linear(.feedForwardUp, bias: .feedForwardUpBias, layer: layer),
                down: pack.linear(.feedForwardDown, bias: .feedForwardDownBias, layer: layer))
        }
        activation = configuration.activationKernel
        finalNorm = .layer(
            weight: pack.requiredVector(.finalNorm), bias: pack.requiredVector(.finalNormBias),
            epsilon: epsilon)
        outputHead = LinearLayer(matrix: pack.matrix(.outputHead), bias: nil)
        attentionScale = configuration.attentionScale
    }
}
