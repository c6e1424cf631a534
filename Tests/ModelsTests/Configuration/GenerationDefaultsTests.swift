import Models
import Testing
import WorkerMessages

/// What generation_config.json adds to a model: ends of text, and how tokens are drawn where a route does not say.
@Suite("generation_config.json") struct GenerationDefaultsTests {
    private static func configuration(_ generation: String?) throws -> ModelConfiguration {
        let config = """
            {"model_type": "llama", "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1,
             "num_attention_heads": 2, "vocab_size": 100, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
             "eos_token_id": 7}
            """
        return try ModelConfiguration(
            parsing: Array(config.utf8), generation: generation.map { Array($0.utf8) }, place: "m/config.json"
        )
    }

    @Test(
        arguments: [
            (nil, [7]), ("{}", [7]), (#"{"eos_token_id": 3}"#, [3, 7]),
            (#"{"eos_token_id": [9, 7, 2]}"#, [2, 7, 9]),
            (#"{"eos_token_id": null}"#, [7]),
        ] as [(String?, [Int32])])
    func endsOfTextAreThoseOfBothFiles(generation: String?, ids: [Int32]) throws {
        #expect(try Self.configuration(generation).endOfTextIDs == ids)
    }

    @Test func everySettingIsRead() throws {
        let defaults = try Self.configuration(
            """
            {"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 40, "min_p": 0.05, "typical_p": 0.8,
             "repetition_penalty": 1.1, "no_repeat_ngram_size": 3, "min_new_tokens": 2, "max_new_tokens": 500,
             "transformers_version": "4.41.2"}
            """
        ).generationDefaults
        let sampling = defaults.sampling(over: SamplingParameters())
        #expect(sampling.temperature == 0.6)
        #expect(sampling.topP == 0.9)
        #expect(sampling.topK == 40)
        #expect(sampling.minP == 0.05)
        #expect(sampling.typicalP == 0.8)
        #expect(sampling.repetitionPenalty == 1.1)
        #expect(sampling.noRepeatNGramSize == 3)
        #expect(sampling.minNewTokenCount == 2)
        #expect(defaults.maxNewTokenCount == 500)
    }

    @Test func whatTheFileDoesNotSayIsTheRoutes() throws {
        var own = SamplingParameters()
        own.temperature = 1
        own.topK = 5
        own.presencePenalty = 0.5
        #expect(try Self.configuration(nil).generationDefaults == GenerationDefaults())
        #expect(try Self.configuration("{}").generationDefaults.sampling(over: own) == own)
        let penalty = try Self.configuration(#"{"repetition_penalty": 2, "top_k": -1}"#).generationDefaults
        let sampling = penalty.sampling(over: own)
        #expect(sampling.temperature == 1)
        #expect(sampling.topK == 0)
        #expect(sampling.repetitionPenalty == 2)
        #expect(sampling.presencePenalty == 0.5)
        #expect(penalty.maxNewTokenCount == nil)
    }

    @Test(
        arguments: [
            (#"{"do_sample": false}"#, 0), (#"{"do_sample": false, "temperature": 0.7}"#, 0),
            (#"{"do_sample": true}"#, 1), (#"{"temperature": 0.7}"#, 0.7), (#"{"temperature": 0}"#, 0),
        ] as [(String, Float)])
    func aFileThatDoesNotSampleIsGreedy(generation: String, temperature: Float) throws {
        var own = SamplingParameters()
        own.temperature = 1
        #expect(
            try Self.configuration(generation).generationDefaults.sampling(over: own).temperature
                == temperature)
    }

    @Test(arguments: [
        (#"{"temperature": -0.1}"#, "temperature"), (#"{"temperature": "hot"}"#, "temperature"),
        (#"{"top_p": 0}"#, "top_p"), (#"{"top_p": 1.01}"#, "top_p"), (#"{"top_k": -2}"#, "top_k"),
        (#"{"top_k": 1.5}"#, "top_k"), (#"{"repetition_penalty": 0}"#, "repetition_penalty"),
        (#"{"max_new_tokens": 0}"#, "max_new_tokens"), (#"{"do_sample": 1}"#, "do_sample"),
        (#"{"eos_token_id": 100}"#, "eos_token_id"), (#"{"min_p": 2}"#, "min_p"),
    ])
    func valueThatNoRequestCouldHaveIsNamed(generation: String, key: String) {
        let error = #expect(throws: ModelError.self) { try Self.configuration(generation) }
        #expect(
            error?.message.contains("m/generation_config.json: \"\(key)\"") == true, "\(error?.message ?? "")"
        )
    }
}
