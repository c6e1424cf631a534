/// The memory between a checkpoint's file and a pack: bytes are read into it as stored and widened out of it.
package struct StagingBuffer: Sendable {
    var bytes: [UInt8]

    /// Makes a buffer of `byteCount` bytes; it grows when a read needs more.
    package init(byteCount: Int) { bytes = [UInt8](repeating: 0, count: byteCount) }

    /// Reads bytes `range` of `file` to offset `start` of the buffer, all of them or throws.
    package mutating func read(
        _ range: Range<Int>, of file: CheckpointFile, at start: Int
    ) throws(CheckpointFileError) {
        let end = start + range.count
        if bytes.count < end { bytes.append(contentsOf: repeatElement(0, count: end - bytes.count)) }
        try file.read(range, into: &bytes, at: start)
    }

    /// Packs up to 32 outputs, the first of which starts at byte `start`, into one tile; see
    /// `Kernels.packTile`.
    package func packTile(
        from start: Int, _ storage: WeightStorage, _ order: WeightOrder, stride: Int, outputCount: Int,
        inputCount: Int, into tile: MutableFloatView, kernels: Kernels
    ) {
        let source = unsafe bytes.span.bytes.extracting(droppingFirst: start)
        kernels.packTile(
            source, storage, order, stride: stride, outputCount: outputCount, inputCount: inputCount,
            into: tile)
    }

    /// Widens as many elements as `vector` has, from the buffer's start.
    package func widen(_ storage: WeightStorage, into vector: MutableFloatView, kernels: Kernels) {
        unsafe kernels.widen(bytes.span.bytes, storage, into: vector)
    }
}
