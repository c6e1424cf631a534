package import Foundation
import Glibc
import Tensors
import WorkerMessages

extension ModelConfiguration {
    /// Reads config.json, and generation_config.json where there is one, of a model's directory, or the metadata of a
    /// GGUF file.
    package init(directory: URL) throws(ModelError) {
        if let file = try GGUFFile.open(directory) {
            try self.init(
                parsing: try GGUFConfiguration.json(of: file), generation: nil, place: file.file.path)
            return
        }
        let configuration = try ModelConfiguration.bytes(of: "config.json", in: directory)
        guard let configuration else {
            throw ModelError(
                .invalidModel, "\(directory.path) has no config.json, so it is no model directory")
        }
        try self.init(
            parsing: configuration,
            generation: try ModelConfiguration.bytes(of: "generation_config.json", in: directory),
            place: directory.appending(path: "config.json").path)
    }

    /// Parses both files' contents; `place` names config.json in errors.
    package init(parsing bytes: [UInt8], generation: [UInt8]?, place: String) throws(ModelError) {
        let keys = try ConfigurationKeys(parsing: bytes, place: place)
        let name = try keys.text("model_type")
        guard let name, let family = ModelFamily(rawValue: name) else {
            let supported = ModelFamily.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw keys.refusal("model_type", allowed: "one of \(supported)", .unsupported)
        }
        var fields = try family.rules.fields(of: keys)
        var ends = try keys.tokenIDs("eos_token_id", vocabularyCount: fields.vocabularyCount)
        let begins = try keys.tokenIDs("bos_token_id", vocabularyCount: fields.vocabularyCount)
        if let generation {
            let keys = try ConfigurationKeys(
                parsing: generation, place: place.replacing("config.json", with: "generation_config.json"))
            ends += try keys.tokenIDs("eos_token_id", vocabularyCount: fields.vocabularyCount)
            fields.generationDefaults = try GenerationDefaults(keys)
        }
        fields.endOfTextIDs = Set(ends).sorted()
        fields.beginningOfTextID = begins.first
        fields.quantization = try keys.object("quantization_config")
            .map { inner throws(ModelError) in try PackedQuantization(inner) }
        self.init(family: family, fields: fields, rawJSON: Data(bytes))
    }

    private init(family: ModelFamily, fields: ConfigurationFields, rawJSON: Data) {
        self.family = family
        hiddenCount = fields.hiddenCount
        embeddingCount = fields.embeddingCount ?? fields.hiddenCount
        embeddingScale = fields.embeddingScale
        layerCount = fields.layerCount
        queryHeadCount = fields.queryHeadCount
        keyValueHeadCount = fields.keyValueHeadCount
        headDimension = fields.headDimension
        rotaryDimension = fields.rotaryDimension
        feedForwardCount = fields.feedForwardCount
        vocabularyCount = fields.vocabularyCount
        maxPositionCount = fields.maxPositionCount
        attentionWindows =
            fields.attentionWindows.isEmpty
            ? Array(repeating: 0, count: fields.layerCount) : fields.attentionWindows
        attentionScale = fields.attentionScale ?? Float(1 / Double(fields.headDimension).squareRoot())
        attentionSoftCap = fields.attentionSoftCap
        logitSoftCap = fields.logitSoftCap
        queryKeyValueLimit = fields.queryKeyValueLimit
        positions = fields.positions
        rotations =
            fields.rotations.isEmpty
            ? Array(repeating: fields.positions == .rotary ? .whole : .none, count: fields.layerCount)
            : fields.rotations
        alibi = fields.alibi
        normalizationEpsilon = fields.normalizationEpsilon
        ropeTheta = fields.ropeTheta
        ropeScaling = fields.ropeScaling
        localRoPETheta = fields.localRoPETheta
        activation = fields.activation
        tiesEmbeddings = fields.tiesEmbeddings
        hasLayerNorm = fields.hasLayerNorm
        hasNormBias = fields.hasLayerNorm && fields.hasNormBias
        hasEmbeddingNorm = fields.hasEmbeddingNorm
        normPlacement = fields.normPlacement
        hasGate = fields.hasGate
        hasQueryKeyNorm = fields.hasQueryKeyNorm
        hasParallelResidual = fields.hasParallelResidual
        hasAttentionBias = fields.hasAttentionBias
        hasAttentionOutputBias = fields.hasAttentionOutputBias
        hasMLPBias = fields.hasMLPBias
        experts = fields.experts
        endOfTextIDs = fields.endOfTextIDs
        beginningOfTextID = fields.beginningOfTextID
        generationDefaults = fields.generationDefaults
        quantization = fields.quantization
        self.rawJSON = rawJSON
    }

    /// A file's contents, or nil where it does not exist.
    private static func bytes(of name: String, in directory: URL) throws(ModelError) -> [UInt8]? {
        let path = directory.appending(path: name).path
        do {
            return try CheckpointFile(path: path).readAll(limit: ConfigurationLimits.fileByteCountMax)
        } catch .failed(_, _, ENOENT) { return nil } catch { throw ModelError(error) }
    }
}
