package import WorkerMessages

/// How much of a processed row rank 0 needs to decide a token; known on every rank before the row is
/// computed.
///
/// The routes give the same token wherever two of them apply.
package enum TokenRoute: Equatable {
    /// No token is asked for.
    case none
    /// The best id of each rank decides.
    case greedy
    /// The best so many ids of each rank decide.
    case candidates(count: Int)
    /// The whole row must be seen.
    case wholeRow
    /// No token: the best so many continuations are answered (beam search).
    case continuations(count: Int)

    /// Candidates a rank sends at most.
    package static let candidateCountMax = 256

    /// The cheapest route that these parameters allow.
    package init(_ parameters: SamplingParameters) {
        if parameters.isGreedy {
            self = .greedy
        } else if parameters.topK > 0, parameters.topK <= Int32(TokenRoute.candidateCountMax) {
            self = .candidates(count: Int(parameters.topK))
        } else {
            self = .wholeRow
        }
    }
}
