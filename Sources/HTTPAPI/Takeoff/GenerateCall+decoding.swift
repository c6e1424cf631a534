import Controller
import Serving
import WorkerMessages

/// Fields of ours that decide how an answer is found and what is shown of it.
extension GenerateCall {
    /// Adds `min_p`, `typical_p`, `presence_penalty` and `frequency_penalty`.
    static func readPenalties(
        _ fields: inout JSONFields, into sampling: inout SamplingParameters
    ) throws(APIError) {
        sampling.minP = try fields.number("min_p", in: TakeoffLimits.minP) ?? 0
        sampling.typicalP = try fields.number("typical_p", in: TakeoffLimits.topP) ?? 1
        sampling.presencePenalty = try fields.number("presence_penalty", in: TakeoffLimits.penalty) ?? 0
        sampling.frequencyPenalty = try fields.number("frequency_penalty", in: TakeoffLimits.penalty) ?? 0
    }

    /// Reads `stop`, `stop_token_ids` and `include_stop_str_in_output`.
    static func stopping(_ fields: inout JSONFields) throws(APIError) -> Stopping {
        let allowed = allowedStops
        var stopping = Stopping()
        stopping.strings = try fields.strings("stop", countMax: TakeoffLimits.stopCountMax, allowed: allowed)
        for string in stopping.strings
        where string.isEmpty || string.utf8.count > TakeoffLimits.stopByteCountMax {
            throw APIError(
                .invalidField, "stop holds a string of \(string.utf8.count) bytes; allowed: \(allowed)",
                field: "stop")
        }
        stopping.tokenIDs = try fields.tokenIDs("stop_token_ids", countMax: ListLimits.stopTokenCountMax)
        stopping.isShown = try fields.bool("include_stop_str_in_output") ?? false
        return stopping
    }

    private static let allowedStops =
        "a string or up to \(TakeoffLimits.stopCountMax) of them, each of 1 to "
        + "\(TakeoffLimits.stopByteCountMax) bytes"

    /// Reads `logit_bias`: an object from token id to number.
    static func biases(_ fields: inout JSONFields) throws(APIError) -> [StepFrame.Bias] {
        guard let value = fields.value("logit_bias") else { return [] }
        let allowed =
            "an object of up to \(ListLimits.biasCountMax) token ids, each with a number of "
            + "\(-Int(ListLimits.biasMax)) to \(Int(ListLimits.biasMax))"
        func refusal(_ what: String) -> APIError {
            APIError(.invalidField, "logit_bias \(what); allowed: \(allowed)", field: "logit_bias")
        }
        guard case .object(let object) = value else { throw refusal("is \(value.typeName)") }
        guard object.count <= ListLimits.biasCountMax else { throw refusal("has \(object.count) ids") }
        var biases: [StepFrame.Bias] = []
        for (key, value) in object {
            guard let id = Int32(key), id >= 0 else { throw refusal("has the key \(key.prefix(40))") }
            guard let number = value.double, abs(number) <= Double(ListLimits.biasMax) else {
                throw refusal("of token \(id) is \(value.shown)")
            }
            biases.append(StepFrame.Bias(tokenID: id, value: Float(number)))
        }
        // Every worker gets the same bytes for the same request.
        return biases.sorted { $0.tokenID < $1.tokenID }
    }

    /// Reads `bad_words`: strings, or arrays of token ids.
    static func bannedWords(_ fields: inout JSONFields) throws(APIError) -> [BannedWord] {
        guard let value = fields.value("bad_words") else { return [] }
        let allowed =
            "an array of up to \(TakeoffLimits.bannedWordCountMax) words, each a string, or an array of 1 to "
            + "\(ListLimits.bannedSequenceLengthMax) token ids"
        func refusal(_ what: String) -> APIError {
            APIError(.invalidField, "bad_words\(what); allowed: \(allowed)", field: "bad_words")
        }
        guard case .array(let values) = value else { throw refusal(" is \(value.typeName) (\(value.shown))") }
        guard values.count <= TakeoffLimits.bannedWordCountMax else {
            throw refusal(" has \(values.count) words")
        }
        var words: [BannedWord] = []
        for (index, value) in values.enumerated() {
            switch value {
            case .string(let word) where !word.isEmpty: words.append(.text(word))
            case .array(let elements) where (1...ListLimits.bannedSequenceLengthMax).contains(elements.count):
                let ids = elements.compactMap(\.tokenID)
                guard ids.count == elements.count else {
                    throw refusal("[\(index)] holds something that is no token id")
                }
                words.append(.ids(ids))
            default: throw refusal("[\(index)] is \(value.typeName) (\(value.shown))")
            }
        }
        return words
    }

