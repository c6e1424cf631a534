package import Platform
package import Tensors

/// How far a rank is with its share of a pack.
package struct PackProgress: Equatable, Sendable {
    /// Bytes read from the checkpoint's weight files, headers left out.
    package var bytesRead = 0
    /// Bytes written into the pack.
    package var bytesPacked = 0
    /// Bytes this rank writes in all.
    package let bytesToPack: Int

    /// Nothing is done yet.
    package init(bytesToPack: Int) { self.bytesToPack = bytesToPack }
}

/// Writes one rank's share of a pack from a checkpoint, reading with pread the rows of that share and nothing
/// else.
///
/// All ranks write disjoint bytes, so that they may work at the same time, and the result depends neither on
/// their number nor on their order. The mapping must be of zero bytes: gaps are not written.
package struct PackBuilder {
    /// Bytes read at once, at most: the size of a work item (design 2).
    static let readByteCountMax = 4 << 20

    private let layout: PackLayout
    private let sources: [TensorSource]
    private let share: PackShare
    private let header: PackHeader?
    private let kernels: Kernels

    /// Prepares the share of `rank`; throws if the checkpoint lacks a tensor or has it in another shape or
    /// type.
    package init(
        checkpoint: Checkpoint, configuration: ModelConfiguration, layout: PackLayout, plan: ShardPlan,
        rank: Int,
        digest: CheckpointDigest, kernels: Kernels
    ) throws(ModelError) {
        self.layout = layout
        self.kernels = kernels
        sources = try checkpoint.sources(of: layout, configuration)
        share = PackShare(layout, plan, rank: rank)
        header =
            rank == 0
            ? PackHeader(
                packByteCount: layout.byteCount, layoutID: layout.layoutID, digest: digest.hexadecimal) : nil
    }

    /// Writes the share into a writable mapping of the whole pack and says how much was read and written.
    ///
    /// `onProgress` is called after every read of at most 4 MiB and after every packed tile. Rank 0 writes
    /// the header. Throws if a file ends early or cannot be read; the pack is then worthless.
    package func build(
        into region: MappedRegion, onProgress: (PackProgress) -> Void
    ) throws(ModelError) -> PackProgress {
        guard region.byteCount == layout.byteCount else {
            throw ModelError(
                .invalidOrder, "the pack has \(region.byteCount) bytes, its layout needs \(layout.byteCount)")
        }
        let destination = PackRegion(region)
        var work: PackWork
        do {
            work = try PackWork(
                kernels: kernels, destination: destination, bytesToPack: bytesToPack,
                inputCountMax: layout.inputCountMax)
        } catch {
            throw ModelError(.system, "no memory for a tile of \(layout.inputCountMax) inputs: \(error)")
        }
        for (entry, (source, units)) in zip(layout.entries, zip(sources, share.units))
        where !units.isEmpty {
            if let codes = source.codes {
                try work.packTiles(units, of: entry, from: codes, source, onProgress)
                continue
            }
            do throws(CheckpointFileError) {
                switch entry.storage {
                case .tiles: try work.packTiles(units, of: entry, from: source, onProgress)
                case .table: try work.packRows(units, of: entry, from: source, onProgress)
                case .vector: try work.packVector(entry, from: source, onProgress)
                }
            } catch { throw ModelError(error) }
        }
        if let header {
            destination.write(header)
            work.progress.bytesPacked += PackHeader.byteCount
            onProgress(work.progress)
        }
        return work.progress
    }

    /// Bytes this rank writes.
    package var bytesToPack: Int {
        zip(layout.entries, share.units).reduce(header == nil ? 0 : PackHeader.byteCount) {
            $0 + $1.1.count * $1.0.unitByteCount
        }
    }
}

extension PackLayout.Entry {
    /// Bytes of one tile, table row or vector in the pack.
    var unitByteCount: Int {
        guard case .tiles(let outputCount, _) = storage, outputCount > 0 else {
            return 4 * storage.columnCount
        }
        return byteCount / storage.tileCount
    }
}
