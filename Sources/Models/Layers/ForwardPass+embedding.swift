import Tensors

extension ForwardPass {
    /// Columns of the cosines and sines that one of the model's lists of frequencies has.
    func angleColumns(_ index: Int) -> Range<Int> {
        let count = model.rotaries[index].inverseFrequencies.count
        return index * count..<(index + 1) * count
    }

    /// The residual stream before the first layer, and the cosines and sines of all rows.
    func embed(_ batch: RowBatch) {
        let rowCount = batch.rows.count
        let hidden = buffers.hidden.view.rows(0..<rowCount)
        guard let projection = model.embeddingInput else {
            return serial(rowCount) { rows in
                for index in rows {
                    embed(batch.rows[index], into: hidden.row(index), addsPosition: true)
                    fillAngles(batch.rows[index], index: index)
                }
            }
        }
        let embedded = buffers.embedded.view.rows(0..<rowCount)
        serial(rowCount) { rows in
            for index in rows {
                embed(batch.rows[index], into: embedded.row(index), addsPosition: false)
                fillAngles(batch.rows[index], index: index)
            }
        }
        work.linear(
            embedded.readOnly,
            LinearPart(layer: projection, rows: 0..<projection.matrix.outputCount, output: hidden))
        guard let positions = model.positionEmbedding else { return }
        serial(rowCount) { rows in
            for index in rows {
                kernels.add(positions.row(batch.rows[index].position), to: hidden.row(index))
            }
        }
    }

    private func embed(_ row: RowBatch.Row, into y: MutableFloatView, addsPosition: Bool) {
        kernels.embed(
            model.tokenEmbedding.row(Int(row.tokenID)),
            positionRow: addsPosition ? model.positionEmbedding?.row(row.position) : nil, into: y)
        if model.embeddingScale != 1 { kernels.scale(y, by: model.embeddingScale) }
        model.embeddingNorm?.apply(y.readOnly, into: y, kernels: kernels)
    }

    private func fillAngles(_ row: RowBatch.Row, index: Int) {
        for (number, rotary) in model.rotaries.enumerated() {
            let columns = angleColumns(number)
            rotary.fill(
                position: row.position, cosine: buffers.cosine.view.row(index).columns(columns),
                sine: buffers.sine.view.row(index).columns(columns))
        }
    }

    /// Normalized rows as the output head reads them; every rank projects all of them.
    func projectOutput(_ normed: FloatView) -> FloatView {
        guard let projection = model.embeddingOutput else { return normed }
        let embedded = buffers.embedded.view.rows(0..<normed.rowCount)
        work.linear(
            normed,
            LinearPart(layer: projection, rows: 0..<projection.matrix.outputCount, output: embedded))
        return embedded.readOnly
    }
}
