package import Serving
package import Tokenization
package import WorkerMessages

/// Everything a request needs to know of the consumer group it is addressed to.
package struct ServedGroup: Sendable {
    /// Its name.
    package let name: String
    /// Where requests are submitted.
    package let group: ConsumerGroup
    /// Text to ids and back, for all its readers.
    package let tokenizer: Tokenizer
    /// What the model's files say.
    package let summary: ModelSummary
    /// Prompt and new tokens of one sequence at most.
    package let maxSequenceLength: Int

    /// Makes a group from all its fields.
    package init(
        name: String, group: ConsumerGroup, tokenizer: Tokenizer, summary: ModelSummary,
        maxSequenceLength: Int
    ) {
        self.name = name
        self.group = group
        self.tokenizer = tokenizer
        self.summary = summary
        self.maxSequenceLength = maxSequenceLength
    }
}
