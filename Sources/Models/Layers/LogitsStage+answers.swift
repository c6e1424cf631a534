import Collectives
import Crypto
import Tensors
import WorkerMessages

extension LogitsStage {
    /// Best log-probabilities of the raw logits: candidates and segment tables of all ranks, reckoned in f64.
    func answerLogProbabilities(
        _ turn: LogitsTurn, into result: inout StepResult
    ) throws(CollectiveError) {
        choose(turn) { turn.group($0).topLogProbabilityCount > 0 }
        let shape = forward.gathers.segments
        try gatherChosen(shape, at: .logProbabilities) { scratch, index, row in
            guard !isNonFinite(index) else { return scratch.writer.writeFlag(true, into: row) }
            let slice = slice(index).readOnly
            let count = Int(turn.group(index).topLogProbabilityCount)
            scratch.writer.writeCandidates(of: slice, count: count, into: row)
            scratch.writer.writeSegments(of: slice, into: row)
        } read: { index, row in
            guard let root else { return }
            for rank in 0..<plan.rankCount where verdict(rank, shape, row).isNonFinite { return }
            let maximum = fillSegments(root.segments, shape, row)
            let logTotal = Kernels.log(root.segments.total(relativeTo: maximum))
            let count = Int(turn.group(index).topLogProbabilityCount)
            let start = result.candidates.count
            root.merge.merge(
                count: count, rankCount: plan.rankCount, verdict: { verdict($0, shape, row) }
            ) { id, logit in
                let logProbability = Float(Double(logit) - Double(maximum) - logTotal)
                result.candidates.append(StepResult.Candidate(tokenID: id, logProbability: logProbability))
            }
            let group = turn.row(index).group
            let earlier = result.groups[group].candidates
            result.groups[group].candidates =
                (earlier.isEmpty ? start : earlier.lowerBound)..<result.candidates.count
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

    /// Puts the ranks' segments of one gathered row together; gives the row's maximum.
    private func fillSegments(_ table: SegmentTable, _ shape: GatherShape, _ row: FloatView) -> Float {
        for rank in 0..<plan.rankCount {
            let segments = plan[rank].vocabularySegments
            let verdict = verdict(rank, shape, row)
            for (offset, segment) in segments.enumerated() {
                table.set(
                    segment, maximum: verdict.segmentMaximum(offset),
                    sum: verdict.segmentSum(offset, segmentCount: segments.count))
            }
        }
        return table.maximum()
    }
}
