import Collectives
package import Foundation
import Tensors
package import WorkerMessages

/// Describes models to the controller from their files' headers: what a worker would reckon, without reading
/// weights.
///
/// Checks everything that a worker checks before it packs: configuration, names, shapes and types of all
/// tensors.
package struct CheckpointInspector: ModelInspecting {
    /// Makes an inspector; it has no state.
    package init() {}

    /// Describes the model for one split, or throws a `ModelError`. Reads up to 8 KiB of each tensor for the
    /// digest.
    package func inspect(_ inspection: ModelInspection) throws -> ModelSummary {
        let keyValueType = try CheckpointInspector.check(inspection)
        let configuration = try ModelConfiguration(directory: inspection.directory)
        let checkpoint = try Checkpoint(directory: inspection.directory)
        let format = try CheckpointInspector.format(inspection, configuration, checkpoint)
        let layout = try PackLayout(configuration, format: format, of: checkpoint)
        let plan = try ShardPlan(configuration, rankCount: inspection.rankCount)
        _ = try checkpoint.sources(of: layout, configuration)
        let gatherByteCountMax = ActivationPlan.gatherByteCountMax(
            configuration, rankCount: inspection.rankCount, rowCountMax: inspection.rowCountMax)
        var summary = ModelSummary(
            modelType: configuration.family.rawValue, vocabularyCount: configuration.vocabularyCount,
            layerCount: configuration.layerCount, maxPositionCount: configuration.maxPositionCount,
            endOfTextIDs: configuration.endOfTextIDs, beginningOfTextID: configuration.beginningOfTextID,
            checkpointDigest: try CheckpointDigest.compute(checkpoint).hexadecimal,
            configurationJSON: configuration.rawJSON, weightType: format.rawValue, layoutID: layout.layoutID,
            packByteCount: layout.byteCount,
            gatherByteCount: Communicator.sharedByteCount(
                rankCount: inspection.rankCount, gatherByteCountMax: gatherByteCountMax),
            ranks: plan.shards.map { shard in
                ModelSummary.RankFootprint(
                    queryHeadCount: shard.queryHeads.count, keyValueHeadCount: shard.keyValueHeads.count,
                    keyValueBlockByteCount: KVCache.byteCountPerBlock(
                        configuration, shard: shard, type: keyValueType),
                    activationByteCount: ActivationPlan(
                        configuration, layout: layout, shard: shard, rowCountMax: inspection.rowCountMax
                    ).byteCount,
                    weightByteCountPerStep: layout.byteCountPerStep(of: shard))
            })
        summary.weightStamp = CheckpointDigest.weightStamp(checkpoint)
        summary.generationDefaults = configuration.generationDefaults
        summary.tokenizerMetadata = try checkpoint.tokenizerMetadata()
        return summary
    }

    /// See `CheckpointDigest.weightStamp`.
    package func weightStamp(of directory: URL) throws -> String {
        CheckpointDigest.weightStamp(try Checkpoint(directory: directory))
    }

    /// Checks the names of the formats; gives the KV cache's.
    private static func check(_ inspection: ModelInspection) throws(ModelError) -> KVType {
        let formats = [ModelInspection.automaticWeightType] + WeightFormat.allCases.map(\.rawValue)
        guard formats.contains(inspection.weightType) else {
            let allowed = formats.joined(separator: ", ")
            throw ModelError(
                .unsupported, "quant_type is \"\(inspection.weightType)\", allowed are \(allowed)")
        }
        guard let type = KVType(rawValue: inspection.keyValueType) else {
            let allowed = KVType.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                .unsupported, "kv_cache_type is \"\(inspection.keyValueType)\", allowed are \(allowed)")
        }
        return type
    }

    private static func format(
        _ inspection: ModelInspection, _ configuration: ModelConfiguration, _ checkpoint: Checkpoint
    ) throws(ModelError) -> WeightFormat {
        if let format = WeightFormat(rawValue: inspection.weightType) { return format }
        if try checkpoint.isMostlyKept(configuration) { return .stored }
        let layout = try PackLayout(configuration, format: .f32)
        let head = configuration.tiesEmbeddings ? layout.entry(.outputHead)?.elementCount ?? 0 : 0
        return .automatic(parameterCount: layout.entries.reduce(-head) { $0 + $1.elementCount })
    }
}
