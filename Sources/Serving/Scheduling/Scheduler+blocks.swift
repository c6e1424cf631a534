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
        release(slot)
        counts.preemptionCount += 1
        preempted.append(scheduled.sequence.handle)
        return slot
    }

    /// What the cache holds of a sequence that has not begun: its first full blocks, all but the last token at most.
    func knownBlocks(of scheduled: inout ScheduledSequence) -> [BlockIndex] {
        guard limits.hasPrefixCache, !scheduled.scoresPrompt else { return [] }
        var blocks: [BlockIndex] = []
        for index in 0..<(scheduled.sequence.tokenCount - 1) / SchedulerLimits.blockSize {
            let (key, parent) = scheduled.key(ofBlock: index)
            guard let block = ledger.known(key, after: parent, scheduled.tokens(ofBlock: index)) else {
                break
            }
            blocks.append(block)
        }
        return blocks
    }

    /// Whether an older sequence is about to compute the block that comes after the first `count` ones of `scheduled`:
    /// then it is better to wait for it.
    func isComingSoon(_ count: Int, of scheduled: inout ScheduledSequence) -> Bool {
        guard limits.hasPrefixCache, !scheduled.scoresPrompt,
            count < (scheduled.sequence.tokenCount - 1) / SchedulerLimits.blockSize
        else { return false }
        let key = scheduled.key(ofBlock: count).key
        for slot in occupiedSlots {
            if slot == scheduled.slot { return false }
            guard var older = slots[Int(slot)], !older.isDecoding else { continue }
            let end = (count + 1) * SchedulerLimits.blockSize
            guard older.prefillCount >= end, older.fedCount < end else { continue }
            if older.key(ofBlock: count).key == key { return true }
        }
        return false
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
}
