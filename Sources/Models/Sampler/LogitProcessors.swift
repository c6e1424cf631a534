package import Tensors
import WorkerMessages

/// Applies a sequence's logit processors to one rank's slice of a row, in transformers' order (numerics.md
/// 11).
///
/// Every processor works id by id, so that slices give what the whole row would give. Holds scratch for one
/// slice and allocates nothing per call.
package struct LogitProcessors {
    /// Ids of this rank's slice.
    private let vocabularyIDs: Range<Int>
    /// Per id of the slice: -1, or how often the answer holds it while the sequence is being walked.
    private var answerCounts: [Int32]

    /// Makes processors for the slice `vocabularyIDs`.
    package init(vocabularyIDs: Range<Int>) {
        self.vocabularyIDs = vocabularyIDs
        answerCounts = [Int32](repeating: -1, count: vocabularyIDs.count)
    }

    /// Processes a slice in place: the row at the sequence's position `position`, whose history ends with it.
    ///
    /// Greedy rows are not divided by the temperature.
    package mutating func apply(to row: MutableFloatView, sequence: SequenceState, position: Int) {
        let parameters = sequence.parameters
        applyPenalties(to: row, sequence: sequence, historyCount: position + 1)
        forbidRepeatedNGrams(
            in: row, tokenIDs: sequence.tokenIDs, historyCount: position + 1,
            size: Int(parameters.noRepeatNGramSize))
        for bias in sequence.biases {
            change(row, Int(bias.tokenID)) { $0 + bias.value }
        }
        for id in sequence.bannedTokenIDs { forbid(Int(id), in: row) }
        forbidBannedSequences(in: row, sequence: sequence, historyCount: position + 1)
        let newTokenCount = position + 1 - sequence.promptTokenCount
        if newTokenCount < Int(parameters.minNewTokenCount) {
            for id in sequence.endOfTextIDs { forbid(Int(id), in: row) }
        }
        if !parameters.isGreedy, parameters.temperature != 1 { row.divide(by: parameters.temperature) }
    }

    /// Repetition penalty over prompt and answer, then presence and frequency penalties over the answer: one
    /// touch per distinct id. l / r or l * r; then l - presence; then l - frequency * count, each operation
    /// rounded.
    private mutating func applyPenalties(
        to row: MutableFloatView, sequence: SequenceState, historyCount: Int
    ) {
        let parameters = sequence.parameters
        let presence = parameters.presencePenalty
        let frequency = parameters.frequencyPenalty
        let repetition = parameters.repetitionPenalty
        guard repetition != 1 || presence != 0 || frequency != 0 else { return }
        for position in 0..<historyCount {
            let id = Int(sequence.tokenIDs[position]) - vocabularyIDs.lowerBound
            guard answerCounts.indices.contains(id) else { continue }
            if answerCounts[id] < 0 { answerCounts[id] = 0 }
            if position >= sequence.promptTokenCount { answerCounts[id] += 1 }
        }
        for position in 0..<historyCount {
            let id = Int(sequence.tokenIDs[position])
            let index = id - vocabularyIDs.lowerBound
            guard answerCounts.indices.contains(index), answerCounts[index] >= 0 else { continue }
            let count = answerCounts[index]
            answerCounts[index] = -1
            change(row, id) { logit in
                var logit = logit
                if repetition != 1 { logit = logit < 0 ? logit * repetition : logit / repetition }
                guard count > 0 else { return logit }
                if presence != 0 { logit -= presence }
                if frequency != 0 { logit -= frequency * Float(count) }
                return logit
            }
        }
    }

    /// Forbids every id that would complete an n-gram the sequence already holds.
    private func forbidRepeatedNGrams(
        in row: MutableFloatView, tokenIDs: [Int32], historyCount: Int, size: Int
    ) {
        guard size > 0, historyCount + 1 >= size else { return }
        let prefixStart = historyCount - (size - 1)
        var start = 0
        while start + size <= historyCount {
            var matches = true
            for offset in 0..<size - 1 where tokenIDs[start + offset] != tokenIDs[prefixStart + offset] {
                matches = false
                break
            }
            if matches { forbid(Int(tokenIDs[start + size - 1]), in: row) }
            start += 1
        }
    }

    /// Forbids the last id of every banned sequence whose other ids end the history.
    private func forbidBannedSequences(
        in row: MutableFloatView, sequence: SequenceState, historyCount: Int
    ) {
        var start = 0
        for end in sequence.bannedSequenceEnds {
            let prefix = sequence.bannedSequenceIDs[start..<end - 1]
            start = end
            guard prefix.count <= historyCount,
                sequence.tokenIDs[historyCount - prefix.count..<historyCount].elementsEqual(prefix)
            else { continue }
            forbid(Int(sequence.bannedSequenceIDs[end - 1]), in: row)
        }
    }

    private func forbid(_ id: Int, in row: MutableFloatView) {
        change(row, id) { _ in -.infinity }
    }

    /// Replaces one id's logit if the slice holds it. A change that is no number counts as a ban: only
    /// infinite intermediate values can lead there.
    private func change(_ row: MutableFloatView, _ id: Int, _ changed: (Float) -> Float) {
        guard vocabularyIDs.contains(id) else { return }
        let column = id - vocabularyIDs.lowerBound
        let value = changed(row[0, column])
        row[0, column] = value.isNaN ? -.infinity : value
    }
}
