import Foundation
import TestSupport
import Testing

/// What `skein generate --json` prints.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Generated: Decodable {
    struct Token: Decodable, Equatable {
        let id: Int
        let logprob: Double?
        let best: [[Double]]
    }

    /// A stop string, or a stop token's id.
    enum StopReason: Decodable, Equatable {
        case string(String)
        case token(Int)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let id = try? value.decode(Int.self) {
                self = .token(id)
            } else {
                self = .string(try value.decode(String.self))
            }
        }
    }

    struct Choice: Decodable {
        let text: String
        let token_ids: [Int]
        let score: Double?
    }

    let text: String
    let token_ids: [Int]
    let finish_reason: String
    let stop_reason: StopReason?
    let score: Double?
    let choices: [Choice]?
    let logprobs: [Token]?
    let prompt_logprobs: [Token]?
}

private func generate(_ arguments: [String]) async throws -> Generated {
    let finished = try await SkeinCommandLine.run(["generate", "--json"] + arguments)
    guard finished.exitCode == 0 else {
        throw HTTPCalls.UnexpectedAnswer(description: "exit \(finished.exitCode): \(finished.standardError)")
    }
    return try JSONDecoder().decode(Generated.self, from: Data(finished.standardOutput.utf8))
}

/// Every strategy through processes and sockets.
@Suite("Decoding strategies", .serialized, .timeLimit(.minutes(10)))
struct DecodingStrategyTests {
    private static let demo = ["--model", DemoModel.demo.directory.path, "--quant-type", "f32"]
    private static let story = "Once upon a time there was a little"

    /// A beam search of Tests/ServingTests/Fixtures/beams.json, made by transformers.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct BeamCase: Decodable, CustomStringConvertible, Sendable {
        struct Answer: Decodable, Sendable {
            let tokens: [Int]
            let score: Double
        }

        let model: String
        let prompt: String
        let beams: Int
        let answers: Int
        let length_penalty: Double
        let early_stopping: String
        let max_new_tokens: Int
        let min_new_tokens: Int
        let repetition_penalty: Double
        let no_repeat_ngram_size: Int
        let bad_words: [[Int]]
        let ends: [Int]
        let expected: [Answer]

        var description: String { "\(model), \(beams) beams, \(early_stopping), \(length_penalty)" }

        var arguments: [String] {
            [
                "--model", SharedFolder.packageRoot.appending(path: model).path, "--quant-type", "f32",
                "--prompt",
                prompt, "--beam-width", "\(beams)", "-n", "\(answers)", "--length-penalty",
                "\(length_penalty)",
                "--early-stopping", early_stopping, "--max-new-tokens", "\(max_new_tokens)",
                "--min-new-tokens",
                "\(min_new_tokens)", "--repetition-penalty", "\(repetition_penalty)",
                "--no-repeat-ngram-size",
                "\(no_repeat_ngram_size)", "--ignore-eos",
            ] + ends.flatMap { ["--stop-token-id", "\($0)"] }
        }

