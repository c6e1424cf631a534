package import Serving
package import Tokenization
package import WorkerMessages

/// Everything a request needs to know of the consumer group it is addressed to. Nothing of it changes; a class because
/// every request takes it along.
package final class ServedGroup: Sendable {
    /// Its name.
    package let name: String
    /// Where requests wait; see `submit`.
    package let group: ConsumerGroup
    /// Text to ids and back, for all its readers.
    package let tokenizer: Tokenizer
    /// What the model's files say.
    package let summary: ModelSummary
    /// What all its readers have in common.
    package let identity: ReaderIdentity

    /// Makes a group from all its fields.
    package init(
        name: String, group: ConsumerGroup, tokenizer: Tokenizer, summary: ModelSummary,
        identity: ReaderIdentity
    ) {
        self.name = name
        self.group = group
        self.tokenizer = tokenizer
        self.summary = summary
        self.identity = identity
    }

    /// Prompt and new tokens of one sequence at most.
    package var maxSequenceLength: Int { identity.maxSequenceLength }

    /// Admits all requests, whose prompts its tokenizer has encoded, or none; returns their streams in the same
    /// order.
    package func submit(_ requests: [GenerationRequest]) throws(ServingError) -> [TokenStream] {
        try group.submit(requests, prepared: identity)
    }

    /// The same for one who takes events as they come: `receiver` makes each sequence's.
    package func submit(
        _ requests: [GenerationRequest], to receiver: (Int) -> any EventReceiver
    ) throws(ServingError) -> [SequenceHandle] {
        try group.submit(requests, prepared: identity, to: receiver)
    }
}
