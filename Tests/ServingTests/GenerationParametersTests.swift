import Serving
import Testing
import WorkerMessages

@Suite("Generation parameters")
struct GenerationParametersTests {
    /// A change to legal parameters, and what is said of it; nil: it is legal.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sentence: String?
        let apply: @Sendable (inout GenerationParameters) -> Void

        init(
            _ name: String, _ sentence: String?,
            _ apply: @escaping @Sendable (inout GenerationParameters) -> Void
        ) {
            testDescription = name
            self.sentence = sentence
            self.apply = apply
        }
    }

    static let changes: [Change] = [
        Change("temperature 0", nil) { $0.sampling.temperature = 0 },
        Change("temperature below", "temperature is -0.5, allowed: 0 or more") {
            $0.sampling.temperature = -0.5
        },
        Change("temperature nan", "temperature is nan, allowed: 0 or more") {
            $0.sampling.temperature = .nan
        },
        Change("temperature inf", "temperature is inf, allowed: 0 or more") {
            $0.sampling.temperature = .infinity
        },
        Change("top_p 1", nil) { $0.sampling.topP = 1 },
        Change("top_p 0", "top_p is 0.0, allowed: over 0, up to 1") { $0.sampling.topP = 0 },
        Change("top_p 1.5", "top_p is 1.5, allowed: over 0, up to 1") { $0.sampling.topP = 1.5 },
        Change("min_p 1", nil) { $0.sampling.minP = 1 },
        Change("min_p 2", "min_p is 2.0, allowed: 0 to 1") { $0.sampling.minP = 2 },
        Change("typical_p 0", "typical_p is 0.0, allowed: over 0, up to 1") { $0.sampling.typicalP = 0 },
        Change("repetition 0", "repetition_penalty is 0.0, allowed: over 0") {
            $0.sampling.repetitionPenalty = 0
        },
        Change("presence nan", "presence_penalty is nan, allowed: a finite number") {
            $0.sampling.presencePenalty = .nan
        },
        Change("frequency inf", "frequency_penalty is -inf, allowed: a finite number") {
            $0.sampling.frequencyPenalty = -.infinity
        },
        Change("top_k 0", nil) { $0.sampling.topK = 0 },
        Change("top_k -1", "top_k is -1, allowed: 0 or more") { $0.sampling.topK = -1 },
        Change("n-gram -1", "no_repeat_ngram_size is -1, allowed: 0 or more") {
            $0.sampling.noRepeatNGramSize = -1
        },
        Change("max 1", nil) { $0.maxNewTokenCount = 1 },
        Change("max 0", "max_new_tokens is 0, allowed: 1 or more") { $0.maxNewTokenCount = 0 },
        Change("min = max", nil) { $0.minNewTokenCount = 4 },
        Change("min > max", "min_new_tokens is 5, allowed: 0 to max_new_tokens (4)") {
            $0.minNewTokenCount = 5
        },
        Change("min < 0", "min_new_tokens is -1, allowed: 0 to max_new_tokens (4)") {
            $0.minNewTokenCount = -1
        },
        Change("logprobs 256", nil) { $0.topLogProbabilityCount = 256 },
        Change("logprobs 257", "top_logprobs is 257, allowed: 0 to 256") { $0.topLogProbabilityCount = 257 },
    ]

    @Test("are refused outside their bounds, by name, value and bounds", arguments: changes)
    func bounds(change: Change) {
        var changed = parameters()
        change.apply(&changed)
        do throws(ServingError) {
            try changed.validate()
            #expect(change.sentence == nil)
        } catch {
            #expect("\(error)" == change.sentence)
        }
    }
}
