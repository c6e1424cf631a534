import Foundation
import Models
import TestSupport
import Testing
import Tokenization
import WorkerMessages

/// Damaged GGUF files and packed checkpoints: each is refused with an error that says something, or packed; none ends
/// the process, and reading one takes at most twice its header's bytes and a constant.
@Suite("Damaged files of other programs", .timeLimit(.minutes(5)))
struct ForeignHostileTests {
    @Test(arguments: [("q4_0", 1500), ("mixed", 800), ("gemma3", 500), ("qwen2moe", 500)])
    func gguf(name: String, caseCount: Int) throws {
        let original = Array(try Data(contentsOf: ForeignReference.model("\(name).gguf")))
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "model.gguf")
        var (refusedCount, unreadCount) = (0, 0)
        for number in 0..<caseCount {
            var mutator = Mutator(seed: UInt64(number))
            // Half of the damage hits the start, where the lengths of everything stand.
            let reach = number.isMultiple(of: 2) ? 2500 : original.count / 3
            try Data(mutator.damaged(original, reach: reach)).write(to: path)
            do {
                let summary = try HeaderMemory.expectLittle(gguf: path) {
                    let summary = try CheckpointInspector().inspect(
                        ModelInspection(
                            directory: path, rankCount: 1 + number % 4, rowCountMax: 64, weightType: "auto",
                            keyValueType: "f32"))
                    let metadata = try #require(summary.tokenizerMetadata)
                    _ = try Tokenizer(
                        gguf: path.path, metadata: metadata.json, fileByteCount: metadata.fileByteCount)
                    return summary
                }
                if number.isMultiple(of: 8), let format = WeightFormat(rawValue: summary.weightType) {
                    _ = try StoredPack(path, format)
                }
            } catch let error as ModelError {
                refusedCount += 1
                #expect(!error.message.isEmpty)
            } catch let error as TokenizationError {
                unreadCount += 1
                #expect(!error.message.isEmpty)
            }
        }
        #expect(refusedCount > caseCount / 5, "\(refusedCount) of \(caseCount)")
        #expect(unreadCount > 0, "no damage to the vocabulary was noticed")
    }

    @Test(arguments: ["gptq-v1", "gptq-act-order", "awq"], ["config.json", "model.safetensors"])
    func packed(name: String, file: String) throws {
        let source = ForeignReference.model(name)
        let folder = try TemporaryFolder()
        for other in ["config.json", "model.safetensors"] where other != file {
            try FileManager.default.createSymbolicLink(
                at: folder.url.appending(path: other), withDestinationURL: source.appending(path: other))
        }
        let original = Array(try Data(contentsOf: source.appending(path: file)))
        var refusedCount = 0
        for number in 0..<300 {
            var mutator = Mutator(seed: UInt64(number))
            try Data(mutator.damaged(original, reach: 2500)).write(to: folder.url.appending(path: file))
            try HeaderMemory.expectLittle(folder.url, file)
            do {
                _ = try StoredPack(folder.url, number.isMultiple(of: 2) ? .stored : .int8)
            } catch let error as ModelError {
                refusedCount += 1
                #expect(!error.message.isEmpty)
            }
        }
        #expect(refusedCount > 60, "\(refusedCount)")
    }

    @Test("a symmetric matrix whose zeros are something else is refused by its name")
    func wrongZeros() throws {
        let source = ForeignReference.model("gptq-v1")
        let folder = try TemporaryFolder()
        let text = try String(contentsOf: source.appending(path: "config.json"), encoding: .utf8)
        // Zeros of every group's own, said to be the middle.
        try Data(text.utf8).write(to: folder.url.appending(path: "config.json"))
        try FileManager.default.copyItem(
            at: ForeignReference.model("gptq-v1-zeros").appending(path: "model.safetensors"),
            to: folder.url.appending(path: "model.safetensors"))
        #expect {
            _ = try StoredPack(folder.url, .stored)
        } throws: { error in
            "\(error)".contains("qzeros") && "\(error)".contains("symmetric")
        }
    }
}
