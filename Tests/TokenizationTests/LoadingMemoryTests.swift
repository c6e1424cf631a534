import Foundation
import TestSupport
import Testing
import Tokenization

/// What loading a tokenizer takes in memory: at most twice its files and 2 MiB, whatever the files hold. Each folder
/// is loaded in a process of its own, the first thing that is loaded there, so that what is made once counts.
@Suite("Memory while a tokenizer is loaded", .serialized, .timeLimit(.minutes(5)))
struct LoadingMemoryTests {
    @Test("hostile files", arguments: HostileTokenizers.all)
    func hostile(_ one: HostileTokenizers.Case) async throws {
        let folder = try TemporaryFolder()
        let content = one.content()
        try content.write(to: folder.url.appending(path: one.file))
        for (name, text) in one.companions {
            try Data(text.utf8).write(to: folder.url.appending(path: name))
        }
        // Large enough that a table out of proportion does not hide in the allowance.
        #expect(content.count > 4 << 20)
        try await Self.expectLittleMemory(folder.url, isSound: one.isSound)
    }

    @Test("real files", .enabled(if: SharedFolder.exists))
    func real() async throws {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: SharedFolder.data.appending(path: "tokenizers").path)
        for name in names.sorted() where name.hasSuffix(".json") {
            let file = SharedFolder.data.appending(path: "tokenizers/\(name)")
            let folder = try TemporaryFolder()
            try FileManager.default.copyItem(at: file, to: folder.url.appending(path: "tokenizer.json"))
            try await Self.expectLittleMemory(folder.url, isSound: true)
        }
        for name in ["stories260K", "TinyStories-656K"] {
            try await Self.expectLittleMemory(
                SharedFolder.data.appending(path: "models/\(name)"), isSound: true)
        }
    }

    @Test("real files, damaged", .enabled(if: SharedFolder.exists))
    func damaged() async throws {
        for name in ["bert-minilm", "gpt2", "llama2"] {
            let original = Array(
                try Data(contentsOf: SharedFolder.data.appending(path: "tokenizers/\(name).json")))
            for seed in 0..<4 {
                var mutator = Mutator(seed: UInt64(seed))
                let folder = try TemporaryFolder()
                try Data(mutator.damaged(original, reach: seed % 2 == 0 ? 4096 : .max))
                    .write(to: folder.url.appending(path: "tokenizer.json"))
                try await Self.expectLittleMemory(folder.url)
            }
        }
    }

    private static func expectLittleMemory(_ folder: URL, isSound: Bool = false) async throws {
        let path = folder.path
        await #expect(processExitsWith: .success) { [path = path as String, isSound = isSound as Bool] in
            let byteCount = try Self.byteCount(path)
            do {
                _ = try LoadingMemory.tokenizer(fileByteCount: byteCount) {
                    try Tokenizer(directory: URL(filePath: path))
                }
            } catch let error as TokenizationError {
                #expect(!isSound && error.message.utf8.count < 1 << 12, "\(error)")
            }
        }
    }

    /// How many bytes the files have that a tokenizer is read from.
    private static func byteCount(_ path: String) throws -> Int {
        let folder = URL(filePath: path)
        return try [
            "tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt", "tokenizer_config.json",
        ].reduce(0) { sum, name in
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { return sum }
            return sum + (try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
        }
    }
}
