package import Foundation

extension ReaderDeclaration {
    /// The declaration of POST /reader: one reader. What `requested` leaves out is taken from `served`, what
    /// the consumer group's readers have in common, else from the defaults.
    package init(
        requested: LayoutOverrides, name: String, modelDirectory: URL, consumerGroup: String,
        served: LayoutOverrides
    ) throws(TopologyError) {
        try Rules.consumerGroup.check(name, at: "reader_id")
        try Rules.consumerGroup.check(consumerGroup, at: Rules.consumerGroup.key)
        self.init(
            name: name, modelDirectory: Setting(modelDirectory, .request),
            consumerGroup: Setting(consumerGroup, .request))
        func decide<Value>(
            _ rule: Rule<Value>, _ asked: Value?, _ common: Value? = nil, _ fallback: Setting<Value>
        ) throws(TopologyError) -> Setting<Value> {
            if let asked {
                try rule.check(asked, at: rule.key)
                return Setting(asked, .request)
            }
            return common.map { Setting($0, .consumerGroup(consumerGroup)) } ?? fallback
        }
        tensorParallel = try decide(Rules.tensorParallel, requested.tensorParallel, nil, tensorParallel)
        quantType = try decide(Rules.quantType, requested.quantType, served.quantType, quantType)
        kvCacheType = try decide(Rules.kvCacheType, requested.kvCacheType, served.kvCacheType, kvCacheType)
        transport = try decide(Rules.transport, requested.transport, nil, transport)
        threadsPerRank = try decide(
            Rules.threadsPerRank, requested.threadsPerRank.map { .some($0) }, nil, threadsPerRank)
        prefillChunk = try decide(
            Rules.prefillChunk, requested.prefillChunk.map { .some($0) }, nil, prefillChunk)
        maxBatchSize = try decide(Rules.maxBatchSize, requested.maxBatchSize, nil, maxBatchSize)
        maxSequenceLength = try decide(
            Rules.maxSequenceLength, requested.maxSequenceLength.map { .some($0) },
            served.maxSequenceLength.map { .some($0) }, maxSequenceLength)
    }
}
