/// What one reader's workers compute next.
///
/// Continuous batching over paged KV: a step is one row for every decoding sequence, then prefill chunks, oldest
/// admission first, as many rows as the step cost curve allows beside the decodes. A sequence joins at the next step,
/// begins behind the blocks that the prefix cache holds of it, and leaves when done. When blocks run out, the youngest
/// gives its slot up and is computed again later; the oldest always goes on. The reader's loop is: `sweepCancelled`,
/// `admit` what the queue gives for `freeSlotCount`, `planStep`, send the frame, `apply` the result, `noteStepTime`,
/// perform the actions. A value without clock, randomness or I/O.
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
        var wantsToken = false
        /// Whether a beam wants to know how its hypothesis may continue.
        var wantsContinuations = false
        /// Whether the rows' log-probabilities are the prompt's.
        var scoresPrompt = false
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
    /// Sequences of this reader that have no slot, next one first.
    var waiting: [WaitingSequence] = []
    /// Beam searches in slots, by their requests.
    var beams: [RequestID: BeamGroup] = [:]
    var ledger: BlockLedger
    /// What steps take.
    package internal(set) var costs: StepCostCurve
    /// Rows of the last planned step, for `costs`.
    var lastStep = StepSize()
    var counts = SchedulerStatistics()
    /// Sequences that had to leave their slots since `takePreempted` was last called.
    var preempted: [SequenceHandle] = []
    private let tracksPrefixChanges: Bool

    /// A reader without sequences. `tracksPrefixChanges`: whether anybody asks for `takePrefixChanges`.
    package init(limits: SchedulerLimits, tracksPrefixChanges: Bool = false) {
        self.limits = limits
        self.tracksPrefixChanges = tracksPrefixChanges
        slots = Array(repeating: nil, count: limits.maxBatchSize)
        freeSlots = (0..<Int32(limits.maxBatchSize)).reversed()
        ledger = BlockLedger(blockCount: limits.blockCount, tracksChanges: tracksPrefixChanges)
        costs = StepCostCurve(rowCountMax: limits.rowCountMax)
    }

    /// How many sequences may be admitted now: none while one waits for blocks or must run alone.
    package var freeSlotCount: Int {
        guard waiting.isEmpty else { return 0 }
        let isAlone = occupiedSlots.contains { slots[Int($0)]?.sequence.runsAlone ?? false }
        return isAlone || spareBlockCount <= 0 ? 0 : freeSlots.count
    }

    /// Sequences this reader holds.
    package var sequenceCount: Int { occupiedSlots.count + waiting.count }

    /// Whether it holds none.
    package var isIdle: Bool { sequenceCount == 0 }

    /// KV blocks in use.
    package var usedBlockCount: Int { limits.blockCount - ledger.availableCount }

    /// What it counts.
    package var statistics: SchedulerStatistics {
        var statistics = counts
        statistics.blockCount = limits.blockCount
        statistics.usedBlockCount = usedBlockCount
        statistics.cachedBlockCount = ledger.idleCount
        statistics.evictedBlockCount += ledger.evictedCount
        return statistics
    }

    /// The sequences that had to leave their slots for lack of blocks since the last call.
    package mutating func takePreempted() -> [SequenceHandle] {
        guard !preempted.isEmpty else { return [] }
        defer { preempted = [] }
        return preempted
    }

    /// The keys of blocks that became known or unknown since the last call.
    package mutating func takePrefixChanges() -> PrefixChanges { ledger.takeChanges() }

    /// Takes a sequence in; it joins at the next step. One that must run alone waits here until the others are done,
    /// one for which blocks lack until they are there.
    package mutating func admit(_ sequence: QueuedSequence) {
        precondition(
            waiting.count < limits.maxBatchSize, "\(sequence.request.id) does not fit: no slot is free")
        precondition(
            sequence.tokenCount < limits.maxSequenceLength,
            "\(sequence.request.id) has \(sequence.tokenCount) tokens of at most \(limits.maxSequenceLength)")
        waiting.append(WaitingSequence(sequence))
        placeWaiting()
    }

    /// Releases the sequences whose clients are gone. Called between steps, before the queue is asked, so
    /// that their slots are used again in the next step.
    package mutating func sweepCancelled() -> [SchedulerAction] {
        precondition(plannedGroups == nil, "a step is out")
        var actions: [SchedulerAction] = []
        for waiting in waiting where waiting.sequence.handle.isCancelled {
            actions.append(.cancelled(waiting.sequence.handle))
        }
        if !actions.isEmpty { waiting.removeAll { $0.sequence.handle.isCancelled } }
        for slot in occupiedSlots {
            guard let handle = slots[Int(slot)]?.sequence.handle, handle.isCancelled else { continue }
            learnTail(of: slot)
            release(slot)
            actions.append(.cancelled(handle))
        }
        if !actions.isEmpty { placeWaiting() }
        return actions
    }

    /// Gives all sequences back, oldest admission first, for another reader to continue. After a death the
    /// scheduler is as new: the workers that come next count steps from 1 and hold nothing.
    package mutating func evacuate(_ reason: EvacuationReason) -> [QueuedSequence] {
        precondition(reason == .death || plannedGroups == nil, "step \(stepNumber) has not been answered")
        var sequences: [QueuedSequence] = []
        for slot in occupiedSlots {
            guard let scheduled = slots[Int(slot)] else { continue }
            var sequence = portable(scheduled)
            if reason == .death && scheduled.isInstalled {
                sequence.barrenDeathCount = scheduled.hasGainedToken ? 0 : sequence.barrenDeathCount + 1
            }
            sequences.append(sequence)
            release(slot)
        }
        sequences += waiting.map(\.sequence)
        waiting = []
        plannedGroups = nil
        if reason == .death {
            releasedSlots = []
            stepNumber = 0
            forgetBlocks()
        }
        return sequences
    }

    /// Puts a sequence into a free slot, a beam into as many as it is wide.
    mutating func place(_ waiting: WaitingSequence) {
        if let beams = waiting.sequence.request.parameters.beams { return placeBeam(waiting, beams) }
        guard let slot = freeSlots.popLast() else { preconditionFailure("no slot is free") }
        slots[Int(slot)] = ScheduledSequence(waiting, slot: slot)
        occupiedSlots.append(slot)
    }

    /// Frees a sequence's slot and its blocks; of a beam, all of its slots.
    mutating func release(_ slot: Int32) {
        guard let scheduled = slots[Int(slot)] else { preconditionFailure("slot \(slot) is free") }
        if let group = beams.removeValue(forKey: scheduled.sequence.request.id) {
            for member in group.members { vacate(member) }
            freeSlots += group.spareSlots + group.members
        } else {
            vacate(slot)
            freeSlots.append(slot)
        }
    }

    /// Empties a slot, frees its blocks, and tells the workers with the next frame if they know of it.
    mutating func vacate(_ slot: Int32) {
        guard let scheduled = slots[Int(slot)] else { preconditionFailure("slot \(slot) is free") }
        if let source = scheduled.forkSource { ledger.release(source) }
        // The last block first, so that of an idle beginning the end is given away before the start.
        for block in scheduled.blocks.reversed() { ledger.release(block) }
        slots[Int(slot)] = nil
        occupiedSlots.removeAll { $0 == slot }
        if scheduled.isInstalled { releasedSlots.append(slot) }
    }

    /// The workers that held the blocks are gone.
    private mutating func forgetBlocks() {
        counts.evictedBlockCount += ledger.evictedCount
        ledger = BlockLedger(blockCount: limits.blockCount, tracksChanges: tracksPrefixChanges)
    }
}

/// Rows of one step.
struct StepSize: Equatable, Sendable {
    /// All rows.
    var rowCount = 0
    /// Positions that they attend to, summed over the rows.
    var readCount = 0
    /// Whether the cost curve kept rows of prompts out of the step.
    var isLimited = false

    /// Adds rows at these positions.
    mutating func add(_ positions: Range<Int>) {
        rowCount += positions.count
        readCount += positions.count * (positions.lowerBound + positions.upperBound + 1) / 2
    }
}
