import Foundation
import TestSupport

/// What transformers computes from a model that another program stored; see Fixtures/foreign/make_gguf.py and
/// make_packed.py.
struct ForeignReference: Decodable {
    struct Case: Decodable {
        let prompt: String
        let promptIDs: [Int32]
        let generatedIDs: [Int32]
        /// Positions of the prompt whose logits are known, and those logits.
        let positions: [Int]
        let logits: Data

        enum CodingKeys: String, CodingKey {
            case prompt, positions
            case promptIDs = "prompt_ids"
            case generatedIDs = "generated_ids"
            case logits = "logits_f32_base64"
        }
    }

    let cases: [Case]
    /// Digests of the tensors' numbers as f32.
    let tensorSHA256: [String: String]?

    enum CodingKeys: String, CodingKey {
        case cases
        case tensorSHA256 = "tensor_sha256"
    }

    /// The architectures' GGUF files, made by llama.cpp's converter.
    static let architectures = [
        "llama", "llama-pieces", "mixtral", "qwen2", "qwen3", "qwen2moe", "qwen3moe", "phi3", "smollm3",
        "gemma",
        "gemma2", "gemma3", "stablelm", "gptneox", "falcon", "falcon-new", "mpt", "bloom", "gpt2",
    ]
    /// GGUF files of the block formats.
    static let blockFiles = ["q8_0", "q4_0", "mixed"]
    /// GPTQ and AWQ directories whose codes can be kept as they are.
    static let keptFolders = ["gptq-v1", "gptq-v2", "gptq-v1-zeros", "gptq-v2-row", "gptq-8-bits", "awq"]
    /// All models by the names of their files or directories.
    static let names = (architectures + blockFiles).map { "\($0).gguf" } + keptFolders + ["gptq-act-order"]
    /// Those with codes that are kept as they are.
    static let keptNames = ["q8_0.gguf", "q4_0.gguf"] + keptFolders

    static func model(_ name: String) -> URL {
        SharedFolder.packageRoot.appending(path: "Tests/ModelsTests/Fixtures/foreign/\(name)")
    }

    init(_ name: String) throws {
        let model = ForeignReference.model(name)
        let file =
            name.hasSuffix(".gguf")
            ? model.deletingPathExtension().appendingPathExtension("json")
            : model.appending(path: "expected.json")
        self = try JSONDecoder().decode(ForeignReference.self, from: try Data(contentsOf: file))
    }
}
