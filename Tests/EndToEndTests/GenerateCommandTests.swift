import Foundation
import TestSupport
import Testing

/// What `skein generate --json` prints.
// swift-format-ignore: AlwaysUseLowerCamelCase
private struct Generated: Decodable {
    let text: String
    let token_ids: [Int]
    let prompt_ids: [Int]
    let finish_reason: String
}

private func generate(_ arguments: [String], environment: [String: String] = [:]) async throws -> Generated {
    let finished = try await SkeinCommandLine.run(
        ["generate", "--json"] + arguments, environment: environment)
    guard finished.exitCode == 0 else {
        throw HTTPCalls.UnexpectedAnswer(description: "exit \(finished.exitCode): \(finished.standardError)")
    }
    return try JSONDecoder().decode(Generated.self, from: Data(finished.standardOutput.utf8))
}

@Suite("skein generate", .serialized)
struct GenerateCommandTests {
    @Test(
        "greedy ids are the reference's on trained models", .enabled(if: SharedFolder.exists),
        arguments: SharedModel.allCases)
    func reference(model: SharedModel) async throws {
        for value in try model.cases() {
            let answer = try await generate([
                "--model", model.directory, "--quant-type", "f32", "--prompt", value.prompt, "--ignore-eos",
                "--max-new-tokens", "\(value.generated_ids.count)",
            ])
            let count = model.decidedCount(value)
            #expect(answer.prompt_ids == value.prompt_ids)
            #expect(
                answer.token_ids.prefix(count) == value.generated_ids.prefix(count), "prompt \(value.prompt)")
        }
    }

    @Test("a directory of symbolic links, as a hub's cache has them, is the model that the links name")
    func symbolicLinks() async throws {
        let folder = try TemporaryFolder()
        for name in try FileManager.default.contentsOfDirectory(atPath: Fixture.llama.directory) {
            try FileManager.default.createSymbolicLink(
                atPath: folder.url.appending(path: name).path,
                withDestinationPath: Fixture.llama.directory + "/" + name)
        }
        let arguments = ["--prompt", "one two", "--ignore-eos", "--max-new-tokens", "12"]
        let linked = try await generate(["--model", folder.url.path] + arguments)
        let plain = try await generate(["--model", Fixture.llama.directory] + arguments)
        #expect(linked.token_ids == plain.token_ids && linked.token_ids.count == 12)
    }

    @Test(
        "without --ignore-eos the answer ends before the first end of text", .enabled(if: SharedFolder.exists)
    )
    func endOfText() async throws {
        let model = SharedModel.tinyStories
        let value = try #require(try model.cases().first { $0.generated_ids.contains(2) })
        let end = try #require(value.generated_ids.firstIndex(of: 2))
        let answer = try await generate([
            "--model", model.directory, "--quant-type", "f32", "--prompt", value.prompt, "--max-new-tokens",
            "200",
        ])
        #expect(answer.token_ids == Array(value.generated_ids[..<end]))
        #expect(answer.finish_reason == "stop")
    }

    @Test("the same bits from every layout, greedy and sampled", arguments: Fixture.allCases)
    func layouts(model: Fixture) async throws {
        let common = [
            "--model", model.directory, "--prompt", "one two three", "--max-new-tokens", "40", "--ignore-eos",
        ]
        let sampled = [
            "--temperature", "0.9", "--top-p", "0.95", "--repetition-penalty", "1.2", "--seed", "7",
        ]
        for extra in [[], sampled] {
            let expected = try await generate(common + extra)
            #expect(expected.token_ids.count == 40)
            let layouts = [
                ["--tensor-parallel", "2"], ["--tensor-parallel", "3", "--transport", "unix"],
                ["--tensor-parallel", "4", "--transport", "shm"], ["--threads", "2"],
                ["--prefill-chunk", "1"],
            ]
            for layout in layouts {
                let answer = try await generate(common + extra + layout)
                #expect(answer.token_ids == expected.token_ids, "\(layout) \(extra)")
            }
        }
    }

    @Test("wrong input ends with one sentence and the right code")
    func errors() async throws {
        #if arch(arm64)
        let foreignSet = "avx2"
        #else
        let foreignSet = "neon"
        #endif
        let cases: [(arguments: [String], environment: [String: String], exitCode: Int32, word: String)] = [
            (["generate", "--model", "/nowhere", "--prompt", "a"], [:], 2, "/nowhere"),
            (["serve"], [:], 2, "--model"),
            (["serve", "--model", "/nowhere", "--port", "0"], [:], 2, "/nowhere"),
            (["serve", "--port", "seven"], [:], 64, "seven"),
            (["serve", "--topology", "/nowhere.yaml"], [:], 2, "/nowhere.yaml"),
            (["plan", "--model", Fixture.llama.directory, "--tensor-parallel", "17"], [:], 2, "17"),
            (["plan", "--model", Fixture.llama.directory, "--quant-type", "int3"], [:], 64, "int3"),
            (["plan", "--model", Fixture.llama.directory, "--kv-cache-type", "bf16"], [:], 64, "bf16"),
            (
                ["generate", "--model", Fixture.llama.directory, "--prompt", "a"], ["SKEIN_ISA": "sse9"], 2,
                "sse9"
            ),
            (
                ["generate", "--model", Fixture.llama.directory, "--prompt", "a"], ["SKEIN_ISA": foreignSet],
                2,
                foreignSet
            ),
            (["bench", "split", "--rounds", "0"], [:], 64, "0"),
        ]
        for value in cases {
            let finished = try await SkeinCommandLine.run(value.arguments, environment: value.environment)
            #expect(finished.exitCode == value.exitCode, "\(value.arguments): \(finished.standardError)")
            #expect(
                finished.standardError.contains(value.word), "\(value.arguments): \(finished.standardError)")
        }
    }
}
