import CKernels

extension StagingBuffer {
    /// Widens blocks that begin at byte `start` to rows of a table, one after the other.
    package func widen(_ format: BlockFormat, from start: Int, into rows: MutableFloatView) {
        let blockCount = rows.rowCount * rows.columnCount / format.inputCount
        precondition(
            rows.stride == rows.columnCount && rows.columnCount.isMultiple(of: format.inputCount),
            "rows of \(rows.columnCount) in blocks of \(format.inputCount)")
        let source = unsafe bytes.span.bytes.extracting(droppingFirst: start)
        precondition(source.byteCount >= blockCount * format.byteCount, "\(blockCount) blocks")
        unsafe source.withUnsafeBytes { source in
            guard let first = source.baseAddress else { return }
            unsafe sk_dequantize_blocks(format.identifier, first, blockCount, rows.base)
        }
    }

    /// Packs up to 32 outputs that are stored in blocks, from byte `start` on, into one f32 tile. `rows` is room for
    /// them.
    package func packTile(
        _ format: BlockFormat, from start: Int, rows: MutableFloatView, into tile: MutableFloatView,
        kernels: Kernels
    ) {
        widen(format, from: start, into: rows)
        kernels.packTile(rows.readOnly, into: tile)
    }

    /// Stores up to 32 outputs' Q4_0 or Q8_0 codes, from byte `start` on, as they are; the target is zero before.
    package func storeTile(
        _ format: BlockFormat, from start: Int, outputCount: Int, inputCount: Int,
        as quantization: Quantization,
        through codes: inout CodeTile, into target: UnsafeMutableRawBufferPointer
    ) {
        let blockCount = inputCount / format.inputCount
        for output in 0..<outputCount {
            let source = unsafe bytes.span.bytes.extracting(
                droppingFirst: start + output * blockCount * format.byteCount)
            codes.take(source, format, blockCount: blockCount, output: output)
        }
        unsafe codes.store(
            outputCount: outputCount, inputCount: inputCount, as: quantization, zeroAddend: 0, repeatCount: 1,
            into: target)
    }

    /// Takes the codes of some outputs from lines that begin at the buffer's start.
    package func takeCodes(
        _ words: CodeWords, lineWordCount: Int, columns: [UInt32], inputCount: Int, into codes: inout CodeTile
    ) {
        unsafe codes.takeCodes(
            bytes.span.bytes, words, lineWordCount: lineWordCount, columns: columns, inputCount: inputCount)
    }
}

extension Kernels {
    /// Packs up to 32 rows of f32, one an output, into one tile: tile[k * 32 + n] = rows[n][k], +0 for missing ones.
    package func packTile(_ rows: FloatView, into tile: MutableFloatView) {
        precondition(
            rows.rowCount <= 32 && tile.rowCount == 1 && tile.columnCount == rows.columnCount * 32,
            "tile of \(tile.columnCount) elements for \(rows.rowCount) rows of \(rows.columnCount)")
        unsafe table.pointee.pack_rows_f32(
            rows.base, SK_STORAGE_F32, rows.stride, rows.rowCount, rows.columnCount, tile.base)
    }
}
