/// One token stream a client asked for. A list of prompts, or a request for `n` answers, is several of these,
/// submitted together.
package struct GenerationRequest: Equatable, Sendable {
    /// Least urgent priority.
    package static let priorityMax = 9

    /// Names it in logs.
    package var id: RequestID
    /// The prompt, at least one token.
    package var promptIDs: [Int32]
    /// How it is continued.
    package var parameters: GenerationParameters
    /// 0 (urgent) to `priorityMax`; an old request overtakes more urgent ones (aging).
    package var priority: Int
    /// Which of a request's `n` answers this is; part of the random counter.
    package var choiceIndex: Int32

    /// Makes a request; `ConsumerGroup.submit` checks the values.
    package init(
        id: RequestID, promptIDs: [Int32], parameters: GenerationParameters, priority: Int, choiceIndex: Int32
    ) {
        self.id = id
        self.promptIDs = promptIDs
        self.parameters = parameters
        self.priority = priority
        self.choiceIndex = choiceIndex
    }

    /// Refuses a request that no reader of a group with this limit can serve.
    func validate(maxSequenceLength: Int) throws(ServingError) {
        guard !promptIDs.isEmpty else { throw .emptyPrompt }
        guard promptIDs.count < maxSequenceLength else {
            throw .promptTooLong(count: promptIDs.count, limit: maxSequenceLength)
        }
        guard (0...GenerationRequest.priorityMax).contains(priority) else {
            throw .invalidParameter(
                name: "priority", value: "\(priority)", allowed: "0 to \(GenerationRequest.priorityMax)")
        }
        try parameters.validate()
    }
}
