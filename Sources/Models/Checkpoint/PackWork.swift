import Platform
import Tensors

/// A rank's packing under way: the buffer that reads go to, and the count of what was done.
struct PackWork {
    let kernels: Kernels
    let destination: PackRegion
    var staging: StagingBuffer
    /// One f32 tile, on its way to another format.
    let scratch: FloatBuffer
    /// The outputs of one tile as rows of f32, widened from blocks.
    private let rows: FloatBuffer
    /// The outputs of one tile as the checkpoint's codes.
    var codes = CodeTile()
    /// How far it is.
    var progress: PackProgress

    /// Tiles have `inputCountMax` inputs at most.
    init(
        kernels: Kernels, destination: PackRegion, bytesToPack: Int, inputCountMax: Int
    ) throws(SystemError) {
        self.kernels = kernels
        scratch = try FloatBuffer(rowCount: ShardPlan.tileRowCount, columnCount: inputCountMax)
        rows = try FloatBuffer(rowCount: ShardPlan.tileRowCount, columnCount: inputCountMax)
        self.destination = destination
        staging = StagingBuffer(byteCount: PackBuilder.readByteCountMax)
        progress = PackProgress(bytesToPack: bytesToPack)
    }

    /// Packs tiles of a matrix, as many at a time as fit in the buffer, at least one.
    mutating func packTiles(
        _ tiles: Range<Int>, of entry: PackLayout.Entry, from source: TensorSource,
        _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        let unit = ShardPlan.tileRowCount
        let inputCount = entry.storage.columnCount
        let tileByteCount = max(1, unit * source.format.byteCount(of: inputCount))
        let step = max(1, PackBuilder.readByteCountMax / tileByteCount)
        for first in stride(from: tiles.lowerBound, to: tiles.upperBound, by: step) {
            let group = first..<min(first + step, tiles.upperBound)
            let rows = group.lowerBound * unit..<min(group.upperBound * unit, entry.storage.rowCount)
            switch source.order {
            case .outputMajor: try readOutputs(rows, inputCount, source, onProgress)
            case .inputMajor: try readInputs(rows, inputCount, source, onProgress)
            }
            for tile in group {
                pack(tile, rows, of: entry, from: source)
                onProgress(progress)
            }
        }
    }

