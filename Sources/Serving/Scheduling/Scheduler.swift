/// What one reader's workers compute next.
///
/// Continuous batching in its simple form: a step is one row for every decoding sequence, then prefill chunks
/// of up to `prefillChunk` tokens in total, oldest admission first. A sequence joins at the next step and
/// leaves when done. The reader's loop is: `sweepCancelled`, `admit` what the queue gives for
/// `freeSlotCount`, `planStep`, send the frame, `apply` the result, perform the actions. A value without
/// clock, randomness or I/O.
package struct Scheduler: Sendable {
    /// Why a reader gives its sequences back.
    package enum EvacuationReason: Sendable {
        /// Its workers died. Counts against sequences that gained no token here.
        case death
        /// It is being stopped, or drained. Counts against nobody.
        case drain
    }

    /// One row group of the frame that is out.
    struct PlannedGroup: Sendable {
        var slot: Int32
        var rowCount: Int
        var wantsToken: Bool
    }

    /// The bounds.
    package let limits: SchedulerLimits
    /// The last planned step; 0 before the first.
    package internal(set) var stepNumber: UInt64 = 0
    /// By slot.
    var slots: [ScheduledSequence?]
    /// Occupied slots, oldest admission first.
    var occupiedSlots: [Int32] = []
    /// Free slots; the last one is taken first.
    var freeSlots: [Int32]
    /// Slots whose sequences are gone and whose workers have not been told.
    var releasedSlots: [Int32] = []
    /// The frame that is out; nil between `apply` and `planStep`.
    var plannedGroups: [PlannedGroup]?
    /// A sequence that waits for the others to leave, because it must run alone.
    var solitarySequence: QueuedSequence?
    var ledger: BlockLedger

    /// A reader without sequences.
    package init(limits: SchedulerLimits) {
        self.limits = limits
        slots = Array(repeating: nil, count: limits.maxBatchSize)
        freeSlots = (0..<Int32(limits.maxBatchSize)).reversed()
        ledger = BlockLedger(blockCount: limits.blockCount)
    }

    /// How many sequences may be admitted now: none while one must run alone.
    package var freeSlotCount: Int {
        guard solitarySequence == nil else { return 0 }
        let isAlone = occupiedSlots.contains { slots[Int($0)]?.sequence.runsAlone ?? false }
        return isAlone ? 0 : freeSlots.count
    }

    /// Sequences this reader holds.
    package var sequenceCount: Int { occupiedSlots.count + (solitarySequence == nil ? 0 : 1) }

    /// Whether it holds none.
    package var isIdle: Bool { sequenceCount == 0 }

    /// KV blocks in use.
    package var usedBlockCount: Int { limits.blockCount - ledger.freeCount }

    /// Takes a sequence in; it joins at the next step. One that must run alone waits here until the others
    /// are done.
    package mutating func admit(_ sequence: QueuedSequence) {
        precondition(freeSlotCount > 0, "\(sequence.request.id) does not fit: no slot is free")
        precondition(
            sequence.tokenCount < limits.maxSequenceLength,
            "\(sequence.request.id) has \(sequence.tokenCount) tokens of at most \(limits.maxSequenceLength)")
        if sequence.runsAlone && !occupiedSlots.isEmpty {
            solitarySequence = sequence
        } else {
            place(sequence)
        }
    }

    /// Releases the sequences whose clients are gone. Called between steps, before the queue is asked, so
    /// that their slots are used again in the next step.
    package mutating func sweepCancelled() -> [SchedulerAction] {
        precondition(plannedGroups == nil, "a step is out")
        var actions: [SchedulerAction] = []
        if let waiting = solitarySequence, waiting.handle.isCancelled {
            solitarySequence = nil
            actions.append(.cancelled(waiting.handle))
        }
        for slot in occupiedSlots {
            guard let handle = slots[Int(slot)]?.sequence.handle, handle.isCancelled else { continue }
            release(slot)
            actions.append(.cancelled(handle))
        }
        return actions
    }

    /// Gives all sequences back, oldest admission first, for another reader to continue. After a death the
    /// scheduler is as new: the workers that come next count steps from 1 and hold nothing.
    package mutating func evacuate(_ reason: EvacuationReason) -> [QueuedSequence] {
        precondition(reason == .death || plannedGroups == nil, "step \(stepNumber) has not been answered")
        var sequences: [QueuedSequence] = []
        for slot in occupiedSlots {
            guard let scheduled = slots[Int(slot)] else { continue }
            var sequence = scheduled.sequence
            if reason == .death && scheduled.isInstalled {
                sequence.barrenDeathCount = scheduled.hasGainedToken ? 0 : sequence.barrenDeathCount + 1
            }
            sequences.append(sequence)
            release(slot)
        }
        if let waiting = solitarySequence { sequences.append(waiting) }
        solitarySequence = nil
        plannedGroups = nil
        if reason == .death {
            releasedSlots = []
            stepNumber = 0
        }
        return sequences
    }

    /// Puts a sequence into a free slot.
    mutating func place(_ sequence: QueuedSequence) {
        guard let slot = freeSlots.popLast() else { preconditionFailure("no slot is free") }
        slots[Int(slot)] = ScheduledSequence(sequence, slot: slot)
        occupiedSlots.append(slot)
    }

    /// Frees a slot and its blocks, and tells the workers with the next frame if they know of it.
    mutating func release(_ slot: Int32) {
        guard let scheduled = slots[Int(slot)] else { preconditionFailure("slot \(slot) is free") }
        for block in scheduled.blocks.reversed() { ledger.release(block) }
        slots[Int(slot)] = nil
        occupiedSlots.removeAll { $0 == slot }
        freeSlots.append(slot)
        if scheduled.isInstalled { releasedSlots.append(slot) }
    }
}
