import Foundation
import Models
import TestSupport
import Testing
import WorkerMessages

/// Damaged checkpoints: each is refused with an error that says something, or accepted; none ends the process, and
/// reading it takes at most twice its bytes and 1 MiB.
@Suite("Damaged checkpoints", .timeLimit(.minutes(5)))
struct HostileFilesTests {
    /// A file of a fixture that is damaged time and again, the others being as they were.
    struct Target: CustomTestStringConvertible, Sendable {
        let model: String
        let file: String
        let caseCount: Int
        /// How much of the file is damaged: headers are where lies are told.
        var reach = Int.max
        var testDescription: String { "\(file) of \(model)" }
    }

    @Test(arguments: [
        Target(model: "tiny-llama", file: "config.json", caseCount: 1200),
        Target(model: "tiny-qwen2", file: "config.json", caseCount: 800),
        Target(model: "tiny-falcon-new", file: "config.json", caseCount: 800),
        Target(model: "tiny-gemma3", file: "config.json", caseCount: 400),
        Target(model: "tiny-mpt", file: "config.json", caseCount: 400),
        Target(model: "tiny-opt-350m", file: "config.json", caseCount: 400),
        Target(model: "tiny-qwen2-moe", file: "config.json", caseCount: 400),
        Target(model: "tiny-llama", file: "model.safetensors", caseCount: 1200, reach: 3000),
        Target(model: "tiny-pythia", file: "model.safetensors", caseCount: 1200, reach: 3000),
        Target(model: "tiny-gpt2", file: "model.safetensors", caseCount: 800, reach: 2500),
        Target(model: "tiny-llama-tied", file: "model.safetensors.index.json", caseCount: 1000),
    ])
    func damaged(_ target: Target) throws {
        let source = ForwardReference.fixtures.appending(path: target.model)
        let folder = try TemporaryFolder()
        let names = try FileManager.default.contentsOfDirectory(atPath: source.path)
        for name in names where name != target.file {
            try FileManager.default.createSymbolicLink(
                at: folder.url.appending(path: name), withDestinationURL: source.appending(path: name))
        }
        let original = Array(try Data(contentsOf: source.appending(path: target.file)))
        let path = folder.url.appending(path: target.file)
        var refusedCount = 0
        for number in 0..<target.caseCount {
            var mutator = Mutator(seed: UInt64(number))
            try Data(mutator.damaged(original, reach: target.reach)).write(to: path)
            try HeaderMemory.expectLittle(folder.url, target.file)
            do {
                _ = try CheckpointInspector().inspect(
                    ModelInspection(
                        directory: folder.url, rankCount: 1 + number % 4, rowCountMax: 64, weightType: "f32",
                        keyValueType: "f32"))
            } catch let error as ModelError {
                refusedCount += 1
                #expect(!error.message.isEmpty)
            }
        }
        // The damage is real: most of it is noticed.
        #expect(refusedCount > target.caseCount / 4, "\(refusedCount) of \(target.caseCount)")
    }
}
