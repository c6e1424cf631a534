import Crypto
package import Tensors

/// Where every tensor of a model lies in its pack. Depends on the model and the format alone, never on ranks.
///
///     0 ..< 4096      header (`PackHeader`)
///     4096 ..< ...    entries in order, each at a multiple of 64 bytes; gaps and missing outputs are zero
package struct PackLayout: Equatable, Sendable {
    /// How one tensor is stored: matrices in their format, all else as f32.
    package enum Storage: Equatable, Sendable {
        /// `ceil(outputCount / 32)` tiles.
        case tiles(outputCount: Int, inputCount: Int)
        /// Rows one after the other.
        case table(rowCount: Int, columnCount: Int)
        /// One row.
        case vector(count: Int)
    }

    /// One tensor's place.
    package struct Entry: Equatable, Sendable {
        /// What it does.
        package let role: TensorRole
        /// Its layer; nil for tensors outside the layers.
        package let layer: Int?
        /// Its expert; nil for tensors of which a layer has one.
        package let expert: Int?
        /// How it is stored.
        package let storage: Storage
        /// The format of a matrix.
        package let format: MatrixFormat
        /// Where it starts, from the start of the pack; a multiple of 64.
        package let byteOffset: Int
        /// Bytes it takes.
        package let byteCount: Int

        /// Elements of the unsplit tensor.
        package var elementCount: Int { storage.rowCount * storage.columnCount }
    }

    /// Version of the order, alignment and header; part of the id.
    package static let version = 1
    /// Every entry starts at a multiple of this many bytes.
    package static let alignment = 64
    /// Where entries begin.
    package static let headerByteCount = 4096
    /// Bytes of a pack at most, so that no sum of sizes overflows.
    package static let byteCountMax = 1 << 46

    /// Format of the matrices.
    package let format: WeightFormat
    /// In ascending order of `byteOffset`: embeddings, layers, final norm, output head.
    package let entries: [Entry]
    /// Bytes of the whole pack, a multiple of 4096.
    package let byteCount: Int
    /// Name of the layout: format, version, and the hash of all entries. Two packs with one id and one digest
    /// are the same bytes.
    package let layoutID: String

    /// Experts of a layer that one row goes to; 1 where there are none.
    let chosenExpertCount: Int

    private let indices: [Int]

    /// Lays a model out; throws if the sizes overflow or exceed `byteCountMax`. The format `stored` needs the
    /// checkpoint's: see `PackLayout+stored.swift`.
    package init(_ configuration: ModelConfiguration, format: WeightFormat) throws(ModelError) {
        try self.init(configuration, format: format, stored: StoredFormats())
    }

    /// Lays a model out; `stored` says what the format `stored` means.
    init(
        _ configuration: ModelConfiguration, format: WeightFormat, stored: StoredFormats
    ) throws(ModelError) {
        var entries: [Entry] = []
        var end = PackLayout.headerByteCount
        for (index, tensor) in PackLayout.tensors(of: configuration).enumerated() {
            let (role, layer, expert, storage) = tensor
            let matrixFormat =
                format == .stored
                ? stored.format(of: role, at: index) : format.matrixFormat(of: role, in: configuration)
            guard let byteCount = storage.byteCount(matrixFormat), byteCount <= PackLayout.byteCountMax,
                end + byteCount <= PackLayout.byteCountMax
            else {
                throw ModelError(
                    .invalidModel,
                    "the pack would exceed \(PackLayout.byteCountMax) bytes at \(role) of \(storage.identity)"
                )
            }
            entries.append(
                Entry(
                    role: role, layer: layer, expert: expert, storage: storage, format: matrixFormat,
                    byteOffset: end,
                    byteCount: byteCount))
            end = (end + byteCount).roundedUp(toMultipleOf: PackLayout.alignment)
        }
        self.format = format
        self.entries = entries
        chosenExpertCount = configuration.experts?.chosenCount ?? 1
        byteCount = end.roundedUp(toMultipleOf: 4096)
        layoutID = PackLayout.identifier(format: format, entries: entries)
        indices = PackLayout.index(entries, layerCount: configuration.layerCount)
    }

    /// The entry of a tensor (where a layer has one for each expert, of the first expert), or nil if the model has
    /// none such.
    package func entry(_ role: TensorRole, layer: Int? = nil) -> Entry? {
        index(role, layer: layer).map { entries[$0] }
    }

    /// The entry of an expert's tensor: those of a layer's experts follow each other, all roles of one together.
    package func entry(_ role: TensorRole, layer: Int, expert: Int) -> Entry? {
        guard let first = index(role, layer: layer) else { return nil }
        let position = first + expert * PackLayout.expertRoles.count
        guard entries.indices.contains(position), entries[position].layer == layer,
            entries[position].expert == expert, entries[position].role == role
        else { return nil }
        return entries[position]
    }

    private func index(_ role: TensorRole, layer: Int?) -> Int? {
        let slot = ((layer ?? -1) + 1) * TensorRole.allCases.count + Int(role.rawValue)
        guard indices.indices.contains(slot), indices[slot] >= 0 else { return nil }
        return indices[slot]
    }

    /// Inputs of the widest matrix.
    package var inputCountMax: Int {
        entries.reduce(0) { count, entry in
            guard case .tiles(_, let inputCount) = entry.storage else { return count }
            return max(count, inputCount)
        }
    }

    private static func index(_ entries: [Entry], layerCount: Int) -> [Int] {
        var indices = [Int](repeating: -1, count: (layerCount + 1) * TensorRole.allCases.count)
        for (position, entry) in entries.enumerated() where entry.expert ?? 0 == 0 {
            let group = (entry.layer ?? -1) + 1
            indices[group * TensorRole.allCases.count + Int(entry.role.rawValue)] = position
        }
        return indices
    }

    /// The format's name, the version, and the first 16 hexadecimal digits of SHA-256 over one line per entry:
    /// "role layer|- kind first second byteOffset byteCount\n", numbers in decimal; an expert's number follows its
    /// layer's after a dot.
    private static func identifier(format: WeightFormat, entries: [Entry]) -> String {
        var hash = SHA256()
        for entry in entries {
            let layer = (entry.layer.map(String.init) ?? "-") + (entry.expert.map { ".\($0)" } ?? "")
            let line =
                "\(entry.role.rawValue) \(layer) \(entry.storage.identity) "
                + "\(entry.byteOffset) \(entry.byteCount)\n"
            hash.update(data: Array(line.utf8))
        }
        let digits = hash.finalize().prefix(8).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return "\(format.rawValue)-\(version)-\(digits.joined())"
    }
}

