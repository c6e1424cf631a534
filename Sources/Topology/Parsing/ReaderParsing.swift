import Foundation

/// Resolves one reader group, from our own file, Takeoff's, or none.
struct ReaderParsing {
    let flags: LayoutOverrides
    let fileDirectory: URL
    /// Whether SKEIN_MODEL_NAME and SKEIN_CONSUMER_GROUP apply: only where there is one reader group.
    let isOnlyGroup: Bool

    /// Resolves the group; `model` is the directory of `--model`.
    func declaration(
        name: String, model: String?, _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> ReaderDeclaration {
        let path = try modelPath(model, &section, resolver)
        var group = try resolver.fileSetting(Rules.consumerGroup, &section)
        if isOnlyGroup, let other = try resolver.environmentSetting(Rules.consumerGroup) { group = other }
        var declaration = ReaderDeclaration(
            name: name,
            modelDirectory: Setting(
                resolver.directory(path.value, path.origin, fileDirectory: fileDirectory), path.origin),
            consumerGroup: group ?? Setting(Defaults.consumerGroup, .default))
        try resolveLayout(&declaration, &section, resolver)
        declaration.placement = try PlacementParsing.setting(declaration, &section, resolver)
        return declaration
    }

    private func modelPath(
        _ model: String?, _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) -> Setting<String> {
        let fromFile = try resolver.fileSetting(Rules.modelName, &section)
        if let model {
            try Rules.modelName.check(model, at: "--model")
            return Setting(model, .flag("--model"))
        }
        if isOnlyGroup, let variable = try resolver.environmentSetting(Rules.modelName) { return variable }
        if let fromFile { return fromFile }
        if let section { throw section.missing(Rules.modelName.key, allowed: Rules.modelName.allowed) }
        throw TopologyError(
            .noModel, key: "--model", value: nil,
            allowed: "no model is named: give --model DIR, --topology FILE or SKEIN_MODEL_NAME")
    }

    private func resolveLayout(
        _ declaration: inout ReaderDeclaration, _ section: inout Section?, _ resolver: SettingResolver
    ) throws(TopologyError) {
        declaration.tensorParallel = try resolver.resolve(
            Rules.tensorParallel, flag: flags.tensorParallel, section: &section,
            default: Defaults.tensorParallel)
        declaration.replicas = try resolver.resolve(
            Rules.replicas, flag: flags.replicas, section: &section, default: Defaults.replicas)
        declaration.quantType = try resolver.resolve(
            Rules.quantType, flag: flags.quantType, section: &section, default: Defaults.quantType)
        declaration.kvCacheType = try resolver.resolve(
            Rules.kvCacheType, flag: flags.kvCacheType, section: &section, default: Defaults.kvCacheType)
        declaration.transport = try resolver.resolve(
            Rules.transport, flag: flags.transport, section: &section, default: Defaults.transport)
        declaration.threadsPerRank = try resolver.resolve(
            Rules.threadsPerRank, flag: flags.threadsPerRank.map { .some($0) }, section: &section,
            default: nil)
        declaration.prefillChunk = try resolver.resolve(
            Rules.prefillChunk, flag: flags.prefillChunk.map { .some($0) }, section: &section, default: nil)
        declaration.maxBatchSize = try resolver.resolve(
            Rules.maxBatchSize, flag: flags.maxBatchSize, section: &section, default: Defaults.maxBatchSize)
        declaration.maxSequenceLength = try resolver.resolve(
            Rules.maxSequenceLength, flag: flags.maxSequenceLength.map { .some($0) }, section: &section,
            default: nil)
        declaration.kvBlocks = try resolver.resolve(
            Rules.kvBlocks, flag: flags.kvBlocks.map { .some($0) }, section: &section, default: nil)
        declaration.prefixCache = try resolver.resolve(
            Rules.prefixCache, flag: flags.prefixCache, section: &section, default: Defaults.prefixCache)
    }
}
