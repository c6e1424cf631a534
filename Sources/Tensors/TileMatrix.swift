/// A weight matrix W[outputCount][inputCount] in kernel layout, in memory that somebody else owns (a pack).
///
/// ceil(outputCount / 32) tiles, tile t holding the outputs 32t ... 32t + 31 of the UNSPLIT matrix, missing outputs
/// zero; tiles follow each other without a gap, the first is 64-byte aligned.
@safe package struct TileMatrix {
    /// Outputs in one tile.
    package static let tileOutputCount = 32

    /// Tile 0.
    package let tiles: UnsafeRawPointer
    /// How the tiles are stored.
    package let format: MatrixFormat
    /// N, rows of W.
    package let outputCount: Int
    /// K, columns of W.
    package let inputCount: Int

    /// Views `TileMatrix.byteCount(...)` bytes at `tiles`.
    @unsafe package init(
        tiles: UnsafeRawPointer, format: MatrixFormat = .f32, outputCount: Int, inputCount: Int
    ) {
        precondition(outputCount >= 0 && inputCount >= 0, "shape \(outputCount) x \(inputCount) is negative")
        let address = UInt(bitPattern: tiles)
        precondition(address.isMultiple(of: 64), "tiles at address \(address), which is no multiple of 64")
        unsafe self.tiles = unsafe tiles
        self.format = format
        self.outputCount = outputCount
        self.inputCount = inputCount
    }

    /// Number of tiles of a matrix with so many outputs.
    package static func tileCount(outputCount: Int) -> Int {
        (outputCount + tileOutputCount - 1) / tileOutputCount
    }

    /// Elements of one f32 tile, which is also the distance from tile to tile.
    package static func tileElementCount(inputCount: Int) -> Int { inputCount * tileOutputCount }

    /// Elements of all tiles of an f32 matrix.
    package static func elementCount(outputCount: Int, inputCount: Int) -> Int {
        tileCount(outputCount: outputCount) * tileElementCount(inputCount: inputCount)
    }

    /// Bytes of all tiles of a matrix; nil if they overflow.
    package static func byteCount(format: MatrixFormat, outputCount: Int, inputCount: Int) -> Int? {
        guard let tile = format.tileByteCount(inputCount: inputCount) else { return nil }
        let (count, overflows) = tile.multipliedReportingOverflow(by: tileCount(outputCount: outputCount))
        return overflows ? nil : count
    }
}
