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
    /// What is added to the scores of each of the rank's query heads, or nil.
    let attentionBiases: AttentionBiases?
    /// Attention of the current step, divided among threads.
    var attentionItems: AttentionItems
    /// Which experts the rows of a step go to, or nil.
    var assignments: ExpertAssignments?
    /// Time of the last pass in what every rank does in full: embedding, norms, residuals.
    private(set) var serialDuration = Duration.zero
    private let clock = ContinuousClock()

    init(
        _ configuration: ModelConfiguration, model: DecoderModel, shard: RankShard, plan: ActivationPlan,
        maxSequenceLength: Int, cache: KVCache, gathers: RankGathers, work: WorkSplit
    ) throws(SystemError) {
        self.model = model
        self.shard = shard
        self.cache = cache
        self.gathers = gathers
        self.work = work
        buffers = try ForwardBuffers(plan)
        queryGroupCount = configuration.queryGroupCount
        headDimension = configuration.headDimension
        attentionBiases = try AttentionBiases(
            model, heads: shard.queryHeads, maxSequenceLength: maxSequenceLength)
        attentionItems = AttentionItems(
            shard, queryGroupCount: configuration.queryGroupCount, sharesKeys: attentionBiases == nil,
            memberCount: work.memberCount, rowCountMax: plan.rowCountMax)
        assignments = configuration.experts.map {
            ExpertAssignments($0, rowCountMax: plan.rowCountMax)
        }
    }

    var kernels: Kernels { work.kernels }

    /// Passes a batch through all layers; the residual stream is left in `buffers.hidden`.
    ///
    /// isDone is asked after the embedding (-1) and after each layer, and may end the pass early.
    func run(
        _ batch: RowBatch, sequences: [SequenceState], isDone: ((Int) -> Bool)? = nil
    ) throws(CollectiveError) {
        let rowCount = batch.rows.count
        serialDuration = .zero
        guard rowCount > 0 else { return }
        attentionItems.fill(from: batch)
        embed(batch)
        if let isDone, isDone(-1) { return }
        let hidden = buffers.hidden.view.rows(0..<rowCount)
        let normed = buffers.normed.view.rows(0..<rowCount)
        if let first = model.layers.first {
            serial(rowCount) { rows in enter(first.attentionNorms, hidden.rows(rows), normed.rows(rows)) }
        }
        for index in model.layers.indices {
            let layer = model.layers[index]
            let attention = try attend(batch, sequences: sequences, layer: layer, index: index)
            let projected = try project(
                attention, layer.attentionOutput, rows: shard.attentionOutputRows,
                shape: gathers.attentionProjection, index: index, at: .attentionProjection)
            if model.hasParallelResidual {
                add(projected, to: hidden, afterNorm: layer.feedForwardNorms.input, into: normed)
            } else {
                add(
                    projected, of: layer.attentionNorms, to: hidden, then: layer.feedForwardNorms,
                    into: normed)
            }
            let result = try feedForward(normed.readOnly, layer.feedForward, index: index)
            let next = index + 1 < model.layers.count ? model.layers[index + 1].attentionNorms : nil
            add(result, of: layer.feedForwardNorms, to: hidden, then: next, into: normed)
            if let isDone, isDone(index) { return }
        }
    }

    /// Runs over rows what no rank shares with another, and takes the time.
    func serial(_ rowCount: Int, _ body: (Range<Int>) -> Void) {
        let start = clock.now
        work.ranges(rowCount, body)
        serialDuration += clock.now - start
    }

    // MARK: Steps of a layer

    /// What a half reads: the residual stream, normalized or as it is.
    private func enter(_ half: HalfNorms, _ hidden: MutableFloatView, _ normed: MutableFloatView) {
        if let norm = half.input {
            norm.apply(hidden.readOnly, into: normed, kernels: kernels)
        } else {
            normed.copy(from: hidden.readOnly)
        }
    }

    /// Adds what a half gives to the residual stream, and prepares what the next one reads.
    private func add(
        _ output: FloatView, of half: HalfNorms, to hidden: MutableFloatView, then next: HalfNorms?,
        into normed: MutableFloatView
    ) {
        serial(hidden.rowCount) { rows in
            let hidden = hidden.rows(rows)
            let normed = normed.rows(rows)
            if let norm = half.output {
                norm.apply(output.rows(rows), into: normed, kernels: kernels)
                kernels.add(normed.readOnly, to: hidden)
            } else {
                kernels.add(output.rows(rows), to: hidden)
            }
            half.sum?.apply(hidden.readOnly, into: hidden, kernels: kernels)
            if let next { enter(next, hidden, normed) }
        }
    }

    private func add(
        _ addend: FloatView, to hidden: MutableFloatView, afterNorm norm: NormLayer?,
        into normed: MutableFloatView
    ) {
        serial(hidden.rowCount) { rows in
            norm?.apply(hidden.rows(rows).readOnly, into: normed.rows(rows), kernels: kernels)
            kernels.add(addend.rows(rows), to: hidden.rows(rows))
        }
    }

    func project(
        _ x: FloatView, _ layer: LinearLayer, rows: Range<Int>, shape: GatherShape, index: Int,
        at point: RankGathers.Point
    ) throws(CollectiveError) -> FloatView {
        try gathers.gather(shape, rowCount: x.rowCount, layer: index, at: point) { own in
            work.linear(x, LinearPart(layer: layer, rows: rows, output: own))
        }
    }
}
