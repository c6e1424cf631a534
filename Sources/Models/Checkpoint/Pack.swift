package import Platform
package import Tensors

/// A model's weights in kernel layout, mapped: the only form in which layers see them.
///
/// Final class, since it owns a mapping; views it gives live as long as it does.
package final class Pack: Sendable {
    /// Where everything lies.
    package let layout: PackLayout

    private let region: PackRegion

    /// Takes over the mapping of a complete pack; throws if its header names another layout, checkpoint or
    /// size.
    package init(region: MappedRegion, layout: PackLayout, expectedDigest: String) throws(ModelError) {
        guard region.byteCount == layout.byteCount else {
            throw ModelError(
                .invalidOrder, "the pack has \(region.byteCount) bytes, its layout needs \(layout.byteCount)")
        }
        self.layout = layout
        self.region = PackRegion(region)
        let header: PackHeader
        do { header = try self.region.header() } catch {
            throw ModelError(.invalidOrder, "the pack's header is wrong: \(error)")
        }
        guard header.layoutID == layout.layoutID, header.packByteCount == layout.byteCount else {
            throw ModelError(
                .invalidOrder,
                "the pack has layout \(header.layoutID) of \(header.packByteCount) bytes, "
                    + "needed is \(layout.layoutID) of \(layout.byteCount)")
        }
        guard header.digest == expectedDigest else {
            throw ModelError(
                .invalidOrder, "the pack is of checkpoint \(header.digest), needed is \(expectedDigest)")
        }
    }

    /// Bytes of the pack.
    package var byteCount: Int { layout.byteCount }

    /// Whether the model has such a tensor.
    package func has(_ role: TensorRole, layer: Int? = nil) -> Bool {
        layout.entry(role, layer: layer) != nil
    }

    /// A matrix of the unsplit model; asking for one that the model has not is a bug.
    package func matrix(_ role: TensorRole, layer: Int? = nil) -> TileMatrix {
        matrix(required(role, layer))
    }

    /// A matrix of one of a layer's experts; asking for one that the model has not is a bug.
    package func matrix(_ role: TensorRole, layer: Int, expert: Int) -> TileMatrix {
        guard let entry = layout.entry(role, layer: layer, expert: expert) else {
            preconditionFailure("the model has no \(role) of expert \(expert) in layer \(layer)")
        }
        return matrix(entry)
    }

    private func matrix(_ entry: PackLayout.Entry) -> TileMatrix {
        guard case .tiles(let outputCount, let inputCount) = entry.storage else {
            preconditionFailure("\(entry.role) is no matrix")
        }
        return region.matrix(
            at: entry.byteOffset, format: entry.format, outputCount: outputCount, inputCount: inputCount)
    }

    /// A vector, as a view of one row; nil if the model has none such (a bias that is not there).
    package func vector(_ role: TensorRole, layer: Int? = nil) -> FloatView? {
        guard let entry = layout.entry(role, layer: layer) else { return nil }
        guard case .vector(let count) = entry.storage else { preconditionFailure("\(role) is no vector") }
        return region.floats(at: entry.byteOffset, rowCount: 1, columnCount: count)
    }

    /// A table: one row per token id or position.
    package func table(_ role: TensorRole) -> FloatView {
        let entry = required(role, nil)
        guard case .table(let rowCount, let columnCount) = entry.storage else {
            preconditionFailure("\(role) is no table")
        }
        return region.floats(at: entry.byteOffset, rowCount: rowCount, columnCount: columnCount)
    }

    private func required(_ role: TensorRole, _ layer: Int?) -> PackLayout.Entry {
        guard let entry = layout.entry(role, layer: layer) else {
            preconditionFailure("the model has no \(role) in layer \(layer.map(String.init) ?? "-")")
        }
        return entry
    }
}
