package import Foundation

extension ReaderDeclaration {
    /// The declaration of POST /reader: one reader. What `requested` leaves out keeps the origin `default`, so that the
    /// consumer group's own values can take its place; `requested.replicas` does not apply. The reader is named later.
    package init(
        requested: LayoutOverrides, modelDirectory: URL, consumerGroup: String
    ) throws(TopologyError) {
        try Rules.consumerGroup.check(consumerGroup, at: Rules.consumerGroup.key)
        self.init(
            name: modelDirectory.lastPathComponent, modelDirectory: Setting(modelDirectory, .request),
            consumerGroup: Setting(consumerGroup, .request))
        func decide<Value>(
            _ rule: Rule<Value>, _ asked: Value?, _ fallback: Setting<Value>
        ) throws(TopologyError) -> Setting<Value> {
            guard let asked else { return fallback }
            try rule.check(asked, at: rule.key)
            return Setting(asked, .request)
        }
        tensorParallel = try decide(Rules.tensorParallel, requested.tensorParallel, tensorParallel)
        quantType = try decide(Rules.quantType, requested.quantType, quantType)
        kvCacheType = try decide(Rules.kvCacheType, requested.kvCacheType, kvCacheType)
        transport = try decide(Rules.transport, requested.transport, transport)
        threadsPerRank = try decide(
            Rules.threadsPerRank, requested.threadsPerRank.map { .some($0) }, threadsPerRank)
        prefillChunk = try decide(Rules.prefillChunk, requested.prefillChunk.map { .some($0) }, prefillChunk)
        maxBatchSize = try decide(Rules.maxBatchSize, requested.maxBatchSize, maxBatchSize)
        maxSequenceLength = try decide(
            Rules.maxSequenceLength, requested.maxSequenceLength.map { .some($0) }, maxSequenceLength)
        kvBlocks = try decide(Rules.kvBlocks, requested.kvBlocks.map { .some($0) }, kvBlocks)
        prefixCache = try decide(Rules.prefixCache, requested.prefixCache, prefixCache)
    }
}
