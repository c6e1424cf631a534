import Foundation
import TestSupport
import Testing

/// What transformers says of some texts; see Fixtures/make_perplexity.py.
private struct PerplexityReference: Decodable {
    struct Case: Decodable, Sendable {
        let model: String
        let context: Int
        let tokens: Int
        let perplexity: Double
    }

    let tinyText: String
    let cases: [Case]

    static func read() throws -> PerplexityReference {
        let url = SharedFolder.packageRoot.appending(path: "Tests/EndToEndTests/Fixtures/perplexity.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(PerplexityReference.self, from: Data(contentsOf: url))
    }
}

private struct Measured: Decodable {
    let perplexity: Double
    let tokens: Int
    let kvCacheType: String
}

@Suite("skein perplexity", .serialized)
struct PerplexityTests {
    private func measure(
        _ directory: String, _ text: String, _ type: String, cache: String = "f32", context: Int
    ) async throws -> Measured {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "text.txt")
        try Data(text.utf8).write(to: file)
        let finished = try await SkeinCommandLine.run([
            "perplexity", "--model", directory, "--text", file.path, "--quant-type", type, "--kv-cache-type",
            cache,
            "--context", "\(context)", "--json",
        ])
        withExtendedLifetime(folder) {}
        #expect(finished.exitCode == 0, "\(finished.standardError)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Measured.self, from: Data(finished.standardOutput.utf8))
    }

    @Test("is transformers' with f32 weights", arguments: Fixture.allCases)
    func tiny(model: Fixture) async throws {
        let reference = try PerplexityReference.read()
        let value = try #require(reference.cases.first { $0.model == model.rawValue })
        let found = try await measure(model.directory, reference.tinyText, "f32", context: value.context)
        #expect(found.tokens == value.tokens)
        #expect(abs(found.perplexity / value.perplexity - 1) < 1e-4)
    }

    @Test(
        "is transformers' for trained models, and int8 loses half a percent at most",
        .enabled(if: SharedFolder.exists), arguments: SharedModel.allCases)
    func trained(model: SharedModel) async throws {
        struct File: Decodable {
            struct Case: Decodable { let text: String }
            let cases: [Case]
        }
        let data = try Data(contentsOf: URL(filePath: model.directory).appending(path: "reference.json"))
        let text = try JSONDecoder().decode(File.self, from: data).cases.map(\.text).joined(separator: "\n")
        let value = try #require(try PerplexityReference.read().cases.first { $0.model == model.rawValue })
        let exact = try await measure(model.directory, text, "f32", context: value.context)
        #expect(exact.tokens == value.tokens)
        #expect(abs(exact.perplexity / value.perplexity - 1) < 1e-4)
        let eight = try await measure(model.directory, text, "int8", context: value.context)
        #expect(eight.perplexity / exact.perplexity < 1.005)
        let four = try await measure(model.directory, text, "int4", context: value.context)
        #expect(four.perplexity / exact.perplexity < 1.15)
        for (cache, loss) in [("f16", 1e-4), ("int8", 5e-3)] {
            let found = try await measure(model.directory, text, "f32", cache: cache, context: value.context)
            #expect(found.kvCacheType == cache && found.perplexity != exact.perplexity)
            #expect(abs(found.perplexity / exact.perplexity - 1) < loss, "\(cache): \(found.perplexity)")
        }
    }
}
