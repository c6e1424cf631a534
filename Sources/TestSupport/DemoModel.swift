package import Foundation

/// The two trained models of this repository, with what transformers computes from them.
package enum DemoModel: String, CaseIterable, Sendable {
    /// What `make serve` serves.
    case demo = "skein-demo"
    /// Its draft.
    case draft = "skein-demo-draft"

    /// One prompt of Tests/EndToEndTests/Fixtures/demo-models.json, made by Models/train/fixtures.py.
    package struct Case: Decodable, Sendable {
        /// The text, special tokens of the chat template included.
        package let prompt: String
        /// Its ids.
        package let promptIDs: [Int32]
        /// Greedy continuation: up to 64 ids, the last one an end of text if there are fewer.
        package let generatedIDs: [Int32]
        /// The same as text, without special tokens.
        package let text: String
        /// The ids of the highest logits behind the prompt, the highest first.
        package let topIDs: [Int]
        /// Those logits.
        package let topLogits: [Float]
    }

    /// The checkpoint.
    package var directory: URL { SharedFolder.packageRoot.appending(path: "Models/\(rawValue)") }

    /// The reference's cases.
    package func cases() throws -> [Case] {
        struct Model: Decodable {
            let model: String
            let cases: [Case]
        }
        struct File: Decodable { let models: [Model] }
        let file = SharedFolder.packageRoot.appending(path: "Tests/EndToEndTests/Fixtures/demo-models.json")
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).models
            .first { $0.model == rawValue }?.cases ?? []
    }
}
