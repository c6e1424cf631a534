import Tensors

/// The tensors of a GGUF file as a checkpoint's.
struct GGUFCheckpoint: Sendable {
    /// The file.
    let file: GGUFFile

    /// The tensors that no entry of a layout is made from.
    func unusedTensorNames(_ layout: PackLayout, _ configuration: ModelConfiguration) throws(ModelError)
        -> [String]
    {
        let architecture = try GGUFArchitecture(file)
        var names = Set(file.tensors.map(\.name))
        for entry in layout.entries {
            let name = GGUFTensorName(of: entry, in: configuration, file, architecture)
            if let used = name.candidates.first(where: { file.tensor($0) != nil }) { names.remove(used) }
        }
        return names.sorted()
    }

    /// Finds every entry of a layout, in its order.
    func sources(
        of layout: PackLayout, _ configuration: ModelConfiguration
    ) throws(ModelError) -> [TensorSource] {
        let architecture = try GGUFArchitecture(file)
        var sources: [TensorSource] = []
        for entry in layout.entries {
            sources.append(
                try source(of: entry, GGUFTensorName(of: entry, in: configuration, file, architecture)))
        }
        return sources
    }

    private func source(
        of entry: PackLayout.Entry, _ name: GGUFTensorName
    ) throws(ModelError) -> TensorSource {
        let path = file.file.path
        guard let found = name.candidates.first(where: { file.tensor($0) != nil }),
            let tensor = file.tensor(found)
        else {
            throw ModelError(
                .invalidModel,
                "\(path): tensor \(name.candidates.joined(separator: " or ")) of shape \(name.dimensions) is missing"
            )
        }
        guard
            tensor.dimensions.drop(while: { $0 == 1 }).elementsEqual(name.dimensions.drop(while: { $0 == 1 }))
        else {
            throw ModelError(
                .invalidModel,
                "\(path): tensor \(found) has shape \(tensor.dimensions), the metadata needs \(name.dimensions)"
            )
        }
        let allowed = "F32, F16, BF16, " + BlockFormat.allCases.map(\.rawValue).joined(separator: ", ")
        guard let format = tensor.format else {
            throw ModelError(
                .unsupported,
                "\(path): tensor \(found) has the type \(tensor.typeNumber), allowed are \(allowed)")
        }
        if case .vector = entry.storage, case .blocks(let blocks) = format {
            throw ModelError(
                .unsupported,
                "\(path): tensor \(found) is a vector of \(blocks.rawValue), allowed are F32, F16, BF16")
        }
        var source = TensorSource(
            file: file.file, byteOffset: tensor.range.lowerBound, format: format, order: .outputMajor,
            firstRow: name.firstRow, groups: nil, stride: tensor.dimensions.last ?? 1, addend: 0)
        source.interleavedRowCount = name.interleavedRowCount
        return source
    }
}
