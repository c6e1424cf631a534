import Foundation
import HTTPTypes
import HummingbirdTesting
import Serving
import Synchronization
import Testing
import WorkerMessages

/// What decides answers beyond Takeoff's own fields: how it reaches the queue, and how it comes back.
struct DecodingTests {
    private static let warning = HTTPField.Name("x-skein-warning")!

    /// Posts a body, answers every sequence by `answer`, and gives the response and the sequences.
    private func post(
        _ path: String = "/generate", _ body: String, pieces: [String] = [],
        answer: @escaping @Sendable (QueuedSequence) -> Void
    ) async throws -> (response: TestResponse, sequences: [QueuedSequence]) {
        let seen = Mutex<[QueuedSequence]>([])
        let server = try await TestServer { $0.pieces = pieces }
        let response = try await server.run(script: { sequences in
            seen.withLock { $0 += sequences }
            for sequence in sequences { answer(sequence) }
        }) { try await $0.post(path, body) }
        return (response, seen.withLock { $0 })
    }

    // MARK: Stopping

    @Test func aStopStringEndsTheAnswerAndItsSequence() async throws {
        let body = #"{"text": "a", "stop": "END", "return_metadata": true}"#
        // The reader never says that the answer is complete.
        let (response, sequences) = try await post("/generate", body) { sequence in
            for id in ByteTokenizer.ids("one END two") {
                sequence.handle.deliver(.token(id: id, logProbability: nil))
            }
        }
        #expect(try response.json["text"] as? String == "one ")
        let metadata = try response.json["metadata"] as? [String: Any]
        #expect(metadata?["finish_reason"] as? String == "stop")
        #expect(metadata?["stop_reason"] as? String == "END")
        #expect(metadata?["generated_tokens"] as? Int == 7)
        #expect(sequences.allSatisfy { $0.handle.isStopped && $0.handle.isCancelled })
    }

    @Test func nothingOfAStopStringIsStreamed() async throws {
        let body = #"{"text": "a", "stop": ["zz", "🦢!"], "return_metadata": true}"#
        let (response, sequences) = try await post("/generate_stream", body) { sequence in
            for id in ByteTokenizer.ids("h 🦢? 🦢! x") {
                sequence.handle.deliver(.token(id: id, logProbability: nil))
            }
        }
        #expect(
            response.text
                == "data: h\n\ndata:  \n\ndata: 🦢?\n\ndata:  \n\n"
                + #"data: {"metadata":{"cached_tokens":0,"finish_reason":"stop","generated_tokens":13,"#
                + #""prompt_tokens":2,"stop_reason":"🦢!"}}"# + "\n\n")
        #expect(sequences.allSatisfy { $0.handle.isStopped })
    }

    @Test func theStopStringIsShownWhereThatIsAskedFor() async throws {
        let body = #"{"text": ["a", "b"], "stop": ["y", "xy"], "include_stop_str_in_output": true}"#
        let (response, _) = try await post("/generate", body) { sequence in
            let isFirst = sequence.request.promptIDs.last == 97
            sequence.answer(ByteTokenizer.ids(isFirst ? "wxyz" : "wx"))
        }
        #expect(response.text == #"{"text":["wxy","wx"]}"#)
    }

    @Test func theFirstTokensAreNotSearched() async throws {
        let body = #"{"text": "a", "stop": "x", "min_new_tokens": 3}"#
        let (response, _) = try await post("/generate", body) { $0.answer(ByteTokenizer.ids("x.xxy")) }
        #expect(response.text == #"{"text":"x.x"}"#)
    }

    @Test(arguments: [(false, "b"), (true, "bc")]) func aStopIDEndsTheAnswer(isShown: Bool, text: String)
        async throws
    {
        let body = """
            {"text": "a", "stop_token_ids": [99, 100], "include_stop_str_in_output": \(isShown),
             "return_metadata": true, "ignore_eos": true}
            """
        let (response, sequences) = try await post("/generate", body) { sequence in
            sequence.answer([98], .stopToken(id: 99))
        }
        #expect(sequences[0].request.parameters.endingIDs == [99, 100])
        #expect(try response.json["text"] as? String == text)
        let metadata = try response.json["metadata"] as? [String: Any]
        #expect(metadata?["finish_reason"] as? String == "stop")
        #expect(metadata?["stop_reason"] as? Int == 99)
        #expect(metadata?["generated_tokens"] as? Int == 1)
    }

