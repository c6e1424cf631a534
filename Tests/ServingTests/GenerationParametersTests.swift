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

    private static func beams(_ width: Int, answers: Int = 1) -> BeamParameters {
        BeamParameters(width: width, lengthPenalty: 1, earlyStopping: .heuristic, answerCount: answers)
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
        Change("prompt logprobs 257", "prompt_logprobs is 257, allowed: 0 to 256") {
            $0.promptLogProbabilityCount = 257
        },
        Change("stop ids", "stop_token_ids is a list of 257, allowed: at most 256") {
            $0.stopTokenIDs = [Int32](repeating: 1, count: 257)
        },
        Change("bias 100", nil) { $0.biases = [.init(tokenID: 1, value: 100)] },
        Change("bias nan", "logit_bias of token 1 is nan, allowed: -100 to 100") {
            $0.biases = [.init(tokenID: 1, value: .nan)]
        },
        Change("biases", "logit_bias is a list of 4097, allowed: at most 4096") {
            $0.biases = .init(repeating: .init(tokenID: 1, value: 0), count: 4097)
        },
        Change("bad word of one", "bad_words is 1, allowed: words of 2 to 256 tokens") {
            $0.bannedSequences = [[4]]
        },
        Change("bad words", "bad_words is a list of 1025, allowed: at most 1024") {
            $0.bannedSequences = .init(repeating: [1, 2], count: 1025)
        },
        Change("beam", nil) { $0.beams = beams(32) },
        Change("narrow beam", "beam_width is 1, allowed: 2 to 32") { $0.beams = beams(1) },
        Change("wide beam", "beam_width is 33, allowed: 2 to 32") { $0.beams = beams(33) },
        Change("beam answers", "n is 5, allowed: 1 to beam_width (4)") { $0.beams = beams(4, answers: 5) },
        Change("beam penalty", "length_penalty is inf, allowed: a finite number") {
            $0.beams = beams(4)
            $0.beams?.lengthPenalty = .infinity
        },
        Change("beam and draws", "temperature is 1.0, allowed: 0 with beam_width: nothing is drawn") {
            $0.beams = beams(4)
            $0.sampling.temperature = 1
        },
        Change(
            "beam and logprobs", "beam_width is 4, allowed: 1 where logprobs or prompt_logprobs are asked for"
        ) {
            $0.beams = beams(4)
            $0.wantsLogProbabilities = true
        },
        Change("beam and many ends", "beam_width is 32, allowed: with 9 ids that end a text, at most 25") {
            $0.beams = beams(32)
            $0.stopTokenIDs = [1, 2, 3, 4, 5, 6, 7, 8]
        },
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

    @Test("name ids that the model does not have")
    func vocabulary() throws {
        var changed = parameters()
        changed.stopTokenIDs = [0, 99]
        changed.bannedSequences = [[1, 99]]
        changed.biases = [.init(tokenID: 99, value: 1)]
        try changed.validate(vocabularyCount: 100)
        #expect(
            throws: ServingError.invalidParameter(
                name: "stop_token_ids", value: "token id 99", allowed: "0 to 98")
        ) {
            try changed.validate(vocabularyCount: 99)
        }
    }

    @Test("end by end-of-text ids unless these are ignored, and by stop ids always")
    func endings() {
        var changed = parameters()
        changed.stopTokenIDs = [5]
        #expect(changed.endingIDs == [99, 5])
        #expect(changed.ending(by: 99) == .endOfText && changed.ending(by: 5) == .stopToken(id: 5))
        #expect(changed.ending(by: 6) == nil)
        changed.ignoresEndOfText = true
        #expect(changed.endingIDs == [5] && changed.ending(by: 99) == nil)
    }
}