    /// Reads `n`, `best_of`, `beam_width`, `length_penalty` and `early_stopping`.
    static func choices(
        _ fields: inout JSONFields
    ) throws(APIError) -> (counts: ChoiceCounts, beams: BeamParameters?) {
        var counts = ChoiceCounts()
        counts.answerCount = try fields.integer("n", in: 1...TakeoffLimits.choiceCountMax) ?? 1
        let bestOf = try fields.integer("best_of", in: counts.answerCount...TakeoffLimits.choiceCountMax)
        let width = try fields.integer("beam_width", in: 1...BeamParameters.widthMax) ?? 1
        let lengthPenalty = try fields.number("length_penalty", in: TakeoffLimits.lengthPenalty) ?? 1
        let earlyStopping = try earlyStopping(&fields)
        guard width > 1 else {
            counts.sequenceCount = bestOf ?? counts.answerCount
            for name in ["length_penalty", "early_stopping"] where fields.value(name) != nil {
                fields.warn("\(name) has no effect: beam_width is 1")
            }
            return (counts, nil)
        }
        guard bestOf == nil else {
            throw APIError(
                .invalidField, "best_of is \(bestOf ?? 0) and beam_width \(width); allowed: one of them",
                field: "best_of")
        }
        guard counts.answerCount <= width else {
            throw APIError(
                .invalidField, "n is \(counts.answerCount); allowed: 1 to beam_width (\(width))", field: "n")
        }
        counts.isBeam = true
        let beams = BeamParameters(
            width: width, lengthPenalty: lengthPenalty, earlyStopping: earlyStopping,
            answerCount: counts.answerCount)
        return (counts, beams)
    }

    private static func earlyStopping(_ fields: inout JSONFields) throws(APIError) -> EarlyStopping {
        switch fields.value("early_stopping") {
        case nil, .bool(false): return .heuristic
        case .bool(true): return .always
        case .string("never"): return .never
        case .some(let value):
            throw APIError(
                .invalidField,
                "early_stopping is \(value.typeName) (\(value.shown)); allowed: true, false or \"never\"",
                field: "early_stopping")
        }
    }

    /// Reads `logprobs`, `prompt_logprobs` and `echo`.
    static func scoring(_ fields: inout JSONFields) throws(APIError) -> Scoring {
        let counts = 0...TakeoffLimits.topCountMax
        var scoring = Scoring()
        scoring.topCount = try fields.integer("logprobs", in: counts)
        scoring.promptTopCount = try fields.integer("prompt_logprobs", in: counts)
        scoring.echoesPrompt = try fields.bool("echo") ?? false
        return scoring
    }

    /// What a beam search does not do is refused, and what decides draws has no effect on it.
    mutating func fitToBeams(_ fields: inout JSONFields) throws(APIError) {
        guard let beams else { return }
        let refused: [(name: String, isSet: Bool)] = [
            ("stop", !stopping.strings.isEmpty), ("logprobs", scoring.topCount != nil),
            ("prompt_logprobs", scoring.promptTopCount != nil),
        ]
        for field in refused where field.isSet {
            throw APIError(
                .unsupportedField,
                "\(field.name) is set, and beam_width is \(beams.width); a beam search does without it, so leave "
                    + "one of them out",
                field: field.name)
        }
        for name in ["sampling_temperature", "sampling_topp", "sampling_topk", "min_p", "typical_p", "seed"]
        where fields.value(name) != nil {
            fields.warn("\(name) has no effect: a beam search draws nothing")
        }
        sampling.temperature = 0
        sampling.topK = 0
        sampling.topP = 1
        sampling.minP = 0
        sampling.typicalP = 1
    }
}
