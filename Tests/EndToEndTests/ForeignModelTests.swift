import Foundation
import TestSupport
import Testing

/// What `skein generate --json` prints, and what the fixtures expect of it.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Generated: Decodable {
    let text: String
    let token_ids: [Int]
    let prompt_ids: [Int]
}

// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Expected: Decodable {
    struct Case: Decodable {
        let prompt: String
        let prompt_ids: [Int]
        let generated_ids: [Int]
    }

    let cases: [Case]

    init(_ name: String) throws {
        let file = ForeignModelTests.folder.appending(path: name)
        self = try JSONDecoder().decode(Expected.self, from: try Data(contentsOf: file))
    }
}

@Suite("Models that other programs stored", .serialized, .timeLimit(.minutes(10)))
struct ForeignModelTests {
    static let folder = SharedFolder.packageRoot.appending(path: "Tests/ModelsTests/Fixtures/foreign")

    private func generate(_ name: String, _ arguments: [String]) async throws -> Generated {
        let finished = try await SkeinCommandLine.run(
            [
                "generate", "--json", "--ignore-eos", "--max-new-tokens", "24", "--model",
                Self.folder.appending(path: name).path,
            ] + arguments)
        guard finished.exitCode == 0 else {
            throw HTTPCalls.UnexpectedAnswer(
                description: "exit \(finished.exitCode): \(finished.standardError)")
        }
        return try JSONDecoder().decode(Generated.self, from: Data(finished.standardOutput.utf8))
    }

    /// Ids of prompts are the reference's tokenizer's: every pattern and both tokenizer models are among the files.
    @Test(
        "a GGUF file answers as its model does in transformers, tokenizer and all",
        arguments: [
            "llama", "llama-pieces", "mixtral", "qwen2", "phi3", "smollm3", "gemma", "gemma3", "gptneox",
            "falcon",
            "bloom", "gpt2", "q8_0", "q4_0", "mixed",
        ])
    func gguf(name: String) async throws {
        for example in try Expected("\(name).json").cases {
            let answer = try await generate(
                "\(name).gguf", ["--prompt", example.prompt, "--quant-type", "f32"])
            #expect(answer.prompt_ids == example.prompt_ids, "\(example.prompt)")
            #expect(answer.token_ids == example.generated_ids, "\(example.prompt)")
        }
    }

    @Test(
        "GPTQ and AWQ directories answer as transformers does",
        arguments: ["gptq-v1", "gptq-act-order", "awq"])
    func packed(name: String) async throws {
        let example = try #require(try Expected("\(name)/expected.json").cases.first)
        let answer = try await generate(name, ["--prompt", example.prompt, "--quant-type", "f32"])
        #expect(answer.prompt_ids == example.prompt_ids)
        #expect(answer.token_ids == example.generated_ids)
    }

    @Test(
        "kept codes give the same ids from every split",
        arguments: ["q8_0.gguf", "q4_0.gguf", "gptq-v1-zeros", "awq"])
    func splits(name: String) async throws {
        let prompt = ["--prompt", "The geese came over the marsh"]
        let expected = try await generate(name, prompt)
        #expect(expected.token_ids.count == 24)
        for layout in [["--tensor-parallel", "2"], ["--tensor-parallel", "3", "--transport", "unix"]] {
            let answer = try await generate(name, prompt + layout)
            #expect(answer.token_ids == expected.token_ids, "\(layout)")
        }
        let named = try await generate(name, prompt + ["--quant-type", "stored"])
        #expect(named.token_ids == expected.token_ids)
    }

    @Test("a GGUF file is served, planned and measured")
    func served() async throws {
        let path = Self.folder.appending(path: "q4_0.gguf").path
        let planned = try await SkeinCommandLine.run(["plan", "--model", path])
        #expect(planned.exitCode == 0, "\(planned.standardError)")
        #expect(planned.standardOutput.contains("stored"))
        let folder = try TemporaryFolder()
        let text = folder.url.appending(path: "text.txt")
        try Data("The geese came over the marsh & 13 of them went north.".utf8).write(to: text)
        let measured = try await SkeinCommandLine.run([
            "perplexity", "--model", path, "--text", text.path, "--context", "32",
        ])
        #expect(measured.exitCode == 0, "\(measured.standardError)")
        try await ServerProcess.use(["--model", path, "--tensor-parallel", "2"]) { server in
            let answer = try await server.text(["text": "The geese", "max_new_tokens": 8, "sampling_topk": 1])
            #expect(!answer.isEmpty)
        }
    }

    @Test("what is no GGUF file, or asks for too much, ends with one sentence")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let wrong = folder.url.appending(path: "model.gguf")
        try Data("no such thing".utf8).write(to: wrong)
        let plain = Self.folder.appending(path: "gpt2.gguf").path
        let cases: [([String], String)] = [
            (["--model", wrong.path], "no GGUF file"),
            (["--model", plain, "--quant-type", "stored"], "stored"),
            (["--model", Fixture.llama.directory, "--quant-type", "stored"], "stored"),
        ]
        for (arguments, word) in cases {
            let finished = try await SkeinCommandLine.run(["generate", "--prompt", "a"] + arguments)
            #expect(finished.exitCode == 2, "\(finished.standardError)")
            #expect(finished.standardError.contains(word), "\(finished.standardError)")
        }
    }
}
