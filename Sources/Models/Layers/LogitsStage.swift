import Collectives
import Crypto
import System
import Tensors
import WorkerMessages

/// From the last layer to a step's answers: output head, hashes, log-probabilities, processors, tokens.
///
/// Each rank computes the logits of its 128-id segments; rank 0 decides by what the routes need of them. Every rank knows
/// from parameters alone which gathers a step has. A class: it owns scratch of fixed size.
final class LogitsStage {
    private let forward: ForwardPass
    private let configuration: ModelConfiguration
    private let plan: ShardPlan
    private let rank: Int
    private let turnRowCount: Int
    private var writer: VerdictWriter
    private var processors: LogitProcessors
    private var merge: CandidateMerge
    private var root: RootScratch?
    /// Per row of the turn: whether this rank's slice, later any rank's, holds a logit that is not finite.
    private var isNonFinite: [Bool]
    /// Rows of the turn that a gather is about.
    private var chosen: [Int] = []
    /// Per row group of the step: the first row with such a logit, or -1.
    private(set) var nonFiniteRows: [Int] = []
    /// Sees each whole row of raw logits that is hashed, on rank 0.
    var rawLogitsTap: ((FloatView) -> Void)?
    /// Time in processors and decisions, this step.
    private(set) var sampleDuration = Duration.zero

    /// What only rank 0 needs.
    private struct RootScratch {
        var draw: TokenDraw
        let segments: SegmentTable
        var rowBytes: [UInt8] = []
    }

    init(
        _ configuration: ModelConfiguration, forward: ForwardPass, plan: ShardPlan, rank: Int,
        activations: ActivationPlan, limits: StepLimits
    ) throws(SystemError) {
        self.forward = forward
        self.configuration = configuration
        self.plan = plan
        self.rank = rank
        turnRowCount = activations.logitsRowCount
        let kernels = forward.work.kernels
        writer = VerdictWriter(shard: forward.shard, kernels: kernels)
        processors = LogitProcessors(vocabularyIDs: forward.shard.vocabularyIDs)
        merge = CandidateMerge(rankCount: plan.rankCount)
        isNonFinite = [Bool](repeating: false, count: turnRowCount)
        chosen.reserveCapacity(turnRowCount)
        nonFiniteRows.reserveCapacity(limits.slotCount)
        if rank == 0 {
            root = RootScratch(
                draw: try TokenDraw(
                    vocabularyCount: configuration.vocabularyCount,
                    candidateCapacity: TokenRoute.candidateCountMax, kernels: kernels),
                segments: try SegmentTable(vocabularyCount: configuration.vocabularyCount, kernels: kernels))
            root?.rowBytes.reserveCapacity(configuration.vocabularyCount * 4)
        }
    }

    /// Answers a step whose rows have passed all layers.
    func run(
        _ batch: RowBatch, frame: StepFrame, sequences: [SequenceState], into result: inout StepResult
    ) throws(CollectiveError) {
        sampleDuration = .zero
        nonFiniteRows.removeAll(keepingCapacity: true)
        for group in frame.rowGroups {
            nonFiniteRows.append(-1)
            if rank == 0 { result.groups.append(StepResult.Group(slot: group.slot)) }
        }
        var start = 0
        while start < batch.logitsRows.count {
            let turn = start..<min(start + turnRowCount, batch.logitsRows.count)
            let context = Turn(batch: batch, frame: frame, sequences: sequences, logitsRows: turn)
            computeLogits(context)
            try answerLogProbabilities(context, into: &result)
            try answerHashes(context, into: &result)
            process(context)
            try decide(context, into: &result)
            try decideByWholeRows(context, into: &result)
            start = turn.upperBound
        }
    }

    /// One turn's rows: `logitsRows` of the batch; `index` counts from 0 within it.
    private struct Turn {
        let batch: RowBatch
        let frame: StepFrame
        let sequences: [SequenceState]
        let logitsRows: Range<Int>

        var count: Int { logitsRows.count }
        func row(_ index: Int) -> RowBatch.LogitsRow { batch.logitsRows[logitsRows.lowerBound + index] }
        func group(_ index: Int) -> StepFrame.RowGroup { frame.rowGroups[row(index).group] }
        func place(_ index: Int) -> RowBatch.Row { batch.rows[row(index).row] }
        func sequence(_ index: Int) -> SequenceState { sequences[place(index).slot] }
    }

    private var kernels: Kernels { forward.work.kernels }
    private var logits: MutableFloatView { forward.buffers.logits.view }
    private var layerCount: Int { forward.model.layers.count }

