import Foundation
import TestSupport
import Testing
import Tokenization

/// Real tokenizers on real texts, by the digests that `make_fixtures.py` took with `tokenizers`.
@Suite(.enabled(if: SharedFolder.exists)) struct SharedTextTests {
    struct Case: Decodable {
        let tokenizer: String
        let text: String
        let count: Int
        let first: [Int32]
        let ids: String
        let decoded: String
    }

    static let tokenizers = [
        "tokenizers/gpt2.json", "tokenizers/llama2.json", "tokenizers/llama3.json", "tokenizers/qwen2.json",
        "tokenizers/bert-minilm.json",
        "models/TinyStories-656K/tokenizer.json", "models/stories260K/tokenizer.json",
    ]

    private static func cases(of tokenizer: String) throws -> [Case] {
        struct File: Decodable { let cases: [Case] }
        let content = try Data(contentsOf: Fixtures.folder.appending(path: "shared.json"))
        return try JSONDecoder().decode(File.self, from: content).cases.filter { $0.tokenizer == tokenizer }
    }

    private static func text(_ name: String) throws -> String {
        let url = SharedFolder.data.appending(path: name)
        guard name.hasSuffix(".gz") else { return String(decoding: try Data(contentsOf: url), as: UTF8.self) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", url.path]
        process.standardOutput = pipe
        try process.run()
        let content = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: content, as: UTF8.self)
    }

    @Test(arguments: tokenizers) func idsAndTextsEqualTheReference(name: String) throws {
        let file = try Data(contentsOf: SharedFolder.data.appending(path: name))
        let tokenizer = try Tokenizer(tokenizerJSON: file, configJSON: nil)
        let cases = try Self.cases(of: name)
        #expect(cases.count == 9)
        for one in cases {
            let text = try Self.text(one.text)
            let isVectors = one.text.hasSuffix(".inp")
            let parts = isVectors ? text.components(separatedBy: "\n__ggml_vocab_test__\n") : [text]
            let encoded = try parts.map { try tokenizer.encode($0) }
            let ids = encoded.flatMap { $0 }
            #expect(ids.count == one.count, "\(one.text)")
            #expect(Array(ids.prefix(12)) == one.first)
            let idBytes = ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } }
            #expect(SHA256.hexadecimal(idBytes) == one.ids, "ids of \(one.text)")
            let decoded = encoded.flatMap { bytes(tokenizer.decode($0, skipSpecialTokens: true)) }
            #expect(SHA256.hexadecimal(decoded) == one.decoded, "decoded \(one.text)")
        }
    }

    @Test(arguments: ["TinyStories-656K", "stories260K"]) func modelsPromptsEncodeAsTheirReference(
        name: String
    ) throws {
        struct Reference: Decodable {
            struct Case: Decodable {
                let prompt: String
                let promptIDs: [Int32]
                let generatedIDs: [Int32]
                let text: String
                enum CodingKeys: String, CodingKey {
                    case prompt
                    case promptIDs = "prompt_ids"
                    case generatedIDs = "generated_ids"
                    case text
                }
            }
            let cases: [Case]
        }
        let directory = SharedFolder.data.appending(path: "models/\(name)")
        let tokenizer = try Tokenizer(directory: directory)
        let reference = try JSONDecoder().decode(
            Reference.self, from: Data(contentsOf: directory.appending(path: "reference.json")))
        for one in reference.cases {
            #expect(try tokenizer.encode(one.prompt) == one.promptIDs)
            let ids = one.promptIDs + one.generatedIDs
            #expect(bytes(tokenizer.decode(ids, skipSpecialTokens: true)) == bytes(one.text))
            try expectStreamContinues(
                tokenizer, ids, promptCount: one.promptIDs.count, skipSpecialTokens: true)
        }
        #expect(tokenizer.beginningOfTextID == 1)
        #expect(tokenizer.endOfTextID == 2)
    }

    @Test func digestIsSHA256() {
        #expect(
            SHA256.hexadecimal(bytes("abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            SHA256.hexadecimal([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }
}
