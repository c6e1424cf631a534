package import Tensors

/// One linear layer of the unsplit model: y = x W^T (+ bias).
package struct LinearLayer {
    /// W in kernel layout.
    package let matrix: TileMatrix
    /// One element per output of the unsplit matrix, or nil.
    package let bias: FloatView?
}

extension Pack {
    /// A linear layer, with its bias if the model has one.
    func linear(_ role: TensorRole, bias: TensorRole? = nil, layer: Int? = nil) -> LinearLayer {
        LinearLayer(
            matrix: matrix(role, layer: layer), bias: bias.flatMap { vector($0, layer: layer) })
    }
}

/// The outputs of one linear layer that a rank computes in one go.
struct LinearPart {
    let layer: LinearLayer
    /// Outputs of the unsplit matrix.
    let rows: Range<Int>
    /// Where they go: one column per output of `rows`.
    let output: MutableFloatView

    /// 32-output tiles that the range touches: the unit of splitting.
    var tileCount: Int { LinearPart.tileCount(of: rows) }

    /// 32-output tiles that a range of outputs touches.
    static func tileCount(of rows: Range<Int>) -> Int {
        let size = TileMatrix.tileOutputCount
        return rows.isEmpty ? 0 : (rows.upperBound - 1) / size - rows.lowerBound / size + 1
    }

    private var firstTile: Int { rows.lowerBound / TileMatrix.tileOutputCount }

    /// The outputs of tiles counted from the range's first.
    func outputs(ofTiles tiles: Range<Int>) -> Range<Int> {
        let size = TileMatrix.tileOutputCount
        let lower = max(rows.lowerBound, (firstTile + tiles.lowerBound) * size)
        let upper = min(rows.upperBound, (firstTile + tiles.upperBound) * size)
        return lower..<max(lower, upper)
    }

    /// The columns of `output` that some outputs go to.
    func columns(of outputs: Range<Int>) -> Range<Int> {
        outputs.lowerBound - rows.lowerBound..<outputs.upperBound - rows.lowerBound
    }
}