    // MARK: Raw logits

    private func computeLogits(_ turn: Turn) {
        let hidden = forward.buffers.hidden.view
        let normed = forward.buffers.normed.view.rows(0..<turn.count)
        forward.work.ranges(turn.count) { indices in
            for index in indices {
                forward.model.finalNorm.apply(
                    hidden.row(turn.row(index).row).readOnly, into: normed.row(index), kernels: kernels)
            }
        }
        let slice = logits.rows(0..<turn.count)
        forward.work.linear(
            normed.readOnly,
            LinearPart(layer: forward.model.outputHead, rows: forward.shard.vocabularyIDs, output: slice))
        for index in 0..<turn.count {
            isNonFinite[index] = kernels.firstNonFinite(slice.row(index).readOnly) != nil
        }
    }

    private func choose(_ turn: Turn, _ isChosen: (Int) -> Bool) {
        chosen.removeAll(keepingCapacity: true)
        for index in 0..<turn.count where isChosen(index) { chosen.append(index) }
    }

    /// Gathers the chosen rows, as many at once as a gather carries, and hands each to `read`.
    private func gatherChosen(
        _ shape: GatherShape, at point: RankGathers.Point, write: (Int, MutableFloatView) -> Void,
        read: (Int, FloatView) -> Void
    ) throws(CollectiveError) {
        let rowCountMax = forward.gathers.communicator.rowCountMax(of: shape)
        var start = 0
        while start < chosen.count {
            let part = start..<min(start + rowCountMax, chosen.count)
            let matrix = try forward.gathers.gather(
                shape, rowCount: part.count, layer: layerCount, at: point
            ) { own in
                for (offset, position) in part.enumerated() { write(chosen[position], own.row(offset)) }
            }
            for (offset, position) in part.enumerated() { read(chosen[position], matrix.row(offset)) }
            start = part.upperBound
        }
    }

    private func verdict(_ rank: Int, _ shape: GatherShape, _ row: FloatView) -> RankVerdict {
        RankVerdict(columns: row.columns(shape.columns(of: rank)))
    }

    private func answerLogProbabilities(
        _ turn: Turn, into result: inout StepResult
    ) throws(CollectiveError) {
        choose(turn) { turn.group($0).topLogProbabilityCount > 0 }
        let shape = forward.gathers.segments
        try gatherChosen(shape, at: .logProbabilities) { index, row in
            let slice = logits.row(index).readOnly
            guard !isNonFinite[index] else { return writer.writeFlag(true, into: row) }
            let count = Int(turn.group(index).topLogProbabilityCount)
            writer.writeCandidates(of: slice, count: count, into: row)
            writer.writeSegments(of: slice, into: row)
        } read: { index, row in
            guard let root else { return }
            let ranks = 0..<plan.rankCount
            guard !ranks.contains(where: { verdict($0, shape, row).isNonFinite }) else { return }
            for rank in ranks {
                let segments = plan[rank].vocabularySegments
                let verdict = verdict(rank, shape, row)
                for (offset, segment) in segments.enumerated() {
                    root.segments.set(
                        segment, maximum: verdict.segmentMaximum(offset),
                        sum: verdict.segmentSum(offset, segmentCount: segments.count))
                }
            }
            let maximum = root.segments.maximum()
            let logTotal = Kernels.log(root.segments.total(relativeTo: maximum))
            let count = Int(turn.group(index).topLogProbabilityCount)
            let group = turn.row(index).group
            let start = result.candidates.count
            merge.merge(count: count, rankCount: ranks.count, verdict: { verdict($0, shape, row) }) {
                id, logit in
                let logProbability = Float(Double(logit) - Double(maximum) - logTotal)
                result.candidates.append(StepResult.Candidate(tokenID: id, logProbability: logProbability))
            }
            let earlier = result.groups[group].candidates
            result.groups[group].candidates =
                (earlier.isEmpty ? start : earlier.lowerBound)..<result.candidates.count
        }
    }

    private func answerHashes(_ turn: Turn, into result: inout StepResult) throws(CollectiveError) {
        choose(turn) { turn.group($0).wantsHashes }
        try gatherChosen(forward.gathers.logits, at: .rawLogits) { index, row in
            row.copy(from: logits.row(index).readOnly)
        } read: { index, row in
            guard root != nil else { return }
            rawLogitsTap?(row)
            root!.rowBytes.removeAll(keepingCapacity: true)
            row.appendBytes(to: &root!.rowBytes)
            let group = turn.row(index).group
            let count = result.hashes.count / SHA256.byteCount
            result.hashes.append(contentsOf: SHA256.hash(data: root!.rowBytes))
            let earlier = result.groups[group].hashes
            result.groups[group].hashes = (earlier.isEmpty ? count : earlier.lowerBound)..<count + 1
        }
    }