    // MARK: Drawing

    @Test func everyParameterReachesTheQueue() async throws {
        let body = """
            {"text": "a", "min_p": 0.25, "typical_p": 0.5, "presence_penalty": -1.5, "frequency_penalty": 2,
             "logit_bias": {"7": -100, "5": 1.5}, "bad_words": ["b", " cd", [8, 9], [10]], "stop_token_ids": [3],
             "logprobs": 2, "prompt_logprobs": 0}
            """
        let (response, sequences) = try await post("/generate", body) { $0.answer([98]) }
        #expect(response.headers[values: Self.warning].isEmpty)
        let parameters = sequences[0].request.parameters
        #expect(parameters.sampling.minP == 0.25 && parameters.sampling.typicalP == 0.5)
        #expect(parameters.sampling.presencePenalty == -1.5 && parameters.sampling.frequencyPenalty == 2)
        #expect(parameters.biases == [.init(tokenID: 5, value: 1.5), .init(tokenID: 7, value: -100)])
        #expect(parameters.bannedTokenIDs == [98, 10])
        #expect(parameters.bannedSequences == [[32, 98], [99, 100], [32, 99, 100], [8, 9]])
        #expect(parameters.stopTokenIDs == [3] && parameters.endingIDs == [ByteTokenizer.end, 3])
        #expect(parameters.wantsLogProbabilities && parameters.topLogProbabilityCount == 2)
        #expect(parameters.promptLogProbabilityCount == 0)
    }

