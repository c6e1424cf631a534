import Collectives
import Crypto
import Tensors
import WorkerMessages

extension LogitsStage {
    /// Log-probabilities of the raw logits, reckoned in f64 on rank 0: of the next token where it is known, and the
    /// best ones. Raw rows are kept for the tokens that will be drawn.
    func answerLogProbabilities(
        _ turn: LogitsTurn, into result: inout StepResult
    ) throws(CollectiveError) {
        choose(turn) {
            let group = turn.group($0)
            return group.wantsLogProbabilities || group.topLogProbabilityCount > 0
        }
        try gatherChosen(forward.gathers.logits, at: .logProbabilities) { _, index, row in
            row.copy(from: slice(index).readOnly)
        } read: { index, row in
            // A row that is not finite fails its group.
            guard let root, kernels.firstNonFinite(row) == nil else { return }
            segments.fill(from: row)
            let normalizer = segments.normalizer()
            answerBest(normalizer, row, turn, index, root, into: &result)
            guard turn.group(index).wantsLogProbabilities else { return }
            let group = turn.row(index).group
            if let next = turn.nextToken(index) {
                let start = result.logProbabilities.count
                result.logProbabilities.append(normalizer.logProbability(ofLogit: row[0, Int(next)]))
                let earlier = result.groups[group].logProbabilities
                result.groups[group].logProbabilities =
                    (earlier.isEmpty ? start : earlier.lowerBound)..<start + 1
            } else if turn.row(index).route != .none {
                root.rawRows.view.row(index).copy(from: row)
                root.normalizers[index] = normalizer
            }
        }
    }

    private func answerBest(
        _ normalizer: LogNormalizer, _ row: FloatView, _ turn: LogitsTurn, _ index: Int, _ root: RootScratch,
        into result: inout StepResult
    ) {
        let wanted = Int(turn.group(index).topLogProbabilityCount)
        guard wanted > 0 else { return }
        let start = result.candidates.count
        var ids = root.bestIDs.mutableSpan
        let count = kernels.firstCandidates(
            of: row, count: wanted, ids: &ids, values: root.bestLogits.view.row(0))
        for place in 0..<count {
            result.candidates.append(
                StepResult.Candidate(
                    tokenID: root.bestIDs[place],
                    logProbability: normalizer.logProbability(ofLogit: root.bestLogits.view[0, place])))
        }
        let group = turn.row(index).group
        let earlier = result.groups[group].candidates
        result.groups[group].candidates =
            (earlier.isEmpty ? start : earlier.lowerBound)..<result.candidates.count
    }

    /// The log-probability that a drawn token had under the raw logits; rank 0 only.
    func rawLogProbability(of token: Int32, _ index: Int) -> Float {
        guard let root else { return 0 }
        return root.normalizers[index].logProbability(ofLogit: root.rawRows.view[index, Int(token)])
    }

    /// Turns the logits of rows whose continuations are asked for into log-probabilities, which processors then
    /// change as transformers' beam search lets them: (l - maximum) - log total, each rounded to f32.
    func normalize(_ turn: LogitsTurn) throws(CollectiveError) {
        choose(turn) {
            if case .continuations = turn.row($0).route { true } else { false }
        }
        let shape = forward.gathers.segments
        try gatherChosen(shape, at: .normalizers) { scratch, index, row in
            let slice = slice(index).readOnly
            scratch.writer.writeFlag(isNonFinite(index), into: row)
            if !isNonFinite(index) { scratch.writer.writeSegments(of: slice, into: row) }
        } read: { index, row in
            for rank in 0..<plan.rankCount where verdict(rank, shape, row).isNonFinite { return }
            let normalizer = normalizer(of: row, shape)
            let slice = slice(index)
            slice.add(-normalizer.maximum)
            slice.add(-Float(normalizer.logTotal))
        }
    }

    /// SHA-256 over whole rows of raw logits, f32 little-endian.
    func answerHashes(_ turn: LogitsTurn, into result: inout StepResult) throws(CollectiveError) {
        choose(turn) { turn.group($0).wantsHashes }
        try gatherChosen(forward.gathers.logits, at: .rawLogits) { _, index, row in
            row.copy(from: slice(index).readOnly)
        } read: { index, row in
            guard let root else { return }
            rawLogitsTap?(row)
            root.rowBytes.removeAll(keepingCapacity: true)
            row.appendBytes(to: &root.rowBytes)
            let start = result.hashes.count / SHA256.byteCount
            result.hashes.append(contentsOf: SHA256.hash(data: root.rowBytes))
            let group = turn.row(index).group
            let earlier = result.groups[group].hashes
            result.groups[group].hashes = (earlier.isEmpty ? start : earlier.lowerBound)..<start + 1
        }
    }

    /// Puts the ranks' segments of one gathered row together.
    private func normalizer(of row: FloatView, _ shape: GatherShape) -> LogNormalizer {
        for rank in 0..<plan.rankCount {
            let own = plan[rank].vocabularySegments
            let verdict = verdict(rank, shape, row)
            for (offset, segment) in own.enumerated() {
                segments.set(
                    segment, maximum: verdict.segmentMaximum(offset),
                    sum: verdict.segmentSum(offset, segmentCount: own.count))
            }
        }
        return segments.normalizer()
    }
}

extension LogitsTurn {
    /// The token after a row of the turn, if it was known before the step.
    fileprivate func nextToken(_ index: Int) -> Int32? {
        let (sequence, position) = (sequence(index), place(index).position)
        return position + 1 < sequence.tokenIDs.count ? sequence.tokenIDs[position + 1] : nil
    }
}
