/// What a reader's scheduler counts; totals are since the reader's start.
package struct SchedulerStatistics: Equatable, Sendable {
    /// KV blocks there are.
    package var blockCount = 0
    /// KV blocks that sequences hold now.
    package var usedBlockCount = 0
    /// KV blocks that nobody holds and that are kept for sequences which begin alike.
    package var cachedBlockCount = 0
    /// Kept blocks that were given away, in total.
    package var evictedBlockCount = 0
    /// Tokens of sequences that came into a slot, in total.
    package var prefixLookupTokenCount = 0
    /// Of these, tokens whose keys and values were there already, in total.
    package var prefixHitTokenCount = 0
    /// Sequences that had to leave their slots for lack of blocks, in total.
    package var preemptionCount = 0
    /// Rows of the last step that continued a sequence by one token.
    package var lastDecodeRowCount = 0
    /// Rows of the last step that belonged to prompts.
    package var lastPrefillRowCount = 0

    /// Nothing counted.
    package init() {}
}
