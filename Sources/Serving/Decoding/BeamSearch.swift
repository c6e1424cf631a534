import Foundation
package import WorkerMessages

/// Beam search over the continuations that a model finds, as `transformers` searches: the same tokens and scores.
///
/// A value without a model: `advance` takes each open hypothesis's best continuations and decides which hypotheses
/// go on. Sums and scores are f32, like the reference's. Order is (score descending, parent, id) everywhere
/// (numerics.md 11).
///
/// Source: transformers 5.23, `GenerationMixin._beam_search`; its names are given where they differ.
package struct BeamSearch: Equatable, Sendable {
    /// An open hypothesis.
    package struct Hypothesis: Equatable, Sendable {
        /// Its new tokens.
        package var tokens: [ScoredToken]
        /// Sum of their processed log-probabilities.
        package var sum: Float
        /// Which of the hypotheses before the last `advance` it continues.
        package var parent: Int
    }

    /// How wide and how long.
    package let parameters: BeamParameters
    private let endIDs: Set<Int32>
    private let newTokenCountMax: Int
    /// Hypotheses to continue, best first; empty when the search is over.
    package private(set) var open: [Hypothesis]
    /// Finished hypotheses, best first; at most as many as the beam is wide.
    package private(set) var finished: [BeamAnswer] = []
    /// New tokens of every open hypothesis.
    package private(set) var length = 0
    /// Whether an open hypothesis may become better than a finished one (`is_early_stop_heuristic_unsatisfied`).
    private var canImprove = true

    /// A search that has not seen anything: one open hypothesis without tokens.
    ///
    /// `endIDs` finish a hypothesis, and so does its `newTokenCountMax`-th token.
    package init(_ parameters: BeamParameters, endIDs: [Int32], newTokenCountMax: Int) {
        precondition(parameters.width >= 1 && newTokenCountMax >= 1, "a beam without room")
        self.parameters = parameters
        self.endIDs = Set(endIDs)
        self.newTokenCountMax = newTokenCountMax
        open = [Hypothesis(tokens: [], sum: 0, parent: 0)]
    }

    /// Whether the search is over.
    package var isOver: Bool { open.isEmpty }

    /// How many best continuations of each hypothesis the search looks at (`beams_to_keep`): enough that as many as
    /// the beam is wide do not end, whichever of them do.
    package var continuationCount: Int {
        Self.continuationCount(width: parameters.width, endCount: endIDs.count)
    }

    /// The same for any width and number of ids that end a text.
    package static func continuationCount(width: Int, endCount: Int) -> Int { max(2, 1 + endCount) * width }

    /// One continuation of one open hypothesis.
    private struct Continuation {
        let parent: Int
        let token: StepResult.Candidate
        let sum: Float
    }

    /// Goes on by one token. `continuations` has one list per open hypothesis, each in order and at least
    /// `continuationCount` long unless more ids are banned.
    package mutating func advance(_ continuations: [ArraySlice<StepResult.Candidate>]) {
        precondition(
            continuations.count == open.count, "\(continuations.count) lists for \(open.count) hypotheses")
        length += 1
        let isLast = length == newTokenCountMax
        let best = bestContinuations(continuations)
        var next: [Hypothesis] = []
        var new: [BeamAnswer] = []
        let isClosed = isFull && parameters.earlyStopping == .always || !canImprove
        for (place, continuation) in best.enumerated() {
            let isEnd = endIDs.contains(continuation.token.tokenID)
            if !isEnd && !isLast {
                if next.count < parameters.width { next.append(hypothesis(continuation)) }
            } else if place < parameters.width && !isClosed {
                // The rest is there so that the beam stays full; it does not finish.
                new.append(
                    BeamAnswer(
                        tokens: hypothesis(continuation).tokens, endsByID: isEnd,
                        score: score(of: continuation.sum, length: length)))
            }
        }
        merge(new)
        open = next
        // The reference looks at the first of what it keeps open, ended or not; an empty beam ends it anyway.
        if let first = next.first { canImprove = canImprove && mayImprove(first.sum) }
        if !canImprove || isFull && parameters.earlyStopping == .always { open = [] }
    }

    private func bestContinuations(_ lists: [ArraySlice<StepResult.Candidate>]) -> ArraySlice<Continuation> {
        var all: [Continuation] = []
        for (parent, list) in lists.enumerated() {
            for token in list {
                all.append(
                    Continuation(
                        parent: parent, token: token, sum: token.logProbability + open[parent].sum))
            }
        }
        // Lists are in order of (log-probability descending, id), parents ascending: a stable sort keeps both.
        all.sort { left, right in
            if left.sum != right.sum { return left.sum > right.sum }
            if left.parent != right.parent { return left.parent < right.parent }
            return left.token.tokenID < right.token.tokenID
        }
        return all.prefix(continuationCount)
    }

    private func hypothesis(_ continuation: Continuation) -> Hypothesis {
        let token = ScoredToken(
            id: continuation.token.tokenID, logProbability: continuation.token.logProbability)
        return Hypothesis(
            tokens: open[continuation.parent].tokens + [token], sum: continuation.sum,
            parent: continuation.parent)
    }

    /// Keeps the best of the finished ones; of equals those that finished first.
    private mutating func merge(_ new: [BeamAnswer]) {
        for answer in new {
            let place = finished.firstIndex { $0.score < answer.score } ?? finished.count
            finished.insert(answer, at: place)
        }
        if finished.count > parameters.width { finished.removeLast(finished.count - parameters.width) }
    }

    private var isFull: Bool { finished.count == parameters.width }

    /// Whether an open hypothesis of this sum could still be better than the worst finished one.
    private func mayImprove(_ sum: Float) -> Bool {
        guard isFull, let worst = finished.last else { return true }
        let isLong = parameters.earlyStopping == .never && parameters.lengthPenalty > 0
        return score(of: sum, length: isLong ? newTokenCountMax : length) > worst.score
    }

    private func score(of sum: Float, length: Int) -> Float {
        sum / Float(pow(Double(length), Double(parameters.lengthPenalty)))
    }
}

/// A finished hypothesis.
package struct BeamAnswer: Equatable, Sendable {
    /// Its new tokens, the id that ended it included.
    package var tokens: [ScoredToken]
    /// Whether its last token is an id that ends texts; if not, it is as long as it may be.
    package var endsByID: Bool
    /// Sum of the log-probabilities divided by the length to the power of the length penalty.
    package var score: Float

    /// Makes an answer.
    package init(tokens: [ScoredToken], endsByID: Bool, score: Float) {
        self.tokens = tokens
        self.endsByID = endsByID
        self.score = score
    }
}