extension PackLayout.Storage {
    /// Rows of the unsplit tensor: outputs, table rows, or 1.
    package var rowCount: Int {
        switch self {
        case .tiles(let outputCount, _): outputCount
        case .table(let rowCount, _): rowCount
        case .vector: 1
        }
    }

    /// Elements of one row.
    package var columnCount: Int {
        switch self {
        case .tiles(_, let inputCount): inputCount
        case .table(_, let columnCount): columnCount
        case .vector(let count): count
        }
    }

    /// Tiles of a matrix, 0 for anything else.
    package var tileCount: Int {
        guard case .tiles(let outputCount, _) = self else { return 0 }
        return (outputCount + ShardPlan.tileRowCount - 1) / ShardPlan.tileRowCount
    }

    fileprivate var identity: String {
        switch self {
        case .tiles(let outputCount, let inputCount): "tiles \(outputCount) \(inputCount)"
        case .table(let rowCount, let columnCount): "table \(rowCount) \(columnCount)"
        case .vector(let count): "vector \(count) 1"
        }
    }

    /// nil if it overflows.
    fileprivate func byteCount(_ format: MatrixFormat) -> Int? {
        if case .tiles(let outputCount, let inputCount) = self {
            return TileMatrix.byteCount(format: format, outputCount: outputCount, inputCount: inputCount)
        }
        return Shape([rowCount, columnCount])?.byteCount(of: .f32)
    }
}

extension Int {
    /// The least multiple of `unit` that is not below this count.
    func roundedUp(toMultipleOf unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
