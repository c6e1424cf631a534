package import Foundation
import Tensors

/// How a checkpoint that another program quantized stores its matrices.
struct StoredFormats: Equatable {
    /// By entry of the layout: a format that holds the stored codes as they are, or nil.
    var kept: [MatrixFormat?] = []
    /// Inputs of a group, one number for all matrices.
    var groupCount = 32

    /// The format of an entry: its own, or else 8 bits, so that little is lost.
    func format(of role: TensorRole, at index: Int) -> MatrixFormat {
        if role == .expertRouter || role == .sharedExpertRouter { return .f32 }
        if kept.indices.contains(index), let format = kept[index] { return format }
        return .quantized(Quantization(bitCount: 8, groupCount: groupCount))
    }
}

extension PackLayout {
    /// Lays out a model that `directory` (or a GGUF file there) holds.
    package init(
        _ configuration: ModelConfiguration, format: WeightFormat, directory: URL
    ) throws(ModelError) {
        guard format == .stored else {
            try self.init(configuration, format: format)
            return
        }
        try self.init(configuration, format: format, of: try Checkpoint(directory: directory))
    }

    /// Lays out a checkpoint's model.
    package init(
        _ configuration: ModelConfiguration, format: WeightFormat, of checkpoint: Checkpoint
    ) throws(ModelError) {
        guard format == .stored else {
            try self.init(configuration, format: format)
            return
        }
        let stored = try checkpoint.storedFormats(configuration)
        guard stored.kept.contains(where: { $0 != nil }) else {
            let allowed = WeightFormat.independent.map(\.rawValue).joined(separator: ", ")
            throw ModelError(
                .unsupported,
                "quant_type is \"\(format.rawValue)\", and \(checkpoint.directory.path) has no quantized matrices that "
                    + "could be kept as they are; allowed are \(allowed)")
        }
        try self.init(configuration, format: format, stored: stored)
    }
}

extension Checkpoint {
    /// How the matrices are stored.
    func storedFormats(_ configuration: ModelConfiguration) throws(ModelError) -> StoredFormats {
        let layout = try PackLayout(configuration, format: .f32)
        var stored = StoredFormats()
        for (entry, source) in zip(layout.entries, try sources(of: layout, configuration)) {
            guard case .tiles = entry.storage else {
                stored.kept.append(nil)
                continue
            }
            stored.kept.append(source.keptFormat)
            if case .quantized(let quantization)? = source.keptFormat {
                stored.groupCount = quantization.groupCount
            }
        }
        return stored
    }

    /// Whether most of the matrices' elements can be kept as they are stored.
    func isMostlyKept(_ configuration: ModelConfiguration) throws(ModelError) -> Bool {
        let layout = try PackLayout(configuration, format: .f32)
        var (kept, all) = (0, 0)
        for (entry, format) in zip(layout.entries, try storedFormats(configuration).kept)
        where entry.layer != nil {
            guard case .tiles = entry.storage else { continue }
            all += entry.elementCount
            if format != nil { kept += entry.elementCount }
        }
        return kept > 0 && 2 * kept >= all
    }
}