    /// Widens rows of a table.
    mutating func packRows(
        _ rows: Range<Int>, of entry: PackLayout.Entry, from source: TensorSource,
        _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        let columnCount = entry.storage.columnCount
        let step = max(1, PackBuilder.readByteCountMax / max(1, source.format.byteCount(of: columnCount)))
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
            let group = first..<min(first + step, rows.upperBound)
            try readOutputs(group, columnCount, source, onProgress)
            widen(
                group.count, columnCount, at: entry.byteOffset + group.lowerBound * columnCount * 4, source)
            onProgress(progress)
        }
    }

    /// Widens a vector, or its part of a fused one.
    mutating func packVector(
        _ entry: PackLayout.Entry, from source: TensorSource, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        let count = entry.storage.columnCount
        try readOutputs(0..<count, 1, source, onProgress)
        widen(1, count, at: entry.byteOffset, source)
        if source.addend != 0 {
            destination.mutableFloats(at: entry.byteOffset, rowCount: 1, columnCount: count)
                .add(source.addend)
        }
        onProgress(progress)
    }

    // MARK: Reading

    /// Reads rows of an output-major tensor, or elements of a vector (as rows of one): one contiguous range, or one
    /// for each group of a fused tensor.
    private mutating func readOutputs(
        _ rows: Range<Int>, _ columnCount: Int, _ source: TensorSource, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        let rowByteCount = source.format.byteCount(of: columnCount)
        var row = rows.lowerBound
        while row < rows.upperBound {
            let run = source.run(from: row)
            let count = min(run.count, rows.upperBound - row)
            let start = source.byteOffset + run.first * rowByteCount
            try read(
                start..<start + count * rowByteCount, from: source,
                at: (row - rows.lowerBound) * rowByteCount, onProgress)
            row += count
        }
    }

    /// Reads columns of a tensor whose inputs follow each other, one range of every line:
    ///
    ///     buffer[k][0 ..< rows.count] = tensor[k][firstRow + rows]
    private mutating func readInputs(
        _ rows: Range<Int>, _ inputCount: Int, _ source: TensorSource, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        let elementByteCount = source.format.byteCount(of: 1)
        let width = rows.count * elementByteCount
        if rows.count == source.stride {
            // Whole lines follow each other without a gap.
            let start = source.byteOffset
            return try read(start..<start + inputCount * width, from: source, at: 0, onProgress)
        }
        for input in 0..<inputCount {
            let element = input * source.stride + source.firstRow + rows.lowerBound
            let start = source.byteOffset + element * elementByteCount
            try read(start..<start + width, from: source, at: input * width, onProgress)
        }
    }

    private mutating func read(
        _ range: Range<Int>, from source: TensorSource, at offset: Int, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        try read(range, of: source.file, at: offset, onProgress)
    }

    /// Reads bytes of a file to an offset of the buffer.
    mutating func read(
        _ range: Range<Int>, of file: CheckpointFile, at offset: Int, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(position + PackBuilder.readByteCountMax, range.upperBound)
            try staging.read(position..<end, of: file, at: offset + position - range.lowerBound)
            progress.bytesRead += end - position
            position = end
            onProgress(progress)
        }
    }

    // MARK: Writing

    /// Packs one tile from the buffer, which holds `rows` of the matrix.
    private mutating func pack(
        _ tile: Int, _ rows: Range<Int>, of entry: PackLayout.Entry, from source: TensorSource
    ) {
        let unit = ShardPlan.tileRowCount
        let inputCount = entry.storage.columnCount
        let outputs = tile * unit..<min((tile + 1) * unit, rows.upperBound)
        let skipped = outputs.lowerBound - rows.lowerBound
        let (start, stride) =
            switch source.order {
            case .outputMajor: (skipped * inputCount, inputCount)
            case .inputMajor: (skipped, rows.count)
            }
        let offset = entry.byteOffset + tile * entry.unitByteCount
        switch source.format {
        case .plain(let storage):
            func pack(into target: MutableFloatView) {
                staging.packTile(
                    from: start * storage.byteCount, storage, source.order, stride: stride,
                    outputCount: outputs.count, inputCount: inputCount, into: target, kernels: kernels)
            }
            if entry.format == .f32 {
                pack(into: destination.mutableFloats(at: offset, rowCount: 1, columnCount: unit * inputCount))
            } else {
                let tile = scratch.view(rowCount: 1, columnCount: unit * inputCount)
                pack(into: tile)
                store(tile, of: entry, at: offset)
            }
        case .blocks(let format):
            pack(
                format, from: skipped * source.format.byteCount(of: inputCount), outputs.count, of: entry,
                at: offset)
        }
        progress.bytesPacked += entry.unitByteCount
    }

    /// Packs one tile of outputs that are stored in blocks: the codes as they are where the entry's format can hold
    /// them, else by way of f32.
    private mutating func pack(
        _ format: BlockFormat, from start: Int, _ outputCount: Int, of entry: PackLayout.Entry, at offset: Int
    ) {
        let inputCount = entry.storage.columnCount
        if format.keptFormat == entry.format, case .quantized(let quantization) = entry.format {
            unsafe staging.storeTile(
                format, from: start, outputCount: outputCount, inputCount: inputCount, as: quantization,
                through: &codes, into: destination.mutableBytes(at: offset, count: entry.unitByteCount))
            return
        }
        let tile = scratch.view(rowCount: 1, columnCount: ShardPlan.tileRowCount * inputCount)
        staging.packTile(
            format, from: start, rows: rows.view(rowCount: outputCount, columnCount: inputCount), into: tile,
            kernels: kernels)
        store(tile, of: entry, at: offset)
    }

    /// Stores an f32 tile in an entry's format at an offset of the pack.
    func store(_ tile: MutableFloatView, of entry: PackLayout.Entry, at offset: Int) {
        unsafe kernels.store(
            tile.readOnly, inputCount: entry.storage.columnCount, as: entry.format,
            into: destination.mutableBytes(at: offset, count: entry.unitByteCount))
    }

    private mutating func widen(
        _ rowCount: Int, _ columnCount: Int, at byteOffset: Int, _ source: TensorSource
    ) {
        switch source.format {
        case .plain(let storage):
            let target = destination.mutableFloats(
                at: byteOffset, rowCount: 1, columnCount: rowCount * columnCount)
            staging.widen(storage, into: target, kernels: kernels)
        case .blocks(let format):
            staging.widen(
                format, from: 0,
                into: destination.mutableFloats(at: byteOffset, rowCount: rowCount, columnCount: columnCount))
        }
        progress.bytesPacked += rowCount * columnCount * 4
    }
}
