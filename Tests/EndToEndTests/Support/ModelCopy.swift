import Foundation
import TestSupport

/// A fixture's copy in a folder of its own, to be changed; the folder goes with the value.
final class ModelCopy: Sendable {
    /// A copy that is not what the test takes it for.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// The folder above the model, for `model_roots`.
    let root: TemporaryFolder
    /// The model's directory.
    var directory: String { url.path }
    private let url: URL
    private var weights: URL { url.appending(path: "model.safetensors") }

    /// Copies a fixture.
    init(of fixture: Fixture = .llama, name: String = "model") throws {
        root = try TemporaryFolder()
        url = root.url.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        let source = URL(filePath: fixture.directory)
        for file in ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"] {
            let data = try Data(contentsOf: source.appending(path: file))
            try data.write(to: url.appending(path: file))
        }
    }

    /// A llama whose sequences may be 65536 tokens long: an answer that takes longer than any test waits.
    static func withoutEnd() throws -> ModelCopy {
        let copy = try ModelCopy(name: "endless")
        try copy.edit("config.json") { $0["max_position_embeddings"] = endlessTokenCount }
        return copy
    }

    /// Positions of `withoutEnd()`.
    static let endlessTokenCount = 65_536

    /// Changes one of the JSON files.
    func edit(_ file: String, _ change: (inout [String: Any]) throws -> Void) throws {
        let place = url.appending(path: file)
        var object = try Self.object(Data(contentsOf: place))
        try change(&object)
        try JSONSerialization.data(withJSONObject: object).write(to: place)
    }

    /// Removes one of the files.
    func remove(_ file: String) throws { try FileManager.default.removeItem(at: url.appending(path: file)) }

    /// Overwrites one of the files.
    func write(_ data: Data, to file: String) throws { try data.write(to: url.appending(path: file)) }

    /// Changes the weights' bytes.
    func editWeights(_ change: (inout Data) throws -> Void) throws {
        var data = try Data(contentsOf: weights)
        try change(&data)
        try data.write(to: weights)
    }

    /// Changes the header of the safetensors file; the tensors' bytes stay.
    func editHeader(_ change: (inout [String: [String: Any]]) throws -> Void) throws {
        try editWeights { data in
            let byteCount = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            var header = try Self.object(data.dropFirst(8).prefix(byteCount))
            header["__metadata__"] = nil
            guard var tensors = header as? [String: [String: Any]] else {
                throw Unexpected(description: "\(weights.path) has no header of tensors")
            }
            try change(&tensors)
            let bytes = try JSONSerialization.data(withJSONObject: tensors)
            let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
            data = Data(length) + bytes + data.dropFirst(8 + byteCount)
        }
    }

    /// Changes what the header says of one tensor.
    func editTensor(_ name: String, _ change: (inout [String: Any]) -> Void) throws {
        try editHeader { tensors in
            guard var tensor = tensors[name] else {
                throw Unexpected(description: "\(weights.path) has no tensor \(name)")
            }
            change(&tensor)
            tensors[name] = tensor
        }
    }

    private static func object(_ data: Data) throws -> [String: Any] {
        guard let object = try JSONSerialization.jsonObject(with: Data(data)) as? [String: Any] else {
            throw Unexpected(description: "not a JSON object: \(data.prefix(80))")
        }
        return object
    }
}
