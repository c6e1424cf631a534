import Synchronization

/// What a sequence has cost so far, written by its reader and read by whoever reads its stream.
package final class SequenceUsage: Sendable {
    private static let unknown = -1

    private let cachedCount = Atomic(SequenceUsage.unknown)

    /// Nothing known.
    package init() {}

    /// Tokens of the prompt that were not computed, as the prefix cache held them; 0 before the first step.
    package var cachedPromptTokenCount: Int { max(0, cachedCount.load(ordering: .relaxed)) }

    /// Notes how many of the prompt's tokens were found; the first call counts.
    func noteCachedPrompt(_ tokenCount: Int) {
        _ = cachedCount.compareExchange(expected: Self.unknown, desired: tokenCount, ordering: .relaxed)
    }
}
