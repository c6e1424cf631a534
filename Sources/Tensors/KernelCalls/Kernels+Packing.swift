import CKernels

/// How a checkpoint stores a weight's numbers; each widens to f32 exactly.
package enum WeightStorage: Sendable, CaseIterable {
    case f32, bf16, f16

    /// Bytes of one element.
    package var byteCount: Int { self == .f32 ? 4 : 2 }

    var identifier: sk_storage {
        switch self {
        case .f32: SK_STORAGE_F32
        case .bf16: SK_STORAGE_BF16
        case .f16: SK_STORAGE_F16
        }
    }
}

/// How a checkpoint lays out a matrix W[output][input].
package enum WeightOrder: Sendable {
    /// One output after the other ([output][input], torch's Linear).
    case outputMajor
    /// One input after the other ([input][output], GPT-2's Conv1D).
    case inputMajor
}

extension Kernels {
    /// Packs up to 32 outputs of a stored matrix into one tile: tile[k * 32 + n] = W[n][k], +0 for missing
    /// outputs.
    ///
    /// source: starts at the first of these outputs; stride elements from one output (or input, if
    /// input-major) to the next; any alignment. tile: inputCount * 32 elements, 64-byte aligned.
    package func packTile(
        _ source: RawSpan, _ storage: WeightStorage, _ order: WeightOrder, stride: Int, outputCount: Int,
        inputCount: Int, into tile: MutableFloatView
    ) {
        precondition((0...32).contains(outputCount), "\(outputCount) outputs in a tile of 32")
        precondition(inputCount >= 0 && stride >= 0)
        precondition(
            tile.rowCount == 1 && tile.columnCount == inputCount * 32,
            "tile of \(tile.columnCount) elements for \(inputCount) inputs")
        let address = unsafe UInt(bitPattern: tile.base)
        precondition(address.isMultiple(of: 64), "tile is not 64-byte aligned")
        let (lines, width) = order == .outputMajor ? (outputCount, inputCount) : (inputCount, outputCount)
        let needed = lines == 0 || width == 0 ? 0 : ((lines - 1) * stride + width) * storage.byteCount
        precondition(source.byteCount >= needed, "source of \(source.byteCount) bytes, \(needed) needed")
        let pack =
            switch order {
            case .outputMajor: unsafe table.pointee.pack_rows_f32
            case .inputMajor: unsafe table.pointee.pack_columns_f32
            }
        unsafe source.withUnsafeBytes { bytes in
            // An empty source has no address; the kernel reads nothing of it.
            let start = unsafe bytes.baseAddress ?? UnsafeRawPointer(tile.base)
            unsafe pack(start, storage.identifier, stride, outputCount, inputCount, tile.base)
        }
    }

    /// Stores a packed f32 tile in another format; the target is zero before.
    ///
    /// tile: inputCount * 32 elements; target: `format.tileByteCount(inputCount:)` bytes, 64-byte aligned.
    package func store(
        _ tile: FloatView, inputCount: Int, as format: MatrixFormat,
        into target: UnsafeMutableRawBufferPointer
    ) {
        precondition(
            tile.rowCount == 1 && tile.columnCount == inputCount * 32,
            "tile of \(tile.columnCount) elements for \(inputCount) inputs")
        precondition(
            format.tileByteCount(inputCount: inputCount) == target.count,
            "\(target.count) bytes for a tile of \(inputCount) inputs as \(format)")
        guard let start = target.baseAddress else { return }
        switch format {
        case .f32: unsafe start.copyMemory(from: tile.base, byteCount: target.count)
        case .bf16:
            unsafe table.pointee.narrow_tile_bf16(
                tile.base, inputCount, start.assumingMemoryBound(to: UInt16.self))
        case .quantized(let quantization):
            var value = quantization.kernelValue
            unsafe table.pointee.quantize_tile(tile.base, inputCount, &value, start)
        }
    }

    /// Widens stored elements to f32, exactly: one vector, from the source's start, which may be unaligned.
    package func widen(
        _ source: RawSpan, _ storage: WeightStorage, into y: MutableFloatView
    ) {
        let needed = y.columnCount * storage.byteCount
        precondition(
            y.rowCount == 1 && source.byteCount >= needed, "\(source.byteCount) bytes, \(needed) needed")
        unsafe source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe table.pointee.widen_f32(start, storage.identifier, y.columnCount, y.base)
        }
    }
}
