/// A queue at one moment.
package struct QueueSnapshot: Equatable, Sendable {
    /// What waits with one priority.
    package struct Line: Equatable, Sendable {
        /// Sequences.
        package let depth: Int
        /// How long the oldest has waited; nil if none does.
        package let oldestAge: Duration?

        /// Makes a line.
        package init(depth: Int, oldestAge: Duration?) {
            self.depth = depth
            self.oldestAge = oldestAge
        }
    }

    /// Sequences waiting.
    package let depth: Int
    /// The most of them.
    package let limit: Int
    /// Tokens of their prompts.
    package let promptTokenCount: Int
    /// The most of those.
    package let promptTokenLimit: Int
    /// By priority, `0 ... GenerationRequest.priorityMax`.
    package let lines: [Line]

    /// A queue without those whose clients are gone, as of now.
    init(_ state: QueueState, now: Duration) {
        let waiting = state.waiting
        depth = waiting.count
        limit = state.sequenceLimit
        promptTokenCount = waiting.promptTokenCount
        promptTokenLimit = state.tokenLimit
        lines = zip(waiting.counts, state.oldestArrivals).map { count, arrival in
            Line(depth: count, oldestAge: arrival.map { now - $0 })
        }
    }

    /// How long the oldest of all has waited; nil if none does.
    package var oldestAge: Duration? { lines.compactMap(\.oldestAge).max() }
}
