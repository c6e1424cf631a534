package import Foundation
import Tensors
package import WorkerMessages

/// A model's weights: a directory in Hugging Face layout with its safetensors files, or a GGUF file. Headers are
/// checked, tensors unread.
package struct Checkpoint: Sendable {
    /// One file's name and checked header.
    struct WeightFile: Sendable {
        let name: String
        let contents: SafetensorsFile
    }

    /// What holds the tensors.
    enum Contents: Sendable {
        /// In ascending order of their names; and which of them has a tensor.
        case safetensors([WeightFile], positions: [String: Int])
        case gguf(GGUFCheckpoint)
    }

    /// The directory, or the GGUF file.
    package let directory: URL
    let contents: Contents

    /// Opens a GGUF file, a directory's `model.safetensors`, or the files that `model.safetensors.index.json` names.
    package init(directory: URL) throws(ModelError) {
        self.directory = directory
        if let file = try GGUFFile.open(directory) {
            contents = .gguf(GGUFCheckpoint(file: file))
            return
        }
        let single = directory.appending(path: Checkpoint.singleFileName)
        let index = directory.appending(path: Checkpoint.indexFileName)
        do throws(SafetensorsError) {
            if FileManager.default.fileExists(atPath: single.path) {
                let file = try SafetensorsFile(path: single.path)
                contents = .safetensors(
                    [WeightFile(name: Checkpoint.singleFileName, contents: file)],
                    positions: Dictionary(uniqueKeysWithValues: file.header.tensors.map { ($0.name, 0) }))
            } else if FileManager.default.fileExists(atPath: index.path) {
                let (files, positions) = try Checkpoint.open(index: index, in: directory)
                contents = .safetensors(files, positions: positions)
            } else {
                throw .index(
                    path: directory.path, name: Checkpoint.singleFileName,
                    reason: "neither it nor \(Checkpoint.indexFileName) exists")
            }
        } catch { throw ModelError(error) }
    }

    /// The file for checkpoints in one piece.
    static let singleFileName = "model.safetensors"
    /// The file that names the pieces.
    static let indexFileName = "model.safetensors.index.json"

    private static func open(
        index: URL, in directory: URL
    ) throws(SafetensorsError) -> ([WeightFile], [String: Int]) {
        let bytes: [UInt8]
        do {
            bytes = try CheckpointFile(path: index.path).readAll(limit: SafetensorsIndex.byteCountMax)
        } catch {
            throw .file(error)
        }
        let names = try SafetensorsIndex(parsing: bytes, path: index.path)
        var files: [WeightFile] = []
        for name in names.files {
            files.append(
                WeightFile(
                    name: name, contents: try SafetensorsFile(path: directory.appending(path: name).path)))
        }
        var positions: [String: Int] = [:]
        try names.forEach { (tensor, number) throws(SafetensorsError) in
            guard files[number].contents.tensor(tensor) != nil else {
                throw .index(
                    path: index.path, name: tensor,
                    reason: "it is said to be in \(files[number].name), which has no such tensor")
            }
            positions[tensor] = number
        }
        return (files, positions)
    }

    /// What a GGUF file says of its tokenizer; nil for a directory, whose files say it.
    package func tokenizerMetadata() throws(ModelError) -> TokenizerMetadata? {
        guard case .gguf(let checkpoint) = contents else { return nil }
        return try GGUFTokenizerMetadata.read(checkpoint.file)
    }

    /// Finds every entry of a layout, in its order; throws at the first one that is missing or has another
    /// shape or type than the configuration needs. Tensors that no entry needs are ignored.
    func sources(
        of layout: PackLayout, _ configuration: ModelConfiguration
    ) throws(ModelError) -> [TensorSource] {
        if case .gguf(let file) = contents { return try file.sources(of: layout, configuration) }
        var sources: [TensorSource] = []
        for entry in layout.entries {
            let name = TensorName(of: entry, in: configuration)
            if let quantization = configuration.quantization, case .tiles = entry.storage,
                let packed = try packedSource(of: name, quantization)
            {
                sources.append(packed)
            } else {
                sources.append(try source(of: name))
            }
        }
        return sources
    }

    /// Names of tensors that no entry of the layout is made from, ascending: for a line in the log.
    package func unusedTensorNames(
        _ layout: PackLayout, _ configuration: ModelConfiguration
    ) throws(ModelError) -> [String] {
        guard case .safetensors(_, let positions) = contents else {
            guard case .gguf(let file) = contents else { return [] }
            return try file.unusedTensorNames(layout, configuration)
        }
        var names = Set(positions.keys)
        for entry in layout.entries {
            let name = TensorName(of: entry, in: configuration)
            if let used = name.candidates.first(where: { positions[$0] != nil }) { names.remove(used) }
            guard configuration.quantization != nil else { continue }
            for stem in name.candidates.compactMap(Checkpoint.stem) {
                for ending in Checkpoint.packedEndings { names.remove(stem + ending) }
            }
        }
        return names.sorted()
    }

    /// A tensor of a name and the file that has it; nil if none has, or the checkpoint is no directory.
    func tensor(_ name: String) -> (file: CheckpointFile, tensor: SafetensorsTensor)? {
        guard case .safetensors(let files, let positions) = contents, let position = positions[name],
            let tensor = files[position].contents.tensor(name)
        else { return nil }
        return (files[position].contents.file, tensor)
    }

    private func source(of name: TensorName) throws(ModelError) -> TensorSource {
        guard let found = name.candidates.first(where: { tensor($0) != nil }),
            let (file, tensor) = tensor(found)
        else {
            let wanted = name.candidates.joined(separator: " or ")
            throw ModelError(
                .invalidModel,
                "\(directory.path): tensor \(wanted) of shape \(name.dimensions) is missing")
        }
        guard tensor.shape.dimensions == name.dimensions else {
            throw ModelError(
                .invalidModel,
                "\(file.path): tensor \(found) has shape \(tensor.shape), "
                    + "config.json needs \(name.dimensions)"
            )
        }
        guard let storage = tensor.dtype.weightStorage else {
            throw ModelError(
                .unsupported,
                "\(file.path): tensor \(found) has dtype \(tensor.dtype.rawValue), "
                    + "allowed are F32, F16, BF16"
            )
        }
        return TensorSource(
            file: file, byteOffset: tensor.range.lowerBound, format: .plain(storage), order: name.order,
            firstRow: name.firstRow, groups: name.groups, stride: tensor.shape.dimensions.last ?? 1,
            addend: name.addend)
    }
}
