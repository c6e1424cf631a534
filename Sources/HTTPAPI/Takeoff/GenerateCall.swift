import Serving
import WorkerMessages

/// What a body of `/generate` or `/generate_stream` asks for, checked; prompts are still text.
struct GenerateCall: Equatable {
    /// One prompt, or the list's prompts in order.
    var prompts: [String]
    /// Whether `text` was an array: then the answer is one, too.
    var isList: Bool
    /// The name of the group that answers.
    var consumerGroup: String
    /// How tokens are drawn.
    var sampling: SamplingParameters
    /// The random numbers' key; nil draws one per prompt.
    var seed: UInt64?
    /// New tokens at most.
    var maxNewTokenCount: Int
    /// Whether end-of-text ids are tokens like any other.
    var ignoresEndOfText: Bool
    /// The urgency, 0 to 9; nil is the group's.
    var priority: Int?
    /// Tokens of each prompt that are kept, counted from its end; nil keeps all.
    var promptTokenCountMax: Int?
    /// Whether token counts and finish reasons are part of the answer.
    var returnsMetadata: Bool
    /// What was accepted without effect.
    var warnings: [String]

    /// The request for one of the prompts.
    func request(
        id: RequestID, promptIDs: [Int32], endOfTextIDs: [Int32], defaultPriority: Int
    ) -> GenerationRequest {
        GenerationRequest(
            id: id, promptIDs: promptIDs,
            parameters: GenerationParameters(
                sampling: sampling, seed: seed, maxNewTokenCount: maxNewTokenCount,
                ignoresEndOfText: ignoresEndOfText, endOfTextIDs: endOfTextIDs, topLogProbabilityCount: 0),
            priority: priority ?? defaultPriority, choiceIndex: 0)
    }
}

/// What Takeoff's API leaves to the server: defaults of its documentation, and ranges that keep nonsense out.
enum TakeoffLimits {
    /// `max_new_tokens` of requests that name none.
    static let maxNewTokenCount = 128
    /// `sampling_topk` of requests that name none: greedy.
    static let topK = 1
    /// Largest count a field may hold.
    static let countMax = Int(Int32.max)
    /// `sampling_temperature`; 0 is greedy.
    static let temperature = JSONFields.Bounds(lowest: 0, highest: 100)
    /// `sampling_topp`; 1 is off.
    static let topP = JSONFields.Bounds(lowest: 0, highest: 1, excludesLowest: true)
    /// `repetition_penalty`; 1 is off.
    static let repetitionPenalty = JSONFields.Bounds(lowest: 0, highest: 100, excludesLowest: true)
}
