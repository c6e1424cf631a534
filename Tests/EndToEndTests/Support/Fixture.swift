import Foundation
import TestSupport

/// The tiny random checkpoints that are committed beside the model tests.
enum Fixture: String, CaseIterable, Sendable {
    /// Llama shape: 3 query heads, 1 KV head, vocabulary 1013, ff 100.
    case llama = "tiny-llama"
    /// GPT-2 shape with the same numbers.
    case gpt2 = "tiny-gpt2"

    /// The checkpoint's directory.
    var directory: String {
        SharedFolder.packageRoot.appending(path: "Tests/ModelsTests/Fixtures/\(rawValue)").path
    }
}

/// Trained models of the shared folder, where there is one.
enum SharedModel: String, CaseIterable, Sendable {
    case tinyStories = "TinyStories-656K"
    case stories = "stories260K"

    /// The checkpoint's directory.
    var directory: String { SharedFolder.data.appending(path: "models/\(rawValue)").path }

    /// The cases of reference.json.
    func cases() throws -> [ReferenceCase] {
        struct File: Decodable { let cases: [ReferenceCase] }
        let data = try Data(contentsOf: URL(filePath: directory).appending(path: "reference.json"))
        return try JSONDecoder().decode(File.self, from: data).cases
    }

    /// How many generated ids of a case are decided by more than rounding: beyond index 141 of TinyStories' empty
    /// prompt two logits differ by 1e-5 in the reference itself.
    func decidedCount(_ value: ReferenceCase) -> Int {
        self == .tinyStories && value.prompt.isEmpty ? 141 : value.generated_ids.count
    }
}

/// One prompt of a model's reference, made by transformers.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct ReferenceCase: Decodable, Sendable {
    let prompt: String
    let prompt_ids: [Int]
    let generated_ids: [Int]
}
