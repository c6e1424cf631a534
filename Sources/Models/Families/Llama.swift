import Tensors

extension DecoderModel {
    /// Llama 1 to 3: RMSNorm, rotary positions, grouped query heads, gated MLP (transformers'
    /// modeling_llama.py).
    init(llama configuration: ModelConfiguration, pack: Pack, maxSequenceLength: Int) {
        let epsilon = configuration.normalizationEpsilon
        tokenEmbedding = pack.table(.tokenEmbedding)
        positionEmbedding = nil
        rotary = RoPEFrequencies(configuration, maxSequenceLength: maxSequenceLength)
        layers = (0..<configuration.layerCount).map { layer in
            DecoderLayer(
                attentionNorm: .rms(
                    weight: pack.requiredVector(.attentionNorm, layer: layer), epsilon: epsilon),
                query: pack.linear(.attentionQuery, bias: .attentionQueryBias, layer: layer),
                key: pack.linear(.attentionKey, bias: .attentionKeyBias, layer: layer),
                value: pack.linear(.attentionValue, bias: .attentionValueBias, layer: layer),
                attentionOutput: pack.linear(.attentionOutput, bias: .attentionOutputBias, layer: layer),
                feedForwardNorm: .rms(
                    weight: pack.requiredVector(.feedForwardNorm, layer: layer), epsilon: epsilon),
                gate: pack.linear(.feedForwardGate, bias: .feedForwardGateBias, layer: layer),
                up: pack.linear(.feedForwardUp, bias: .feedForwardUpBias, layer: layer),
                down: pack.linear(.feedForwardDown, bias: .feedForwardDownBias, layer: layer))
        }
        activation = configuration.activationKernel
        finalNorm = .rms(weight: pack.requiredVector(.finalNorm), epsilon: epsilon)
        outputHead = LinearLayer(matrix: pack.matrix(.outputHead), bias: nil)
        attentionScale = configuration.attentionScale
    }
}
