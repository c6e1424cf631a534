import Collectives
import Platform
import Tensors

/// A rank's share of a pass through all layers: rows in, normalized rows for the output head out.
///
/// Every output of a linear layer is computed by one rank with the whole of its input; four gathers a layer
/// put the ranks' columns together (design 5). A class: it owns the buffers, which are all reserved at the
/// start.
final class ForwardPass {
    let model: DecoderModel
    let shard: RankShard
    let cache: KVCache
    let gathers: RankGathers
    let work: WorkSplit
    let buffers: ForwardBuffers
    let queryGroupCount: Int
    let headDimension: Int
    /// Time of the last pass in what every rank does in full: embedding, norms, residuals.
    private(set) var serialDuration = Duration.zero
    private let clock = ContinuousClock()

    init(
        _ configuration: ModelConfiguration, model: DecoderModel, shard: RankShard, plan: ActivationPlan,
        cache: KVCache, gathers: RankGathers, work: WorkSplit
    ) throws(SystemError) {
        self.model = model
        self.shard = shard
        self.cache = cache
        self.gathers = gathers
        self.work = work
        buffers = try ForwardBuffers(plan)
        queryGroupCount = configuration.queryGroupCount
        headDimension = configuration.headDimension
    }

    private var kernels: Kernels { work.kernels }

    /// Passes a batch through all layers; the residual stream is left in `buffers.hidden`.
    ///
    /// isDone is asked after the embedding (-1) and after each layer, and may end the pass early.
    func run(
        _ batch: RowBatch, sequences: [SequenceState], isDone: ((Int) -> Bool)? = nil
    ) throws(CollectiveError) {
        let rowCount = batch.rows.count
        serialDuration = .zero
        guard rowCount > 0 else { return }
        embed(batch)
        if let isDone, isDone(-1) { return }
        let hidden = buffers.hidden.view.rows(0..<rowCount)
        let normed = buffers.normed.view.rows(0..<rowCount)
        serial(rowCount) { rows in
            if let first = model.layers.first {
                first.attentionNorm.apply(
                    hidden.rows(rows).readOnly, into: normed.rows(rows), kernels: kernels)
            }
        }
        for index in model.layers.indices {
            let layer = model.layers[index]
            let attention = try attend(batch, sequences: sequences, layer: layer, index: index)
            let projected = try project(
                attention, layer.attentionOutput, rows: shard.attentionOutputRows,
                shape: gathers.attentionProjection, index: index, at: .attentionProjection)
            if model.hasParallelResidual {
                add(projected, to: hidden, afterNorm: layer.feedForwardNorm, into: normed)
            } else {
                add(projected, to: hidden, thenNorm: layer.feedForwardNorm, into: normed)
            }
            let activated = try activate(normed.readOnly, layer: layer, index: index)
            let result = try project(
                activated, layer.down, rows: shard.downRows, shape: gathers.feedForwardProjection,
                index: index, at: .feedForwardProjection)
            let next = index + 1 < model.layers.count ? model.layers[index + 1].attentionNorm : nil
            add(result, to: hidden, thenNorm: next, into: normed)
            if let isDone, isDone(index) { return }
        }
    }

    /// Runs over rows what no rank shares with another, and takes the time.
    private func serial(_ rowCount: Int, _ body: (Range<Int>) -> Void) {
        let start = clock.now
        work.ranges(rowCount, body)
        serialDuration += clock.now - start
    }

    // MARK: Steps of a layer

    private func embed(_ batch: RowBatch) {
        let hidden = buffers.hidden.view
        let cosine = buffers.cosine.view
        let sine = buffers.sine.view
        serial(batch.rows.count) { rows in
            for index in rows {
                let row = batch.rows[index]
                kernels.embed(
                    model.tokenEmbedding.row(Int(row.tokenID)),
                    positionRow: model.positionEmbedding?.row(row.position), into: hidden.row(index))
                model.rotary?.fill(position: row.position, cosine: cosine.row(index), sine: sine.row(index))
            }
        }
    }

