import Collectives
import Platform
import Tensors
import WorkerMessages

/// From the last layer to a step's answers: output head, hashes, log-probabilities, processors, tokens.
///
/// Each rank computes the logits of its 128-id segments; rank 0 decides by what the routes need of them.
/// Every rank knows from parameters alone which gathers a step has. A class: it owns scratch of fixed size.
final class LogitsStage {
    let forward: ForwardPass
    let plan: ShardPlan
    /// Scratch of each of the rank's threads.
    let scratches: [RowScratch]
    /// What only rank 0 has.
    let root: RootScratch?
    /// The segments of the row that a gather is about.
    let segments: SegmentTable
    /// Sees each whole row of raw logits that is hashed, on rank 0.
    var rawLogitsTap: ((FloatView) -> Void)?
    /// Per row group of the step: the first row with a logit that is not finite, or -1.
    private(set) var nonFiniteRows: [Int] = []
    /// Time in processors and decisions, this step.
    private(set) var sampleDuration = Duration.zero

    private let turnRowCount: Int
    /// Per row of the turn: 1 if a raw logit is not finite, at first in this rank's slice, then in any
    /// rank's.
    private let flags: FloatBuffer
    /// Rows of the turn that a gather is about.
    private var chosen: [Int] = []
    private let clock = ContinuousClock()

    init(
        _ configuration: ModelConfiguration, forward: ForwardPass, plan: ShardPlan, rank: Int,
        activations: ActivationPlan, limits: StepLimits
    ) throws(SystemError) {
        self.forward = forward
        self.plan = plan
        turnRowCount = activations.logitsRowCount
        let kernels = forward.work.kernels
        scratches = (0..<forward.work.memberCount).map { _ in
            RowScratch(shard: forward.shard, kernels: kernels)
        }
        root =
            rank == 0
            ? try RootScratch(
                vocabularyCount: configuration.vocabularyCount, rankCount: plan.rankCount,
                rowCount: activations.logitsRowCount, kernels: kernels)
            : nil
        segments = try SegmentTable(vocabularyCount: configuration.vocabularyCount, kernels: kernels)
        flags = try FloatBuffer(rowCount: 1, columnCount: turnRowCount)
        chosen.reserveCapacity(turnRowCount)
        nonFiniteRows.reserveCapacity(limits.slotCount)
    }

    /// Answers a step whose rows have passed all layers.
    func run(
        _ batch: RowBatch, frame: StepFrame, sequences: [SequenceState], into result: inout StepResult
    ) throws(CollectiveError) {
        sampleDuration = .zero
        nonFiniteRows.removeAll(keepingCapacity: true)
        for group in frame.rowGroups {
            nonFiniteRows.append(-1)
            if root != nil { result.groups.append(StepResult.Group(slot: group.slot)) }
        }
        var start = 0
        while start < batch.logitsRows.count {
            let rows = start..<min(start + turnRowCount, batch.logitsRows.count)
            let turn = LogitsTurn(batch: batch, frame: frame, sequences: sequences, logitsRows: rows)
            computeLogits(turn)
            try answerLogProbabilities(turn, into: &result)
            try answerHashes(turn, into: &result)
            try normalize(turn)
            process(turn)
            try decide(turn, into: &result)
            try decideByWholeRows(turn, into: &result)
            start = rows.upperBound
        }
    }

    var kernels: Kernels { forward.work.kernels }

    /// This rank's slice of a row of the turn.
    func slice(_ index: Int) -> MutableFloatView { forward.buffers.logits.view.row(index) }

    /// Whether a raw logit of the row is known not to be finite.
    func isNonFinite(_ index: Int) -> Bool { flags.view[0, index] != 0 }

    /// Notes that some rank found a raw logit of a row that is not finite.
    func noteNonFinite(_ turn: LogitsTurn, _ index: Int) {
        flags.view[0, index] = 1
        let row = turn.row(index)
        if nonFiniteRows[row.group] < 0 { nonFiniteRows[row.group] = row.row }
    }

    /// One rank's part of a gathered row.
    func verdict(_ rank: Int, _ shape: GatherShape, _ row: FloatView) -> RankVerdict {
        RankVerdict(columns: row.columns(shape.columns(of: rank)))
    }

    /// Lists the rows of a turn that the next gather is about.
    func choose(_ turn: LogitsTurn, _ isChosen: (Int) -> Bool) {
        chosen.removeAll(keepingCapacity: true)
        for index in 0..<turn.count where isChosen(index) { chosen.append(index) }
    }

