import Foundation
import Models
import Platform
import Tensors
import TestSupport
import Testing

/// Checkpoints with one fault each; every refusal names the tensor and the numbers.
struct CheckpointTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The tensors of a one-layer model without its weights' values.
    private static let shapes: [String: [Int]] = [
        "model.embed_tokens.weight": [5, 4], "model.norm.weight": [4], "lm_head.weight": [5, 4],
        "model.layers.0.input_layernorm.weight": [4], "model.layers.0.post_attention_layernorm.weight": [4],
        "model.layers.0.self_attn.q_proj.weight": [4, 4], "model.layers.0.self_attn.k_proj.weight": [2, 4],
        "model.layers.0.self_attn.v_proj.weight": [2, 4], "model.layers.0.self_attn.o_proj.weight": [4, 4],
        "model.layers.0.mlp.gate_proj.weight": [3, 4], "model.layers.0.mlp.up_proj.weight": [3, 4],
        "model.layers.0.mlp.down_proj.weight": [4, 3],
    ]

    private static let configuration = ConfigurationText.llama.with([
        "hidden_size": "4", "num_attention_heads": "2", "head_dim": "2", "vocab_size": "5",
        "intermediate_size": "3",
        "num_hidden_layers": "1", "eos_token_id": "1",
    ])

    private func write(
        _ shapes: [String: [Int]], dtypes: [String: DType] = [:], file: String = "model.safetensors"
    ) throws {
        let tensors = try shapes.sorted { $0.key < $1.key }.map { name, dimensions in
            SafetensorsWriter.Tensor(
                name: name, dtype: dtypes[name] ?? .f32, shape: try #require(Shape(dimensions)))
        }
        try SafetensorsWriter.write(tensors, to: folder.url.appending(path: file).path) {
            index, _, bytes in
            bytes = [UInt8](repeating: UInt8(index), count: bytes.count)
        }
    }

    private func message(_ text: ConfigurationText = configuration) throws -> String {
        try Data(text.json.utf8).write(to: folder.url.appending(path: "config.json"))
        do {
            _ = try BuiltPack(folder.url, rankCount: 2)
            return "accepted"
        } catch let error as ModelError {
            return error.message.replacing(folder.url.path, with: "DIR")
        }
    }

    @Test func aCompleteCheckpointIsAcceptedWithTensorsNobodyNeeds() throws {
        var shapes = CheckpointTests.shapes
        shapes["model.layers.0.self_attn.rotary_emb.inv_freq"] = [1]
        try write(shapes, dtypes: ["model.layers.0.self_attn.rotary_emb.inv_freq": .i64])
        #expect(try message() == "accepted")
        let configuration = try CheckpointTests.configuration.configuration()
        let unused = try Checkpoint(directory: folder.url).unusedTensorNames(
            try PackLayout(configuration, format: .f32), configuration)
        #expect(unused == ["model.layers.0.self_attn.rotary_emb.inv_freq"])
    }

    @Test(arguments: shapes.keys.sorted())
    func everyTensorIsNeeded(name: String) throws {
        var shapes = CheckpointTests.shapes
        let dimensions = shapes.removeValue(forKey: name) ?? []
        try write(shapes)
        let expected = "of shape \(dimensions) is missing"
        let message = try message()
        #expect(message.hasPrefix("DIR: tensor \(name)") && message.hasSuffix(expected), "\(message)")
    }

    @Test func aWrongShapeIsNamedWithBoth() throws {
        try write(CheckpointTests.shapes.merging(["model.layers.0.mlp.down_proj.weight": [3, 4]]) { $1 })
        #expect(
            try message()
                == "DIR/model.safetensors: tensor model.layers.0.mlp.down_proj.weight has shape [3, 4], "
                + "config.json needs [4, 3]")
    }

    @Test func aTypeThatIsNoWeightIsNamed() throws {
        try write(CheckpointTests.shapes, dtypes: ["model.norm.weight": .f64])
        #expect(
            try message()
                == "DIR/model.safetensors: tensor model.norm.weight has dtype F64, allowed are F32, F16, BF16"
        )
    }

    @Test func thePrefixIsOptional() throws {
        var shapes: [String: [Int]] = [:]
        for (name, dimensions) in CheckpointTests.shapes {
            shapes[name.replacing("model.", with: "")] = dimensions
        }
        try write(shapes)
        #expect(try message() == "accepted")
    }

    @Test(arguments: ["model.embed_tokens.weight", "lm_head.weight"])
    func aTiedEmbeddingMayHaveEitherName(missing: String) throws {
        var shapes = CheckpointTests.shapes
        shapes[missing] = nil
        try write(shapes)
        #expect(
            try message(CheckpointTests.configuration.with(["tie_word_embeddings": "true"])) == "accepted")
        #expect(try message() != "accepted")
    }

    @Test func aDirectoryWithoutWeightsIsNamed() throws {
        #expect(
            try message() == "DIR: model.safetensors: neither it nor model.safetensors.index.json exists")
    }

    @Test func severalFilesAreFoundByTheirIndex() throws {
        let names = CheckpointTests.shapes.keys.sorted()
        let parts = [Array(names[..<5]), Array(names[5...])]
        for (number, part) in parts.enumerated() {
            try write(
                CheckpointTests.shapes.filter { part.contains($0.key) }, file: "part-\(number).safetensors")
        }
        func index(_ file: (String) -> String) throws {
            let map = names.map { "\"\($0)\": \"\(file($0))\"" }.joined(separator: ", ")
            try Data("{\"weight_map\": {\(map)}}".utf8).write(
                to: folder.url.appending(path: "model.safetensors.index.json"))
        }
        try index { parts[0].contains($0) ? "part-0.safetensors" : "part-1.safetensors" }
        #expect(try message() == "accepted")
        try index { _ in "part-1.safetensors" }
        let lying = try message()
        #expect(
            lying.hasSuffix(": it is said to be in part-1.safetensors, which has no such tensor"), "\(lying)")
        try index { _ in "part-2.safetensors" }
        #expect(try message() == "DIR/part-2.safetensors cannot be opened: No such file or directory")
    }

    @Test func aFileThatShrinksWhileItIsPackedIsAnError() throws {
        try write(CheckpointTests.shapes)
        try Data(CheckpointTests.configuration.json.utf8).write(to: folder.url.appending(path: "config.json"))
        let configuration = try ModelConfiguration(directory: folder.url)
        let layout = try PackLayout(configuration, format: .f32)
        let checkpoint = try Checkpoint(directory: folder.url)
        let builder = try PackBuilder(
            checkpoint: checkpoint, configuration: configuration, layout: layout,
            plan: try ShardPlan(configuration, rankCount: 1), rank: 0,
            digest: try CheckpointDigest.compute(checkpoint), kernels: try Kernels(.best))
        let path = folder.url.appending(path: "model.safetensors").path
        let handle = try FileHandle(forUpdating: URL(filePath: path))
        try handle.truncate(atOffset: 1200)
        let error = #expect(throws: ModelError.self) {
            try builder.build(into: try .anonymous(byteCount: layout.byteCount)) { _ in }
        }
        #expect(error?.code == .invalidModel)
        #expect(error?.message.hasPrefix("\(path) is truncated: bytes ") == true)
    }
}