    @Test func logProbabilitiesComeBackInTheMetadata() async throws {
        let body = #"{"text": "a", "logprobs": 1, "prompt_logprobs": 0, "echo": true}"#
        let (response, _) = try await post("/generate", body) { sequence in
            sequence.handle.deliver(
                .prompt([
                    PromptToken(id: 256, logProbability: nil, best: []),
                    PromptToken(id: 97, logProbability: -1.5, best: []),
                ]))
            sequence.handle.deliver(
                .token(id: 98, logProbability: -2, best: [ScoredToken(id: 99, logProbability: -0.5)]))
            sequence.handle.deliver(.finished(.length))
        }
        #expect(
            response.text == """
                {"metadata":{"cached_tokens":0,"finish_reason":"length","generated_tokens":1,"logprobs":[{"id":98,\
                "logprob":-2,\
                "token":"b","top_logprobs":[{"id":99,"logprob":-0.5,"token":"c"}]}],"prompt_logprobs":[{"id":256,\
                "token":"<s>"},{"id":97,"logprob":-1.5,"token":"a"}],"prompt_tokens":2},"text":"ab"}
                """)
    }

    @Test(arguments: [("", #"hello b"#), (#", "prompt_max_tokens": 3"#, "o b")])
    func theEchoIsThePromptAsItWasContinued(field: String, text: String) async throws {
        let body = #"{"text": "hello ", "echo": true\#(field)}"#
        for path in ["/generate", "/generate_stream"] {
            let (response, _) = try await post(path, body) { $0.answer([98]) }
            if path == "/generate" {
                #expect(try response.json["text"] as? String == text)
            } else {
                #expect(response.text == "data: \(text)\n\n")
            }
        }
    }

    // MARK: Choices

    @Test func nAnswersAreSequencesOfTheirOwn() async throws {
        let body = #"{"text": "a", "n": 3, "seed": 5, "return_metadata": true}"#
        let (response, sequences) = try await post("/generate", body) { sequence in
            sequence.answer([98 + sequence.request.choiceIndex])
        }
        #expect(sequences.map(\.request.choiceIndex).sorted() == [0, 1, 2])
        #expect(Set(sequences.map(\.request.promptIDs)) == [[256, 97]])
        #expect(Set(sequences.map(\.request.id)).count == 3)
        #expect(sequences.allSatisfy { !$0.request.parameters.wantsLogProbabilities })
        #expect(try response.json["text"] as? [String] == ["b", "c", "d"])
        #expect((try response.json["metadata"] as? [[String: Any]])?.count == 3)
    }

    @Test func aListWithNAnswersIsAListOfLists() async throws {
        let (response, _) = try await post("/generate", #"{"text": ["a", "k"], "n": 2}"#) { sequence in
            sequence.answer([(sequence.request.promptIDs.last ?? 0) + sequence.request.choiceIndex])
        }
        #expect(response.text == #"{"text":[["a","b"],["k","l"]]}"#)
    }

    @Test func theBestOfSeveralAnswersAreShown() async throws {
        let body = #"{"text": "a", "n": 2, "best_of": 4}"#
        let scores: [Float] = [-2, -1, -1, -3]
        let (response, sequences) = try await post("/generate", body) { sequence in
            let choice = sequence.request.choiceIndex
            for _ in 0...choice {
                sequence.handle.deliver(.token(id: 97 + choice, logProbability: scores[Int(choice)]))
            }
            sequence.handle.deliver(.finished(.length))
        }
        #expect(sequences.count == 4 && sequences.allSatisfy { $0.request.parameters.wantsLogProbabilities })
        #expect(response.text == #"{"text":["bb","ccc"]}"#)
    }

    @Test func choicesAreStreamedWithTheirIndex() async throws {
        let script: @Sendable (QueuedSequence) -> Void = { $0.answer([98 + $0.request.choiceIndex]) }
        let (one, _) = try await post("/generate_stream", #"{"text": "a", "n": 2}"#, answer: script)
        let events = one.text.components(separatedBy: "\n\n").filter { !$0.isEmpty }
        #expect(events.sorted() == [#"data: {"choice":0,"text":"b"}"#, #"data: {"choice":1,"text":"c"}"#])
        let (list, _) = try await post("/generate_stream", #"{"text": ["a"], "n": 2}"#, answer: script)
        #expect(list.text.contains(#"data: {"batch_id":0,"choice":1,"text":"c"}"#))
    }

    @Test func aBeamIsOneSequenceWithSeveralAnswers() async throws {
        let body = """
            {"text": ["a", "x"], "beam_width": 4, "n": 2, "length_penalty": 0.5, "early_stopping": "never",
             "sampling_temperature": 0.7, "return_metadata": true}
            """
        for path in ["/generate", "/generate_stream"] {
            let (response, sequences) = try await post(path, body) { sequence in
                let prompt = sequence.request.promptIDs.last ?? 0
                let tokens = (1...2).map { ScoredToken(id: prompt + $0, logProbability: -1) }
                let ended = tokens + [ScoredToken(id: ByteTokenizer.end, logProbability: -1)]
                sequence.handle.deliver(
                    .hypotheses([
                        BeamAnswer(tokens: ended, endsByID: true, score: -0.5),
                        BeamAnswer(tokens: tokens, endsByID: false, score: -0.75),
                    ]))
                sequence.handle.deliver(.finished(.length))
            }
            let parameters = sequences.map(\.request.parameters)
            #expect(
                parameters.map(\.beams)
                    == Array(
                        repeating: BeamParameters(
                            width: 4, lengthPenalty: 0.5, earlyStopping: .never, answerCount: 2), count: 2))
            #expect(parameters.allSatisfy { $0.sampling.isGreedy })
            #expect(
                response.headers[values: Self.warning] == [
                    "sampling_temperature has no effect: a beam search draws nothing"
                ])
            if path == "/generate" {
                #expect(try response.json["text"] as? [[String]] == [["bc", "bc"], ["yz", "yz"]])
                let metadata = try #require(try response.json["metadata"] as? [[[String: Any]]])
                #expect(metadata[0].map { $0["score"] as? Double } == [-0.5, -0.75])
                #expect(metadata[0].map { $0["finish_reason"] as? String } == ["eos_token", "length"])
                #expect(metadata[0].map { $0["generated_tokens"] as? Int } == [2, 2])
            } else {
                #expect(response.text.contains(#"data: {"batch_id":1,"choice":1,"text":"yz"}"#))
            }
        }
    }

    // MARK: Refusals

    static let refusals: [(field: String, message: String)] = [
        (#""stop": 7"#, "stop is a number (7); allowed: a string or up to 16 of them"),
        (#""stop": [""]"#, "stop holds a string of 0 bytes"),
        (#""stop": ["a", 1]"#, "stop holds a number (1)"),
        (
            #""stop": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]"#,
            "stop is an array of 17"
        ),
        (#""stop_token_ids": 7"#, "stop_token_ids is a number (7); allowed: an array of up to 256 token ids"),
        (#""stop_token_ids": [-1]"#, "stop_token_ids is an array of 1"),
        (#""stop_token_ids": [300]"#, "stop_token_ids is token id 300, allowed: 0 to 299"),
        (#""min_p": 2"#, "min_p is 2; allowed: a number, 0 to 1"),
        (#""typical_p": 0"#, "typical_p is 0; allowed: a number, more than 0, at most 1"),
        (#""presence_penalty": 101"#, "presence_penalty is 101"),
        (#""frequency_penalty": "a""#, "frequency_penalty is a string"),
        (#""logit_bias": [1]"#, "logit_bias is an array; allowed: an object of up to 4096 token ids"),
        (#""logit_bias": {"x": 1}"#, "logit_bias has the key x"),
        (#""logit_bias": {"4": 101}"#, "logit_bias of token 4 is 101"),
        (#""logit_bias": {"300": 1}"#, "logit_bias is token id 300, allowed: 0 to 299"),
        (#""bad_words": "b""#, "bad_words is a string"),
        (#""bad_words": [""]"#, "bad_words[0] is a string"),
        (#""bad_words": [[]]"#, "bad_words[0] is an array (an array of 0)"),
        (#""bad_words": [["b"]]"#, "bad_words[0] holds something that is no token id"),
        (#""bad_words": [[1, 300]]"#, "bad_words is token id 300, allowed: 0 to 299"),
        (#""n": 0"#, "n is 0; allowed: an integer, 1 to 32"),
        (#""n": 3, "best_of": 2"#, "best_of is 2; allowed: an integer, 3 to 32"),
        (#""beam_width": 33"#, "beam_width is 33; allowed: an integer, 1 to 32"),
        (#""beam_width": 2, "n": 3"#, "n is 3; allowed: 1 to beam_width (2)"),
        (#""beam_width": 2, "best_of": 2"#, "best_of is 2 and beam_width 2; allowed: one of them"),
        (#""beam_width": 2, "stop": "a""#, "stop is set, and beam_width is 2"),
        (#""beam_width": 2, "logprobs": 1"#, "logprobs is set, and beam_width is 2"),
        (#""length_penalty": 1000"#, "length_penalty is 1000"),
        (
            #""early_stopping": "soon""#,
            "early_stopping is a string (\"soon\"); allowed: true, false or \"never\""
        ),
        (#""logprobs": 21"#, "logprobs is 21; allowed: an integer, 0 to 20"),
        (#""prompt_logprobs": -1"#, "prompt_logprobs is -1"),
    ]

    @Test(arguments: refusals.indices) func aWrongFieldIsRefusedWithValueAndRange(index: Int) async throws {
        let (field, message) = Self.refusals[index]
        let (response, sequences) = try await post("/generate", "{\"text\": \"a\", \(field)}") {
            $0.answer([98])
        }
        #expect(response.status == .unprocessableContent)
        #expect(response.errorMessage.contains(message), "\(response.errorMessage)")
        #expect(sequences.isEmpty)
    }

    @Test func aStreamCannotBeRanked() async throws {
        let (response, _) = try await post("/generate_stream", #"{"text": "a", "best_of": 2}"#) {
            $0.answer([98])
        }
        #expect(response.status == .unprocessableContent)
        #expect(response.errorMessage.contains("best_of is 2; allowed in a stream: n (1)"))
    }
}
