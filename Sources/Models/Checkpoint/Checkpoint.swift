package import Foundation
import Tensors

/// A directory of weights in Hugging Face layout: its safetensors files, headers checked, tensors unread.
package struct Checkpoint: Sendable {
    /// One file's name and checked header.
    struct WeightFile: Sendable {
        let name: String
        let contents: SafetensorsFile
    }

    /// The directory.
    package let directory: URL
    /// In ascending order of their names.
    let files: [WeightFile]

    private let positions: [String: Int]

    /// Opens `model.safetensors`, or the files that `model.safetensors.index.json` names.
    package init(directory: URL) throws(ModelError) {
        self.directory = directory
        let single = directory.appending(path: Checkpoint.singleFileName)
        let index = directory.appending(path: Checkpoint.indexFileName)
        do throws(SafetensorsError) {
            if FileManager.default.fileExists(atPath: single.path) {
                let file = try SafetensorsFile(path: single.path)
                files = [WeightFile(name: Checkpoint.singleFileName, contents: file)]
                positions = Dictionary(uniqueKeysWithValues: file.header.tensors.map { ($0.name, 0) })
            } else if FileManager.default.fileExists(atPath: index.path) {
                (files, positions) = try Checkpoint.open(index: index, in: directory)
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
        let numbers = Dictionary(uniqueKeysWithValues: files.enumerated().map { ($1.name, $0) })
        var positions: [String: Int] = [:]
        for (tensor, file) in names.fileNames {
            guard let number = numbers[file], files[number].contents.tensor(tensor) != nil else {
                throw .index(
                    path: index.path, name: tensor,
                    reason: "it is said to be in \(file), which has no such tensor")
            }
            positions[tensor] = number
        }
        return (files, positions)
    }

    /// Finds every entry of a layout, in its order; throws at the first one that is missing or has another
    /// shape or type than the configuration needs. Tensors that no entry needs are ignored.
    func sources(
        of layout: PackLayout, _ configuration: ModelConfiguration
    ) throws(ModelError) -> [TensorSource] {
        var sources: [TensorSource] = []
        for entry in layout.entries {
            sources.append(try source(of: TensorName(of: entry, in: configuration)))
        }
        return sources
    }

    /// Names of tensors that no entry of the layout is made from, ascending: for a line in the log.
    package func unusedTensorNames(_ layout: PackLayout, _ configuration: ModelConfiguration) -> [String] {
        var names = Set(positions.keys)
        for entry in layout.entries {
            let name = TensorName(of: entry, in: configuration)
            if let used = name.candidates.first(where: { positions[$0] != nil }) { names.remove(used) }
        }
        return names.sorted()
    }

    private func source(of name: TensorName) throws(ModelError) -> TensorSource {
        guard let found = name.candidates.first(where: { positions[$0] != nil }),
            let position = positions[found],
            let tensor = files[position].contents.tensor(found)
        else {
            let wanted = name.candidates.joined(separator: " or ")
            throw ModelError(
                .invalidModel,
                "\(directory.path): tensor \(wanted) of shape \(name.dimensions) is missing")
        }
        let contents = files[position].contents
        guard tensor.shape.dimensions == name.dimensions else {
            throw ModelError(
                .invalidModel,
                "\(contents.file.path): tensor \(found) has shape \(tensor.shape), "
                    + "config.json needs \(name.dimensions)"
            )
        }
        guard let storage = tensor.dtype.weightStorage else {
            throw ModelError(
                .unsupported,
                "\(contents.file.path): tensor \(found) has dtype \(tensor.dtype.rawValue), "
                    + "allowed are F32, F16, BF16"
            )
        }
        return TensorSource(
            file: contents.file, byteOffset: tensor.range.lowerBound, storage: storage, order: name.order,
            firstRow: name.firstRow, groups: name.groups, stride: tensor.shape.dimensions.last ?? 1,
            addend: name.addend)
    }
}
