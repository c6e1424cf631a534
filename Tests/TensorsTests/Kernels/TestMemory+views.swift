import Tensors

extension TestMemory {
    /// All elements as one vector.
    var vector: MutableFloatView { unsafe MutableFloatView(base: base, count: count) }

    /// The elements as rows.
    func matrix(_ rowCount: Int, _ columnCount: Int, stride: Int? = nil) -> MutableFloatView {
        precondition(rowCount == 0 || (rowCount - 1) * (stride ?? columnCount) + columnCount <= count)
        return unsafe MutableFloatView(
            base: base, rowCount: rowCount, columnCount: columnCount, stride: stride ?? columnCount)
    }

    /// The elements as tiles.
    func tiles(outputCount: Int, inputCount: Int) -> TileMatrix {
        precondition(TileMatrix.elementCount(outputCount: outputCount, inputCount: inputCount) <= count)
        return unsafe TileMatrix(tiles: base, outputCount: outputCount, inputCount: inputCount)
    }

    /// Tiles of W[outputCount][inputCount], packed plainly.
    static func tiles(_ weights: [Float], outputCount: Int, inputCount: Int) -> TestMemory {
        let tiles = TestMemory(
            [Float](
                repeating: 0,
                count: TileMatrix.elementCount(outputCount: outputCount, inputCount: inputCount)))
        for output in 0..<outputCount {
            let start = output / 32 * inputCount * 32 + output % 32
            for input in 0..<inputCount {
                unsafe tiles.base[start + input * 32] = weights[output * inputCount + input]
            }
        }
        return tiles
    }
}

extension InstructionSet {
    /// The sets to compare with `scalar`, which is the definition.
    static var vectorSets: [InstructionSet] { available.filter { $0 != .scalar } }
}
