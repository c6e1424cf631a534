extension Scheduler {
    /// Blocks that are neither in use nor wanted by a sequence in a slot for its next token.
    var spareBlockCount: Int {
        occupiedSlots.reduce(ledger.availableCount) { $0 - (slots[Int($1)]?.missingBlockCount ?? 0) }
    }

    /// Puts waiting sequences into slots, in order, as long as there are slots and blocks.
    mutating func placeWaiting() {
        while let next = waiting.first, freeSlots.count >= Self.slotCount(of: next.sequence) {
            let isOneAlone = occupiedSlots.contains { slots[Int($0)]?.sequence.runsAlone ?? false }
            if !occupiedSlots.isEmpty && (next.sequence.runsAlone || isOneAlone) { return }
            let needed =
                SchedulerLimits.blockCount(positionCount: next.sequence.tokenCount + 1)
                * (next.sequence.beamSearch?.open.count ?? 1)
            // The only sequence of a reader always has enough blocks.
            if !occupiedSlots.isEmpty && spareBlockCount < needed { return }
            waiting.removeFirst()
            place(next)
        }
    }

    /// Takes the slot of the youngest sequence away: it waits, and will be computed again from what the cache still
    /// holds of it. Returns the slot.
    @discardableResult
    mutating func preemptYoungest() -> Int32 {
        guard let slot = occupiedSlots.last, let scheduled = slots[Int(slot)] else {
            preconditionFailure("no slot is occupied")
        }
        var next = WaitingSequence(preempted: scheduled)
        next.sequence = portable(scheduled)
        waiting.insert(next, at: 0)
        learnTail(of: slot)
        release(slot)
        counts.preemptionCount += 1
        preempted.append(scheduled.sequence.handle)
        return slot
    }

    /// What the cache holds of a sequence that has not begun, all but the last token at most: its first full blocks and
    /// the block that begins like the next one.
    func beginning(of scheduled: inout ScheduledSequence) -> KnownBeginning {
        var beginning = KnownBeginning()
        guard limits.hasPrefixCache, !scheduled.scoresPrompt else { return beginning }
        let end = scheduled.sequence.tokenCount - 1
        while (beginning.blocks.count + 1) * SchedulerLimits.blockSize <= end {
            let index = beginning.blocks.count
            let (key, parent) = scheduled.key(ofBlock: index)
            guard let block = ledger.known(key, after: parent, scheduled.tokens(ofBlock: index)) else {
                break
            }
            beginning.blocks.append(block)
        }
        let start = beginning.blocks.count * SchedulerLimits.blockSize
        let next = scheduled.tokens(at: start..<min(start + SchedulerLimits.blockSize, end))
        if let (block, count) = ledger.longestBeginning(of: next, after: scheduled.key(before: start)),
            count >= KnownBeginning.leastCopiedCount
        {
            beginning.copied = block
            beginning.copiedCount = count
        }
        return beginning
    }

    /// Whether an older sequence is about to compute so much of the block that comes next in `scheduled`, too, that it
    /// is better to wait for it: all of the block, or half of what `scheduled` would have to compute.
    func isComingSoon(after beginning: KnownBeginning, of scheduled: inout ScheduledSequence) -> Bool {
        guard limits.hasPrefixCache, !scheduled.scoresPrompt else { return false }
        let start = beginning.blocks.count * SchedulerLimits.blockSize
        let end = scheduled.sequence.tokenCount - 1
        let next = scheduled.tokens(at: start..<min(start + SchedulerLimits.blockSize, end))
        let restCount = scheduled.sequence.tokenCount - beginning.tokenCount
        let parent = scheduled.key(before: start)
        for slot in occupiedSlots {
            if slot == scheduled.slot { return false }
            guard let commonCount = slots[Int(slot)]?.commonCount(with: next, at: start),
                commonCount >= KnownBeginning.leastCopiedCount
            else { continue }
            let gain = commonCount - beginning.copiedCount
            guard commonCount == SchedulerLimits.blockSize || gain > 0 && 2 * gain >= restCount else {
                continue
            }
            var older = slots[Int(slot)]
            if older?.key(before: start) == parent { return true }
        }
        return false
    }

    /// Lets the copies go that prompts without rows so far would begin with. Returns whether there were any.
    mutating func dropCopies() -> Bool {
        var hasDropped = false
        for slot in occupiedSlots {
            guard let scheduled = slots[Int(slot)], !scheduled.isDecoding, let source = scheduled.forkSource
            else {
                continue
            }
            ledger.release(source)
            counts.prefixHitTokenCount -= scheduled.fedCount % SchedulerLimits.blockSize
            slots[Int(slot)]?.forgetCopy()
            hasDropped = true
        }
        return hasDropped
    }

    /// Tells the ledger of the blocks that a sequence has filled.
    mutating func learnBlocks(of slot: Int32) {
        guard limits.hasPrefixCache, var scheduled = slots[Int(slot)] else { return }
        guard scheduled.learnedBlockCount < scheduled.fedCount / SchedulerLimits.blockSize else { return }
        // Moved out until it goes back below, so that its arrays are not copied.
        slots[Int(slot)] = nil
        while scheduled.learnedBlockCount < scheduled.fedCount / SchedulerLimits.blockSize {
            let index = scheduled.learnedBlockCount
            let (key, parent) = scheduled.key(ofBlock: index)
            ledger.learn(scheduled.blocks[index], key: key, after: parent, scheduled.tokens(ofBlock: index))
            scheduled.learnedBlockCount += 1
        }
        slots[Int(slot)] = scheduled
    }

    /// Tells the ledger of what a sequence has computed of its last block.
    mutating func learnTail(of slot: Int32) {
        guard limits.hasPrefixCache, var scheduled = slots[Int(slot)] else { return }
        let index = scheduled.fedCount / SchedulerLimits.blockSize
        let start = index * SchedulerLimits.blockSize
        guard scheduled.fedCount - start >= KnownBeginning.leastCopiedCount, index < scheduled.blocks.count
        else {
            return
        }
        let parent = scheduled.key(before: start)
        let tokens = scheduled.tokens(at: start..<scheduled.fedCount)
        ledger.learn(scheduled.blocks[index], key: nil, after: parent, tokens)
    }
}

/// What a prefix cache holds of a sequence's beginning.
struct KnownBeginning {
    /// Tokens of a block that are worth the copy: what prompts of all kinds begin with (a token for the text's start)
    /// is computed sooner.
    static let leastCopiedCount = 4

    /// Its first full blocks.
    var blocks: [BlockIndex] = []
    /// The block that begins as its next one does.
    var copied: BlockIndex?
    /// How many of that block's tokens are those of the sequence.
    var copiedCount = 0

    /// Tokens that need not be computed.
    var tokenCount: Int { blocks.count * SchedulerLimits.blockSize + copiedCount }
}
