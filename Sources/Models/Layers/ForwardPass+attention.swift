import Collectives
import Tensors

extension ForwardPass {
    /// Queries, keys and values of the rank's heads; keys and values stored; attention; gather 1.
    func attend(
        _ batch: RowBatch, sequences: [SequenceState], layer: DecoderLayer, index: Int
    ) throws(CollectiveError) -> FloatView {
        let rowCount = batch.rows.count
        let query = buffers.query.view.rows(0..<rowCount)
        let key = buffers.key.view.rows(0..<rowCount)
        let value = buffers.value.view.rows(0..<rowCount)
        work.linear(
            buffers.normed.view.rows(0..<rowCount).readOnly,
            LinearPart(layer: layer.query, rows: shard.queryRows, output: query),
            LinearPart(layer: layer.key, rows: shard.keyValueRows, output: key),
            LinearPart(layer: layer.value, rows: shard.keyValueRows, output: value))
        if !shard.queryHeads.isEmpty {
            work.ranges(rowCount) { rows in
                for row in rows { store(batch.rows[row], row: row, sequences: sequences, layer: index) }
            }
        }
        return try gathers.gather(gathers.attention, rowCount: rowCount, layer: index, at: .attention) {
            own in
            let items = attentionItems.items
            work.each(items.count) { attend(items[$0], sequences: sequences, layer: index, into: own) }
        }
    }

    /// Normalizes (where the model does) and rotates one row's queries and keys, and stores its keys and values.
    private func store(_ place: RowBatch.Row, row: Int, sequences: [SequenceState], layer: Int) {
        let key = buffers.key.view.row(row)
        let value = buffers.value.view.row(row)
        let query = buffers.query.view.row(row)
        if model.queryKeyValueLimit > 0 {
            for part in [query, key, value] { kernels.clamp(part, to: model.queryKeyValueLimit) }
        }
        normalizeHeads(of: query, model.layers[layer].queryNorm)
        normalizeHeads(of: key, model.layers[layer].keyNorm)
        if let index = model.layers[layer].rotaryIndex {
            let angles = angleColumns(index)
            let cosine = buffers.cosine.view.row(row).columns(angles).readOnly
            let sine = buffers.sine.view.row(row).columns(angles).readOnly
            kernels.rope(query, headDimension: headDimension, cosine: cosine, sine: sine)
            kernels.rope(key, headDimension: headDimension, cosine: cosine, sine: sine)
        }
        let positionCount = KVHeadView.blockPositionCount
        let block = sequences[place.slot].blocks[place.position / positionCount]
        for head in 0..<shard.keyValueHeads.count {
            let columns = head * headDimension..<(head + 1) * headDimension
            kernels.storeKeyValue(
                key: key.columns(columns).readOnly, value: value.columns(columns).readOnly,
                in: cache.head(head, layer: layer), block: block,
                positionInBlock: place.position % positionCount)
        }
    }

    private func normalizeHeads(of row: MutableFloatView, _ norm: NormLayer?) {
        guard let norm else { return }
        let heads = row.divided(intoRowsOf: headDimension)
        norm.apply(heads.readOnly, into: heads, kernels: kernels)
    }

    private func attend(
        _ item: AttentionItems.Item, sequences: [SequenceState], layer: Int, into own: MutableFloatView
    ) {
        let chunk = item.chunk
        let head = item.heads.lowerBound
        let columns = head * headDimension..<item.heads.upperBound * headDimension
        var queries = buffers.query.view.rows(chunk.rows).columns(columns)
        var output = own.rows(chunk.rows).columns(columns)
        if item.heads.count > 1 {
            queries = queries.divided(intoRowsOf: headDimension)
            output = output.divided(intoRowsOf: headDimension)
        }
        let keyValueHead =
            (shard.queryHeads.lowerBound + head) / queryGroupCount - shard.keyValueHeads.lowerBound
        let rows = AttentionRows(
            queries: queries.readOnly, firstPosition: chunk.firstPosition,
            isOnePosition: item.heads.count > 1, scale: model.attentionScale,
            window: model.layers[layer].attentionWindow, softCap: model.attentionSoftCap,
            bias: attentionBiases?[head])
        let blocks = sequences[chunk.slot].blocks
        kernels.attention(
            rows, cache.head(keyValueHead, layer: layer), blockTable: blocks.span, into: output)
    }
}
