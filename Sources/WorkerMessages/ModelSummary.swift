package import Foundation

/// What the controller knows about a model, read from its files' headers without touching a weight.
package struct ModelSummary: Codable, Equatable, Sendable {
    /// What one rank of the requested split costs.
    package struct RankFootprint: Codable, Equatable, Sendable {
        /// Query heads this rank computes.
        package var queryHeadCount: Int
        /// KV heads whose cache it holds.
        package var keyValueHeadCount: Int
        /// Bytes of one KV block (32 positions, all layers).
        package var keyValueBlockByteCount: Int
        /// Bytes of activation buffers for `rowCountMax` rows.
        package var activationByteCount: Int
        /// Bytes of the pack this rank reads for one decode step.
        package var weightByteCountPerStep: Int

        /// Makes a footprint.
        package init(
            queryHeadCount: Int, keyValueHeadCount: Int, keyValueBlockByteCount: Int,
            activationByteCount: Int,
            weightByteCountPerStep: Int
        ) {
            self.queryHeadCount = queryHeadCount
            self.keyValueHeadCount = keyValueHeadCount
            self.keyValueBlockByteCount = keyValueBlockByteCount
            self.activationByteCount = activationByteCount
            self.weightByteCountPerStep = weightByteCountPerStep
        }
    }

    /// `model_type` of config.json, such as `llama`.
    package var modelType: String
    /// Length of the logits row.
    package var vocabularyCount: Int
    /// Layers.
    package var layerCount: Int
    /// Longest sequence the model was made for.
    package var maxPositionCount: Int
    /// Union of config.json's and generation_config.json's end-of-text ids, ascending.
    package var endOfTextIDs: [Int32]
    /// The id a text begins with, if the configuration names one.
    package var beginningOfTextID: Int32?
    /// How the model wants tokens to be drawn where a route does not say; says nothing unless it is set.
    package var generationDefaults = GenerationDefaults()
    /// What a GGUF file says of its tokenizer; nil for a directory.
    package var tokenizerMetadata: TokenizerMetadata?
    /// SHA-256 in hexadecimal (design 1).
    package var checkpointDigest: String
    /// Says which files hold the weights, as they are now: another one where a file was replaced or written to.
    package var weightStamp = ""
    /// config.json as it stands in the file.
    package var configurationJSON: Data
    /// Weight format, never `auto`.
    package var weightType: String
    /// Name of the pack's layout.
    package var layoutID: String
    /// Bytes of the pack.
    package var packByteCount: Int
    /// Bytes of the shared gather memory of one reader (transport shm).
    package var gatherByteCount: Int
    /// One footprint per rank.
    package var ranks: [RankFootprint]

    /// Makes a summary from all its fields.
    package init(
        modelType: String, vocabularyCount: Int, layerCount: Int, maxPositionCount: Int,
        endOfTextIDs: [Int32],
        beginningOfTextID: Int32?, checkpointDigest: String, configurationJSON: Data,
        weightType: String, layoutID: String,
        packByteCount: Int, gatherByteCount: Int, ranks: [RankFootprint]
    ) {
        self.modelType = modelType
        self.vocabularyCount = vocabularyCount
        self.layerCount = layerCount
        self.maxPositionCount = maxPositionCount
        self.endOfTextIDs = endOfTextIDs
        self.beginningOfTextID = beginningOfTextID
        self.checkpointDigest = checkpointDigest
        self.configurationJSON = configurationJSON
        self.weightType = weightType
        self.layoutID = layoutID
        self.packByteCount = packByteCount
        self.gatherByteCount = gatherByteCount
        self.ranks = ranks
    }
}

/// The question a `ModelSummary` answers.
package struct ModelInspection: Equatable, Sendable {
    /// Directory in Hugging Face layout, or a GGUF file.
    package var directory: URL
    /// `tensor_parallel`, 1 or more.
    package var rankCount: Int
    /// Rows in one step at most.
    package var rowCountMax: Int
    /// `weightType` for: whichever suits the model.
    package static let automaticWeightType = "auto"

    /// Weight format, such as `f32`, or `auto`.
    package var weightType: String
    /// KV cache format, such as `f32`.
    package var keyValueType: String

    /// Makes a question.
    package init(directory: URL, rankCount: Int, rowCountMax: Int, weightType: String, keyValueType: String) {
        self.directory = directory
        self.rankCount = rankCount
        self.rowCountMax = rowCountMax
        self.weightType = weightType
        self.keyValueType = keyValueType
    }
}

/// Reads a model's headers. Conformers: Models' inspector, and the controller tests' fake.
package protocol ModelInspecting: Sendable {
    /// Describes the model, or throws an error whose description is one sentence naming file, tensor and
    /// numbers. Blocks on file reads: never called on the cooperative pool.
    func inspect(_ inspection: ModelInspection) throws -> ModelSummary
    /// The `weightStamp` of a model as its files are now. Blocks likewise.
    func weightStamp(of directory: URL) throws -> String
}
