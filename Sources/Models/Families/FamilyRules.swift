import Tensors

/// What distinguishes a family before its weights are packed: how its config.json is read, and what its checkpoints
/// call the tensors. Afterwards all are one `DecoderModel`.
protocol FamilyRules: Sendable {
    /// Keys and fallbacks of the family's configuration class in transformers; what is not computed is refused.
    static func fields(of keys: ConfigurationKeys) throws(ModelError) -> ConfigurationFields

    /// What its checkpoints call the tensor behind an entry of the pack.
    static func tensorName(
        of entry: PackLayout.Entry, in configuration: ModelConfiguration
    ) -> TensorName
}

extension ModelFamily {
    /// The family's file.
    var rules: any FamilyRules.Type {
        switch self {
        case .llama: LlamaRules.self
        case .mistral: MistralRules.self
        case .mixtral: MixtralRules.self
        case .qwen2: Qwen2Rules.self
        case .qwen3: Qwen3Rules.self
        case .qwen2MoE: Qwen2MoERules.self
        case .qwen3MoE: Qwen3MoERules.self
        case .phi3: Phi3Rules.self
        case .smollm3: SmolLM3Rules.self
        case .gemma: GemmaRules.self
        case .gemma2: Gemma2Rules.self
        case .gemma3: Gemma3Rules.self
        case .stablelm: StableLMRules.self
        case .gptNeoX: GPTNeoXRules.self
        case .falcon: FalconRules.self
        case .mpt: MPTRules.self
        case .bloom: BLOOMRules.self
        case .gpt2: GPT2Rules.self
        case .opt: OPTRules.self
        }
    }
}

extension TensorName {
    /// What the checkpoint of a family calls an entry of the pack.
    init(of entry: PackLayout.Entry, in configuration: ModelConfiguration) {
        self = configuration.family.rules.tensorName(of: entry, in: configuration)
    }

    /// An embedding, an output head (where it is tied, the embedding) or a norm outside the layers, as most families
    /// store them; nil for any other entry. The names are of tensors; `finalNorm` lacks `.weight` and `.bias`.
    init?(
        outsideLayers entry: PackLayout.Entry, in configuration: ModelConfiguration, embedding: [String],
        head: String, finalNorm: [String]
    ) {
        dimensions = entry.storage.dimensions
        switch entry.role {
        case .tokenEmbedding: candidates = embedding
        case .outputHead: candidates = (configuration.tiesEmbeddings ? embedding : []) + [head]
        case .finalNorm: candidates = finalNorm.map { "\($0).weight" }
        case .finalNormBias: candidates = finalNorm.map { "\($0).bias" }
        default: return nil
        }
    }
}

extension PackLayout.Storage {
    /// Dimensions of a tensor of its own, in torch's order.
    var dimensions: [Int] {
        if case .vector(let count) = self { [count] } else { [rowCount, columnCount] }
    }
}
