import Collectives
import Tensors
import WorkerMessages

extension LogitsStage {
    /// Applies the processors to this rank's slices of the rows that a token is drawn from.
    func process(_ turn: LogitsTurn) {
        measure {
            forward.work.rows(turn.count) { member, index in
                guard turn.row(index).route != .none, !isNonFinite(index) else { return }
                scratches[member].processors.apply(
                    to: slice(index), sequence: turn.sequence(index), position: turn.place(index).position)
            }
        }
    }

    /// Learns on every rank which rows failed, and decides on rank 0 those tokens that candidates decide.
    func decide(_ turn: LogitsTurn, into result: inout StepResult) throws(CollectiveError) {
        var hasCandidates = false
        for index in 0..<turn.count {
            switch turn.row(index).route {
            case .candidates, .continuations: hasCandidates = true
            case .none, .greedy, .wholeRow: break
            }
        }
        let shape = hasCandidates ? forward.gathers.candidates : forward.gathers.verdict
        choose(turn) { _ in true }
        try gatherChosen(shape, at: .verdict) { scratch, index, row in
            guard !isNonFinite(index) else { return scratch.writer.writeFlag(true, into: row) }
            let slice = slice(index).readOnly
            switch turn.row(index).route {
            case .none, .wholeRow: scratch.writer.writeFlag(false, into: row)
            case .greedy: scratch.writer.writeBest(of: slice, into: row)
            case .candidates(let count), .continuations(let count):
                scratch.writer.writeCandidates(of: slice, count: count, into: row)
            }
        } read: { index, row in
            for rank in 0..<plan.rankCount where verdict(rank, shape, row).isNonFinite {
                noteNonFinite(turn, index)
            }
            guard let root, !isNonFinite(index) else { return }
            measure {
                switch turn.row(index).route {
                case .none, .wholeRow: break
                case .greedy: record(greedyToken(shape, row), turn, index, into: &result)
                case .candidates(let count):
                    fillOrder(root, shape, row, count: count)
                    let token = root.draw.fromCandidates(
                        turn.sequence(index).parameters, uniform: uniform(turn, index))
                    record(token, turn, index, into: &result)
                case .continuations(let count):
                    recordContinuations(root, shape, row, count, turn, index, into: &result)
                }
            }
        }
    }

    /// Answers the best continuations of a row that beam search goes on from.
    private func recordContinuations(
        _ root: RootScratch, _ shape: GatherShape, _ row: FloatView, _ count: Int, _ turn: LogitsTurn,
        _ index: Int, into result: inout StepResult
    ) {
        let start = result.continuations.count
        root.merge.merge(
            count: count, rankCount: plan.rankCount, verdict: { verdict($0, shape, row) }
        ) { id, logProbability in
            guard logProbability > -.infinity else { return }
            result.continuations.append(StepResult.Candidate(tokenID: id, logProbability: logProbability))
        }
        let group = turn.row(index).group
        result.groups[group].continuations = start..<result.continuations.count
        if start == result.continuations.count { result.groups[group].outcome = .allBanned }
    }

    /// Decides the tokens for which the best ids of each rank may not suffice, on rank 0.
    func decideByWholeRows(_ turn: LogitsTurn, into result: inout StepResult) throws(CollectiveError) {
        choose(turn) { turn.row($0).route == .wholeRow && !isNonFinite($0) }
        try gatherChosen(forward.gathers.logits, at: .processedLogits) { _, index, row in
            row.copy(from: slice(index).readOnly)
        } read: { index, row in
            guard let root else { return }
            measure {
                let token = root.draw.fromWholeRow(
                    row, turn.sequence(index).parameters, uniform: uniform(turn, index))
                record(token, turn, index, into: &result)
            }
        }
    }

    private func fillOrder(_ root: RootScratch, _ shape: GatherShape, _ row: FloatView, count: Int) {
        let order = root.draw.order
        order.beginCandidates()
        root.merge.merge(
            count: count, rankCount: plan.rankCount, verdict: { verdict($0, shape, row) }
        ) { id, logit in
            order.appendCandidate(id: id, logit: logit)
        }
        order.endCandidates()
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

    private func record(_ token: Int32?, _ turn: LogitsTurn, _ index: Int, into result: inout StepResult) {
        let group = turn.row(index).group
        if let token {
            result.groups[group].token = token
            if turn.group(index).wantsLogProbabilities {
                result.groups[group].tokenLogProbability = rawLogProbability(of: token, index)
            }
        } else {
            result.groups[group].outcome = .allBanned
        }
    }

    /// The number that decides the token after the row's position.
    private func uniform(_ turn: LogitsTurn, _ index: Int) -> Double {
        let sequence = turn.sequence(index)
        return SequenceRandom(seed: sequence.parameters.seed, choiceIndex: sequence.choiceIndex)
            .uniform(position: turn.place(index).position + 1, purpose: .token)
    }
}
