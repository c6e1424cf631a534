import Collectives
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
        let format = try CheckpointInspector.format(inspection)
        let configuration = try ModelConfiguration(directory: inspection.directory)
        let layout = try PackLayout(configuration, format: format)
        let plan = try ShardPlan(configuration, rankCount: inspection.rankCount)
        let checkpoint = try Checkpoint(directory: inspection.directory)
        _ = try checkpoint.sources(of: layout, configuration)
        let gatherByteCountMax = ActivationPlan.gatherByteCountMax(
            configuration, rankCount: inspection.rankCount, rowCountMax: inspection.rowCountMax)
        var summary = ModelSummary(
            modelType: configuration.family.rawValue, vocabularyCount: configuration.vocabularyCount,
            layerCount: configuration.layerCount, maxPositionCount: configuration.maxPositionCount,
            endOfTextIDs: configuration.endOfTextIDs, beginningOfTextID: configuration.beginningOfTextID,
            checkpointDigest: try CheckpointDigest.compute(checkpoint).hexadecimal,
            configurationJSON: configuration.rawJSON, layoutID: layout.layoutID,
            packByteCount: layout.byteCount,
            gatherByteCount: Communicator.sharedByteCount(
                rankCount: inspection.rankCount, gatherByteCountMax: gatherByteCountMax),
            ranks: plan.shards.map { shard in
                ModelSummary.RankFootprint(
                    queryHeadCount: shard.queryHeads.count, keyValueHeadCount: shard.keyValueHeads.count,
                    keyValueBlockByteCount: KVCache.byteCountPerBlock(configuration, shard: shard),
                    activationByteCount: ActivationPlan(
                        configuration, shard: shard, rowCountMax: inspection.rowCountMax
                    ).byteCount,
                    weightByteCountPerStep: layout.byteCountPerStep(of: shard))
            })
        summary.generationDefaults = configuration.generationDefaults
        return summary
    }

    private static func format(_ inspection: ModelInspection) throws(ModelError) -> WeightFormat {
        guard let format = WeightFormat(rawValue: inspection.weightType) else {
            let allowed = WeightFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                .unsupported, "quant_type is \"\(inspection.weightType)\", allowed is \(allowed)")
        }
        guard inspection.keyValueType == "f32" else {
            throw ModelError(.unsupported, "kv_cache_type is \"\(inspection.keyValueType)\", allowed is f32")
        }
        return format
    }
}