        /// Those whose parameters the command line has.
        static let all: [BeamCase] = {
            struct File: Decodable { let cases: [BeamCase] }
            let file = SharedFolder.packageRoot.appending(path: "Tests/ServingTests/Fixtures/beams.json")
            guard let data = try? Data(contentsOf: file) else { return [] }
            return ((try? JSONDecoder().decode(File.self, from: data))?.cases ?? []).filter(
                \.bad_words.isEmpty)
        }()
    }

    /// Tolerance of scores: f32 logits whose sums have another order than torch's.
    @Test("beams are transformers', however the reader is laid out", arguments: BeamCase.all)
    func beams(example: BeamCase) async throws {
        for layout in [[], ["--tensor-parallel", "2", "--prefill-chunk", "4"]] {
            let answer = try await generate(example.arguments + layout)
            let found =
                answer.choices ?? [
                    Generated.Choice(text: answer.text, token_ids: answer.token_ids, score: answer.score)
                ]
            #expect(found.count == example.answers)
            for (choice, expected) in zip(found, example.expected) {
                let isEnded = expected.tokens.last.map(example.ends.contains) ?? false
                #expect(choice.token_ids == (isEnded ? expected.tokens.dropLast() : expected.tokens))
                let score = try #require(choice.score)
                #expect(abs(score - expected.score) <= 1e-4 * max(1, abs(expected.score)))
            }
        }
    }

    @Test("a stop string cuts the text where it begins, and the sequence's slot is free again")
    func stop() async throws {
        let whole = try await generate(Self.demo + ["--prompt", Self.story, "--max-new-tokens", "60"])
        // Two characters from the middle of the text, whatever the tokens there are.
        let start = whole.text.index(whole.text.startIndex, offsetBy: whole.text.count / 2)
        let stop = String(whole.text[start...].prefix(2))
        let range = try #require(whole.text.range(of: stop))
        let before = String(whole.text[..<range.lowerBound])
        let answer = try await generate(
            Self.demo + ["--prompt", Self.story, "--max-new-tokens", "60", "--stop", stop, "--stop", "\u{1}"])
        #expect(
            answer.text == before && answer.finish_reason == "stop" && answer.stop_reason == .string(stop))
        try await ServerProcess.use(Self.demo + ["--max-batch-size", "1"]) { server in
            let body: [String: any Sendable] = ["text": Self.story, "max_new_tokens": 60, "stop": [stop]]
            #expect(try await server.text(body) == before)
            #expect(
                try await HTTPCalls.events(server.inference + "/generate_stream", body).joined() == before)
            try await Polling.until { try await server.total("active_sequences") == 0 }
            #expect(try await server.text(["text": Self.story, "max_new_tokens": 60]) == whole.text)
        }
    }

    @Test("each of n answers is what it is among fewer, and from another layout")
    func choices() async throws {
        let arguments =
            Self.demo + [
                "--prompt", Self.story, "--max-new-tokens", "20", "--temperature", "1.5", "--seed", "7",
            ]
        let three = try await generate(arguments + ["-n", "3"])
        let texts = try #require(three.choices).map(\.text)
        #expect(Set(texts).count == 3)
        #expect(try await generate(arguments).text == texts[0])
        let other = try await generate(
            arguments + ["-n", "2", "--tensor-parallel", "2", "--max-batch-size", "1"])
        #expect(other.choices?.map(\.text) == Array(texts.prefix(2)))
        let best = try await generate(arguments + ["--best-of", "3", "--logprobs", "0"])
        #expect(texts.contains(best.text))
    }

    @Test("log-probabilities of an answer are those that the same text has as a prompt")
    func logProbabilities() async throws {
        let arguments = Self.demo + ["--max-new-tokens", "12", "--logprobs", "3"]
        let answer = try await generate(arguments + ["--prompt", Self.story])
        let tokens = try #require(answer.logprobs)
        #expect(tokens.count == 12)
        // Greedy: each token is the best one.
        #expect(tokens.allSatisfy { $0.best.count == 3 && $0.best[0] == [Double($0.id), $0.logprob ?? 0] })
        for layout in [[], ["--tensor-parallel", "2", "--prefill-chunk", "3"]] {
            let again = try await generate(
                arguments + layout + [
                    "--prompt", Self.story + answer.text, "--prompt-logprobs", "3", "--echo",
                ])
            #expect(again.text.hasPrefix(Self.story + answer.text))
            let prompt = try #require(again.prompt_logprobs)
            #expect(prompt.first?.logprob == nil && prompt.first?.best.isEmpty == true)
            #expect(prompt.suffix(12) == tokens[...])
        }
    }

    @Test("bad words of several tokens do not occur")
    func badWords() async throws {
        let arguments = Self.demo + ["--prompt", Self.story, "--max-new-tokens", "40"]
        let plain = try await generate(arguments)
        let words = plain.text.split(separator: " ").filter { $0.count > 3 && $0.allSatisfy(\.isLetter) }
            .prefix(3)
        try #require(!words.isEmpty)
        let answer = try await generate(arguments + words.flatMap { ["--bad-word", String($0)] })
        for word in words {
            #expect(!answer.text.split(separator: " ").contains(word), "\(word) in \(answer.text)")
        }
    }

    @Test(
        "wrong flags end with one sentence",
        arguments: [
            (["--beam-width", "99"], "--beam-width is 99"), (["-n", "0"], "-n is 0"),
            (["-n", "4", "--best-of", "2"], "--best-of is 2"), (["--stop", ""], "--stop is empty"),
            (["--beam-width", "2", "--stop", "a"], "--stop is set"), (["--logit-bias", "5"], "5"),
            (["--stop-token-id", "99999"], "stop_token_ids is token id 99999"),
            (["--early-stopping", "soon"], "soon"), (["--logprobs", "257"], "top_logprobs is 257"),
        ])
    func refusals(flags: [String], sentence: String) async throws {
        let arguments = ["generate", "--model", Fixture.llama.directory, "--prompt", "a"] + flags
        let finished = try await SkeinCommandLine.run(arguments)
        #expect(finished.exitCode != 0)
        #expect(finished.standardError.contains(sentence), "\(finished.standardError)")
    }
}
