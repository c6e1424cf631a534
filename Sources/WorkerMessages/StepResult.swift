/// What rank 0 answers to a step.
package struct StepResult: Equatable, Sendable {
    /// The result format's version, the first field on the wire.
    package static let version: UInt16 = 2

    /// What became of one row group.
    package enum Outcome: UInt8, Sendable {
        /// Computed; `token` is set if one was asked for.
        case ok = 0
        /// A raw logit is not finite (numerics.md 13); `detail` is the layer where that began, or -1.
        case nonFinite = 1
        /// Every id of the row is banned.
        case allBanned = 2
    }

    /// One token and its log-probability.
    package struct Candidate: Equatable, Sendable {
        /// Token id.
        package var tokenID: Int32
        /// Natural logarithm of its probability: under the raw logits, but in `continuations`.
        package var logProbability: Float

        /// Makes a candidate.
        package init(tokenID: Int32, logProbability: Float) {
            self.tokenID = tokenID
            self.logProbability = logProbability
        }
    }

    /// The answer to one row group, in the frame's order.
    package struct Group: Equatable, Sendable {
        /// The group's slot.
        package var slot: Int32
        /// What became of it.
        package var outcome: Outcome
        /// See `Outcome`.
        package var detail: Int32
        /// The drawn token, or -1.
        package var token: Int32
        /// The drawn token's raw log-probability, if asked for, else 0.
        package var tokenLogProbability: Float
        /// Range in `logProbabilities`, if asked for: one per row with logits whose next token was known before the
        /// step.
        package var logProbabilities: Range<Int>
        /// Range in `continuations`: the last row's best ones in order, if asked for; banned ids are left out.
        package var continuations: Range<Int>
        /// Range in `hashes`, in units of 32 bytes: one per row with logits, if asked for.
        package var hashes: Range<Int>
        /// Range in `candidates`: per row with logits the best ones in order, if asked for.
        package var candidates: Range<Int>

        /// Makes an answer without token, hashes or candidates.
        package init(slot: Int32, outcome: Outcome = .ok) {
            self.slot = slot
            self.outcome = outcome
            detail = -1
            token = -1
            tokenLogProbability = 0
            logProbabilities = 0..<0
            continuations = 0..<0
            hashes = 0..<0
            candidates = 0..<0
        }
    }

    /// The frame's step number.
    package var stepNumber: UInt64 = 0
    /// Rank 0's time in arithmetic, nanoseconds.
    package var computeNanoseconds: UInt64 = 0
    /// Rank 0's time in gathers (publishing and waiting), nanoseconds.
    package var gatherNanoseconds: UInt64 = 0
    /// Rank 0's time in sampling, nanoseconds.
    package var sampleNanoseconds: UInt64 = 0
    /// The part of `computeNanoseconds` that every rank repeats instead of sharing it: embedding, norms, residuals.
    package var serialNanoseconds: UInt64 = 0
    /// One answer per row group.
    package var groups: [Group] = []
    /// SHA-256 digests, 32 bytes each.
    package var hashes: [UInt8] = []
    /// Storage of `Group.candidates`.
    package var candidates: [Candidate] = []
    /// Storage of `Group.logProbabilities`.
    package var logProbabilities: [Float] = []
    /// Storage of `Group.continuations`. Their log-probabilities are processed: raw ones, to which the sequence's
    /// processors were applied as to logits.
    package var continuations: [Candidate] = []

    /// Makes an empty result.
    package init() {}

    /// Empties every list and keeps the memory.
    package mutating func removeAll() {
        groups.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
        logProbabilities.removeAll(keepingCapacity: true)
        continuations.removeAll(keepingCapacity: true)
    }
}
