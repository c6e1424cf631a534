import Topology
import WorkerMessages

extension GenerateCall {
    /// Reads a body's fields: those of Takeoff's API (contract 2.1) and ours (docs/HTTP.md).
    init(_ object: [String: JSONValue]) throws(APIError) {
        var fields = JSONFields(object)
        (prompts, isList) = try Self.prompts(&fields)
        let group = try fields.string("consumer_group") ?? ""
        consumerGroup = group.isEmpty ? Defaults.consumerGroup : group

        let counts = 0...TakeoffLimits.countMax
        maxNewTokenCount =
            try fields.integer("max_new_tokens", in: 1...TakeoffLimits.countMax)
            ?? TakeoffLimits.maxNewTokenCount
        sampling = SamplingParameters()
        sampling.temperature = try fields.number("sampling_temperature", in: TakeoffLimits.temperature) ?? 1
        sampling.topP = try fields.number("sampling_topp", in: TakeoffLimits.topP) ?? 1
        sampling.topK = Int32(try fields.integer("sampling_topk", in: counts) ?? TakeoffLimits.topK)
        sampling.repetitionPenalty =
            try fields.number("repetition_penalty", in: TakeoffLimits.repetitionPenalty) ?? 1
        sampling.noRepeatNGramSize = Int32(try fields.integer("no_repeat_ngram_size", in: counts) ?? 0)
        sampling.minNewTokenCount =
            Int32(try fields.integer("min_new_tokens", in: 0...maxNewTokenCount) ?? 0)
        seed = try fields.unsigned("seed")
        ignoresEndOfText = try fields.bool("ignore_eos") ?? false
        priority = try fields.integer("priority", in: TopologyLimits.priority)
        promptTokenCountMax = try fields.integer("prompt_max_tokens", in: 1...TakeoffLimits.countMax)
        returnsMetadata = try fields.bool("return_metadata") ?? false

        try Self.readPenalties(&fields, into: &sampling)
        stopping = try Self.stopping(&fields)
        biases = try Self.biases(&fields)
        bannedWords = try Self.bannedWords(&fields)
        (choices, beams) = try Self.choices(&fields)
        scoring = try Self.scoring(&fields)
        warnings = []

        try Self.refuseLaterFields(&fields)
        try fitToBeams(&fields)
        fields.ignore("constrained_decoding_backend", "nothing constrains this request")
        warnings = fields.finish()
    }

    private static func prompts(_ fields: inout JSONFields) throws(APIError) -> ([String], Bool) {
        let allowed = "a string, or an array of at least one string"
        switch fields.value("text") {
        case .string(let prompt): return ([prompt], false)
        case .array(let values):
            guard !values.isEmpty else {
                throw APIError(.invalidField, "text is an empty array; allowed: \(allowed)", field: "text")
            }
            var prompts: [String] = []
            prompts.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                guard case .string(let prompt) = value else {
                    throw APIError(
                        .invalidField,
                        "text[\(index)] is \(value.typeName) (\(value.shown)); allowed: \(allowed)",
                        field: "text")
                }
                prompts.append(prompt)
            }
            return (prompts, true)
        case .some(let value):
            throw APIError(
                .invalidField, "text is \(value.typeName) (\(value.shown)); allowed: \(allowed)",
                field: "text")
        case .none:
            throw APIError(.missingField, "text is missing; it is \(allowed)", field: "text")
        }
    }

    /// Fields that would change the answer and that nothing here obeys yet.
    private static func refuseLaterFields(_ fields: inout JSONFields) throws(APIError) {
        let constrained = "this server does not constrain answers yet; leave it out or send null"
        try fields.refuse("regex_string", constrained)
        try fields.refuse("json_schema", constrained)
        try fields.refuse("lora_id", "this server serves no adapters yet; leave it out or send null")
        try fields.refuse(
            "use_chat_template", "this server renders no chat templates yet; send false or null")
        for name in ["image", "image_data", "images"] {
            try fields.refuse(name, "this server takes no images yet; leave it out or send null")
        }
    }
}