    /// Gathers the chosen rows, as many at once as a gather carries, and hands each to `read`.
    ///
    /// `write` runs on all threads of the rank, each with scratch of its own.
    func gatherChosen(
        _ shape: GatherShape, at point: RankGathers.Point,
        write: (RowScratch, Int, MutableFloatView) -> Void, read: (Int, FloatView) -> Void
    ) throws(CollectiveError) {
        let rowCountMax = forward.gathers.communicator.rowCountMax(of: shape)
        let chosen = chosen
        var start = 0
        while start < chosen.count {
            let part = start..<min(start + rowCountMax, chosen.count)
            let matrix = try forward.gathers.gather(
                shape, rowCount: part.count, layer: forward.model.layers.count, at: point
            ) { own in
                forward.work.rows(part.count) { member, offset in
                    write(scratches[member], chosen[part.lowerBound + offset], own.row(offset))
                }
            }
            for (offset, position) in part.enumerated() { read(chosen[position], matrix.row(offset)) }
            start = part.upperBound
        }
    }

    /// Adds the time of a piece of sampling.
    func measure(_ body: () -> Void) {
        let start = clock.now
        body()
        sampleDuration += clock.now - start
    }

    private func computeLogits(_ turn: LogitsTurn) {
        let hidden = forward.buffers.hidden.view
        let normed = forward.buffers.normed.view.rows(0..<turn.count)
        forward.work.ranges(turn.count) { indices in
            for index in indices {
                let row = hidden.row(turn.row(index).row).readOnly
                if let norm = forward.model.finalNorm {
                    norm.apply(row, into: normed.row(index), kernels: kernels)
                } else {
                    normed.row(index).copy(from: row)
                }
            }
        }
        let logits = forward.buffers.logits.view.rows(0..<turn.count)
        forward.work.linear(
            forward.projectOutput(normed.readOnly),
            LinearPart(
                layer: forward.model.outputHead, rows: forward.shard.vocabularyIDs, output: logits))
        let flags = flags.view
        let cap = forward.model.logitSoftCap
        forward.work.rows(turn.count) { _, index in
            // First, since tanh makes infinity finite.
            flags[0, index] = kernels.firstNonFinite(logits.row(index).readOnly) == nil ? 0 : 1
            if cap > 0 { kernels.softCap(logits.row(index), at: cap) }
        }
    }
}

/// Rows of logits that are computed at once: a range of the batch's, counted from 0 here.
struct LogitsTurn {
    let batch: RowBatch
    let frame: StepFrame
    let sequences: [SequenceState]
    /// Which of the batch's logits rows.
    let logitsRows: Range<Int>

    var count: Int { logitsRows.count }
    func row(_ index: Int) -> RowBatch.LogitsRow { batch.logitsRows[logitsRows.lowerBound + index] }
    func group(_ index: Int) -> StepFrame.RowGroup { frame.rowGroups[row(index).group] }
    func place(_ index: Int) -> RowBatch.Row { batch.rows[row(index).row] }
    func sequence(_ index: Int) -> SequenceState { sequences[place(index).slot] }
}

/// What one thread needs to process rows and to write verdicts. A class, so that threads have one each.
final class RowScratch {
    var processors: LogitProcessors
    var writer: VerdictWriter

    init(shard: RankShard, kernels: Kernels) {
        processors = LogitProcessors(vocabularyIDs: shard.vocabularyIDs)
        writer = VerdictWriter(shard: shard, kernels: kernels)
    }
}

/// What only rank 0 needs: it decides tokens, and reckons log-probabilities and hashes. A class, changed in
/// place.
final class RootScratch {
    var draw: TokenDraw
    var merge: CandidateMerge
    /// Per row of the turn whose log-probabilities are asked for: its raw logits.
    let rawRows: FloatBuffer
    /// Of those, what turns a logit into a log-probability.
    var normalizers: [LogNormalizer]
    var bestIDs = [Int32](repeating: 0, count: Kernels.candidateCountMax)
    let bestLogits: FloatBuffer
    var rowBytes: [UInt8] = []

    init(vocabularyCount: Int, rankCount: Int, rowCount: Int, kernels: Kernels) throws(SystemError) {
        draw = try TokenDraw(
            vocabularyCount: vocabularyCount, candidateCapacity: TokenRoute.candidateCountMax,
            kernels: kernels)
        merge = CandidateMerge(rankCount: rankCount)
        rawRows = try FloatBuffer(rowCount: rowCount, columnCount: vocabularyCount)
        normalizers = [LogNormalizer](repeating: LogNormalizer(maximum: 0, logTotal: 0), count: rowCount)
        bestLogits = try FloatBuffer(rowCount: 1, columnCount: Kernels.candidateCountMax)
        rowBytes.reserveCapacity(vocabularyCount * 4)
    }
}
