import Foundation
import HTTPTypes
import HummingbirdTesting
import Serving
import Testing
import WorkerMessages

/// `/generate`: shapes, parameters as they reach the queue, refusals.
struct GenerateTests {
    @Test func aStringIsAnsweredByAString() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer(ByteTokenizer.ids("lo!")) }) {
            try await $0.post("/generate", #"{"text": "hel"}"#)
        }
        #expect(response.status == .ok)
        #expect(response.text == #"{"text":"lo!"}"#)
        #expect(response.headers[.contentType] == "application/json; charset=utf-8")
    }

    @Test func aListIsAnsweredByAListInItsOrder() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { sequences in
            // The later prompts first: the order of the answers is the prompts' all the same.
            for sequence in sequences.reversed() {
                sequence.answer(Array(sequence.request.promptIDs.dropFirst()))
            }
        }) { try await $0.post("/generate", #"{"text": ["a", "b", "c"]}"#) }
        #expect(response.text == #"{"text":["a","b","c"]}"#)
    }

    @Test func aListOfOneStaysAList() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([]) }) {
            try await $0.post("/generate", #"{"text": ["a"]}"#)
        }
        #expect(response.text == #"{"text":[""]}"#)
    }

    @Test func nullsAndAbsentFieldsMeanTakeoffsDefaults() async throws {
        let nulls = """
            {"text": "a", "consumer_group": null, "sampling_temperature": null, "sampling_topp": null,
             "sampling_topk": null, "max_new_tokens": null, "min_new_tokens": null, "repetition_penalty": null,
             "no_repeat_ngram_size": null, "prompt_max_tokens": null, "regex_string": "", "json_schema": null,
             "constrained_decoding_backend": null, "return_metadata": null, "use_chat_template": false,
             "lora_id": null, "seed": null, "ignore_eos": null, "priority": null}
            """
        let server = try await TestServer()
        let response = try await server.run(script: { sequences in
            let parameters = sequences[0].request.parameters
            #expect(parameters.sampling.topK == 1)
            #expect(parameters.sampling.isGreedy)
            #expect(parameters.sampling.temperature == 1)
            #expect(parameters.sampling.topP == 1)
            #expect(parameters.sampling.repetitionPenalty == 1)
            #expect(parameters.sampling.noRepeatNGramSize == 0)
            #expect(parameters.maxNewTokenCount == 128)
            #expect(parameters.minNewTokenCount == 0)
            #expect(parameters.endOfTextIDs == [ByteTokenizer.end])
            #expect(!parameters.ignoresEndOfText)
            // Drawn by the group, since the client sent none.
            #expect(parameters.seed == nil)
            #expect(parameters.sampling.seed == 42)
            #expect(sequences[0].request.promptIDs == [256, 97])
            // The group's.
            #expect(sequences[0].request.priority == 4)
            sequences[0].answer([98], .endOfText)
        }) { try await $0.post("/generate", nulls) }
        #expect(response.text == #"{"text":"b"}"#)
        #expect(response.headers[values: Self.warning].isEmpty)
    }

    @Test func everyParameterReachesTheQueue() async throws {
        let body = """
            {"text": "a", "consumer_group": "", "sampling_temperature": 0.5, "sampling_topp": 0.25,
             "sampling_topk": 7, "max_new_tokens": 9, "min_new_tokens": 2, "repetition_penalty": 1.5,
             "no_repeat_ngram_size": 3, "seed": 18446744073709551615, "ignore_eos": true,
             "priority": 9}
            """
        let server = try await TestServer()
        _ = try await server.run(script: { sequences in
            let parameters = sequences[0].request.parameters
            #expect(parameters.sampling.temperature == 0.5)
            #expect(parameters.sampling.topP == 0.25)
            #expect(parameters.sampling.topK == 7)
            #expect(parameters.maxNewTokenCount == 9)
            #expect(parameters.minNewTokenCount == 2)
            #expect(parameters.sampling.repetitionPenalty == 1.5)
            #expect(parameters.sampling.noRepeatNGramSize == 3)
            #expect(parameters.sampling.seed == UInt64.max)
            #expect(parameters.ignoresEndOfText)
            #expect(sequences[0].request.priority == 9)
            sequences[0].answer([98])
        }) { try await $0.post("/generate", body) }
    }

    @Test(arguments: [
        (3, "<s>", [256, 101, 102]), (6, "<s>", [256, 98, 99, 100, 101, 102]), (1, "", [102]),
        (7, "<s>", [256, 97, 98, 99, 100, 101, 102]),
    ])
    func aPromptKeepsItsEndAndWhatTextsBeginWith(limit: Int, kept: String, ids: [Int32]) async throws {
        let server = try await TestServer()
        _ = try await server.run(script: { sequences in
            #expect(sequences[0].request.promptIDs == ids)
            sequences[0].answer([])
        }) { try await $0.post("/generate", #"{"text": "abcdef", "prompt_max_tokens": \#(limit)}"#) }
    }

    @Test func metadataCountsTokens() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([98, 99], .endOfText) }) {
            try await $0.post("/generate", #"{"text": "a", "return_metadata": true}"#)
        }
        #expect(
            response.text
                == #"{"metadata":{"cached_tokens":0,"finish_reason":"eos_token","generated_tokens":2,"#
                + #""prompt_tokens":2},"text":"bc"}"#
        )
    }

    @Test func aCharacterOfSeveralTokensIsWhole() async throws {
        let server = try await TestServer()
        // The last character stays incomplete, and becomes U+FFFD as in a decode of the whole.
        let ids = ByteTokenizer.ids("grün🦢") + [0xC3]
        let response = try await server.run(script: { $0[0].answer(ids) }) {
            try await $0.post("/generate", #"{"text": "a"}"#)
        }
        #expect(try response.json["text"] as? String == "grün🦢\u{FFFD}")
    }

    @Test func whatHasNoEffectIsAcceptedWithAWarning() async throws {
        let server = try await TestServer()
        let response = try await server.run(script: { $0[0].answer([98]) }) {
            try await $0.post(
                "/generate",
                #"{"text": "a", "top_a": 1, "zoé\n": 1, "constrained_decoding_backend": "outlines"}"#)
        }
        #expect(response.status == .ok)
        #expect(
            response.headers[values: Self.warning] == [
                "constrained_decoding_backend has no effect: nothing constrains this request",
                "unknown field top_a ignored", "unknown field zo?? ignored",
            ])
        #expect(server.log.lines.contains { $0.hasPrefix("warning Request with fields that have no effect") })
    }

    static let warning = HTTPField.Name("x-skein-warning")!
}