    private func add(
        _ addend: FloatView, to hidden: MutableFloatView, thenNorm norm: NormLayer?,
        into normed: MutableFloatView
    ) {
        serial(hidden.rowCount) { rows in
            kernels.add(addend.rows(rows), to: hidden.rows(rows))
            norm?.apply(hidden.rows(rows).readOnly, into: normed.rows(rows), kernels: kernels)
        }
    }

    private func add(
        _ addend: FloatView, to hidden: MutableFloatView, afterNorm norm: NormLayer,
        into normed: MutableFloatView
    ) {
        serial(hidden.rowCount) { rows in
            norm.apply(hidden.rows(rows).readOnly, into: normed.rows(rows), kernels: kernels)
            kernels.add(addend.rows(rows), to: hidden.rows(rows))
        }
    }

    private func project(
        _ x: FloatView, _ layer: LinearLayer, rows: Range<Int>, shape: GatherShape, index: Int,
        at point: RankGathers.Point
    ) throws(CollectiveError) -> FloatView {
        try gathers.gather(shape, rowCount: x.rowCount, layer: index, at: point) { own in
            work.linear(x, LinearPart(layer: layer, rows: rows, output: own))
        }
    }

    /// Queries, keys and values of the rank's heads; keys and values stored; attention; gather 1.
    private func attend(
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
            let headCount = shard.queryHeads.count
            work.each(batch.chunks.count * headCount) { item in
                let (chunk, head) = item.quotientAndRemainder(dividingBy: headCount)
                attend(batch.chunks[chunk], head: head, sequences: sequences, layer: index, into: own)
            }
        }
    }

    /// Normalizes (where the model does) and rotates one row's queries and keys, and stores its keys and values.
    private func store(_ place: RowBatch.Row, row: Int, sequences: [SequenceState], layer: Int) {
        let key = buffers.key.view.row(row)
        let value = buffers.value.view.row(row)
        normalizeHeads(of: buffers.query.view.row(row), model.layers[layer].queryNorm)
        normalizeHeads(of: key, model.layers[layer].keyNorm)
        if model.rotary != nil {
            let cosine = buffers.cosine.view.row(row).readOnly
            let sine = buffers.sine.view.row(row).readOnly
            kernels.rope(
                buffers.query.view.row(row), headDimension: headDimension, cosine: cosine, sine: sine)
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
        _ chunk: RowBatch.Chunk, head: Int, sequences: [SequenceState], layer: Int, into own: MutableFloatView
    ) {
        let columns = head * headDimension..<(head + 1) * headDimension
        let keyValueHead =
            (shard.queryHeads.lowerBound + head) / queryGroupCount - shard.keyValueHeads.lowerBound
        let rows = AttentionRows(
            queries: buffers.query.view.rows(chunk.rows).columns(columns).readOnly,
            firstPosition: chunk.firstPosition, scale: model.attentionScale,
            window: model.layers[layer].attentionWindow)
        let blocks = sequences[chunk.slot].blocks
        kernels.attention(
            rows, cache.head(keyValueHead, layer: layer), blockTable: blocks.span,
            into: own.rows(chunk.rows).columns(columns))
    }

    /// The MLP's first half with its function, gather 3. Each thread applies the function to what it has
    /// computed.
    private func activate(
        _ x: FloatView, layer: DecoderLayer, index: Int
    ) throws(CollectiveError) -> FloatView {
        let rowCount = x.rowCount
        let gate = layer.gate.map {
            LinearPart(
                layer: $0, rows: shard.feedForwardRows, output: buffers.gate.view.rows(0..<rowCount))
        }
        return try gathers.gather(gathers.feedForward, rowCount: rowCount, layer: index, at: .feedForward) {
            own in
            let up = LinearPart(layer: layer.up, rows: shard.feedForwardRows, output: own)
            work.tiles(of: up, rowCount: rowCount) { tiles in
                work.compute(x, up, tiles: tiles, offset: 0)
                if let gate { work.compute(x, gate, tiles: tiles, offset: 0) }
                let columns = up.columns(of: up.outputs(ofTiles: tiles))
                let output = own.columns(columns)
                if let gate {
                    kernels.apply(
                        .silu, toGate: gate.output.columns(columns).readOnly, times: output.readOnly,
                        into: output)
                } else {
                    kernels.apply(model.activation, to: output.readOnly, into: output)
                }
            }
        }
    }
}