    // MARK: Tokens

    private func process(_ turn: Turn) {
        measure {
            for index in 0..<turn.count where turn.row(index).route != .none && !isNonFinite[index] {
                processors.apply(
                    to: logits.row(index), sequence: turn.sequence(index),
                    position: turn.place(index).position)
            }
        }
    }

    /// Learns on every rank which rows failed, and decides on rank 0 those tokens that candidates decide.
    private func decide(_ turn: Turn, into result: inout StepResult) throws(CollectiveError) {
        var hasCandidates = false
        for index in 0..<turn.count {
            if case .candidates = turn.row(index).route { hasCandidates = true }
        }
        let shape = hasCandidates ? forward.gathers.candidates : forward.gathers.verdict
        choose(turn) { _ in true }
        try gatherChosen(shape, at: .verdict) { index, row in
            guard !isNonFinite[index] else { return writer.writeFlag(true, into: row) }
            let slice = logits.row(index).readOnly
            measure {
                switch turn.row(index).route {
                case .none, .wholeRow: writer.writeFlag(false, into: row)
                case .greedy: writer.writeBest(of: slice, into: row)
                case .candidates(let count): writer.writeCandidates(of: slice, count: count, into: row)
                }
            }
        } read: { index, row in
            let group = turn.row(index).group
            for rank in 0..<plan.rankCount where verdict(rank, shape, row).isNonFinite {
                isNonFinite[index] = true
            }
            if isNonFinite[index] {
                if nonFiniteRows[group] < 0 { nonFiniteRows[group] = turn.row(index).row }
                return
            }
            guard root != nil else { return }
            measure {
                switch turn.row(index).route {
                case .none, .wholeRow: break
                case .greedy: record(greedyToken(shape, row), for: group, into: &result)
                case .candidates(let count):
                    root!.draw.order.beginCandidates()
                    merge.merge(
                        count: count, rankCount: plan.rankCount, verdict: { verdict($0, shape, row) }
                    ) { id, logit in
                        root!.draw.order.appendCandidate(id: id, logit: logit)
                    }
                    root!.draw.order.endCandidates()
                    let token = root!.draw.fromCandidates(
                        turn.sequence(index).parameters, uniform: uniform(turn, index))
                    record(token, for: group, into: &result)
                }
            }
        }
    }

    private func decideByWholeRows(_ turn: Turn, into result: inout StepResult) throws(CollectiveError) {
        choose(turn) { turn.row($0).route == .wholeRow && !isNonFinite[$0] }
        try gatherChosen(forward.gathers.logits, at: .processedLogits) { index, row in
            row.copy(from: logits.row(index).readOnly)
        } read: { index, row in
            guard root != nil else { return }
            measure {
                let token = root!.draw.fromWholeRow(
                    row, turn.sequence(index).parameters, uniform: uniform(turn, index))
                record(token, for: turn.row(index).group, into: &result)
            }
        }
    }

    private func greedyToken(_ shape: GatherShape, _ row: FloatView) -> Int32? {
        var best: RankVerdict?
        for rank in 0..<plan.rankCount {
            let verdict = verdict(rank, shape, row)
            guard verdict.candidateCount > 0 else { continue }
            if best.map({ verdict.bestLogit > $0.bestLogit }) ?? true { best = verdict }
        }
        guard let best, best.bestLogit > -.infinity else { return nil }
        return best.bestID
    }

    private func record(_ token: Int32?, for group: Int, into result: inout StepResult) {
        if let token {
            result.groups[group].token = token
        } else {
            result.groups[group].outcome = .allBanned
        }
    }

    /// The number that decides the token after the row's position.
    private func uniform(_ turn: Turn, _ index: Int) -> Double {
        let sequence = turn.sequence(index)
        return SequenceRandom(seed: sequence.parameters.seed, choiceIndex: sequence.choiceIndex)
            .uniform(position: turn.place(index).position + 1, purpose: .token)
    }

    private func measure(_ body: () -> Void) {
        let clock = ContinuousClock()
        let start = clock.now
        body()
        sampleDuration += clock.now - start
    }
}
