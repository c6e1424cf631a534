import Serving
import WorkerMessages

/// What the simulation found wrong; a sentence.
struct SimulationFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The workers of one reader, as strict as real ones and stricter: they check every frame against what they
/// hold, and keep a hash for every KV position, so that a block with another content than its reader's is noticed.
struct ScriptedWorkers {
    /// A worker's state of one slot.
    private struct Slot {
        var tokens: [Int32]
        let promptCount: Int
        let parameters: SamplingParameters
        let choiceIndex: Int32
        /// By position: the hash of the tokens up to there.
        var hashes: [UInt64] = []
        var blocks: [Int32] = []
        var fedCount = 0
        /// Whether the next row is that of a token drawn here.
        var isDecoding = false
    }

    private let limits: SchedulerLimits
    private var slots: [Int32: Slot] = [:]
    private var stepNumber: UInt64 = 0
    /// Positions that sequences have begun behind, in total.
    private(set) var cachedTokenCount = 0
    /// Blocks that were copied for sequences to begin with, in total.
    private(set) var copiedBlockCount = 0
    /// By block and offset: the hash of the sequence's tokens up to there.
    private var cache: [UInt64]

    init(limits: SchedulerLimits) {
        self.limits = limits
        cache = Array(repeating: 0, count: limits.blockCount * SchedulerLimits.blockSize)
    }

    /// Seeds of the sequences in the slots; in a simulation each sequence has its own.
    var heldSeeds: Set<UInt64> { Set(slots.values.map(\.parameters.seed)) }

    /// Checks the frame and computes it. nil: the workers die of it.
    mutating func execute(_ frame: StepFrame) throws -> StepResult? {
        stepNumber += 1
        try require(frame.stepNumber == stepNumber, "step \(frame.stepNumber) after \(stepNumber - 1)")
        for slot in frame.releasedSlots {
            try require(slots.removeValue(forKey: slot) != nil, "slot \(slot) is released but holds nothing")
        }
        try copyBlocks(frame)
        let decoding = Set(slots.filter { $0.value.isDecoding }.keys)
        let carried = Set(frame.rowGroups.map(\.slot))
        try require(decoding.isSubset(of: carried), "a decoding sequence is left out of the step")
        try require(carried.count == frame.rowGroups.count, "two groups for one slot")
        try requireBudget(frame, decoding)
        var result = StepResult()
        result.stepNumber = frame.stepNumber
        var isKilled = false
        for group in frame.rowGroups {
            try takeIn(group, of: frame)
            if slots[group.slot]?.tokens.first == ScriptedModel.poisonMarker { isKilled = true }
            result.groups.append(try compute(group, of: frame))
        }
        try requireBlocksInRange()
        return isKilled ? nil : result
    }

    /// Copies whole blocks, in order and before any row; none is written over that a sequence has.
    private mutating func copyBlocks(_ frame: StepFrame) throws {
        for copy in frame.blockCopies {
            for (number, slot) in slots {
                try require(
                    !slot.blocks.contains(copy.destination), "a copy is written over a block of \(number)")
            }
            for offset in 0..<SchedulerLimits.blockSize {
                cache[Int(copy.destination) * SchedulerLimits.blockSize + offset] =
                    cache[Int(copy.source) * SchedulerLimits.blockSize + offset]
            }
            copiedBlockCount += 1
        }
    }

    private func requireBudget(_ frame: StepFrame, _ decoding: Set<Int32>) throws {
        try require(frame.rowCount <= limits.rowCountMax, "\(frame.rowCount) rows")
        let prefill = frame.rowGroups.filter { !decoding.contains($0.slot) }
        let prefillCount = prefill.reduce(0) { $0 + $1.tokenIDs.count }
        try require(prefillCount <= limits.prefillChunk, "\(prefillCount) prefill rows")
        let lastDecode = frame.rowGroups.lastIndex { decoding.contains($0.slot) } ?? -1
        try require(lastDecode < decoding.count, "a prefill chunk stands before a decode")
    }

    /// Installs and appends what the group brings.
    private mutating func takeIn(_ group: StepFrame.RowGroup, of frame: StepFrame) throws {
        try require((0..<Int32(limits.maxBatchSize)).contains(group.slot), "slot \(group.slot)")
        if let index = group.installation {
            let installation = frame.installations[index]
            try require(slots[group.slot] == nil, "slot \(group.slot) is installed over a sequence")
            slots[group.slot] = Slot(
                tokens: Array(frame.tokenIDs[installation.allTokenIDs]),
                promptCount: Int(installation.promptTokenCount), parameters: installation.parameters,
                choiceIndex: installation.choiceIndex, fedCount: Int(group.startPosition))
            cachedTokenCount += Int(group.startPosition)
        }
        try require(slots[group.slot] != nil, "slot \(group.slot) holds nothing and is not installed")
        slots[group.slot]?.blocks += frame.blocks[group.appendedBlocks]
    }

    private mutating func compute(
        _ group: StepFrame.RowGroup, of frame: StepFrame
    ) throws -> StepResult.Group {
        guard var slot = slots[group.slot] else { throw SimulationFault("slot \(group.slot) is empty") }
        let rows = Array(frame.tokenIDs[group.tokenIDs])
        let end = slot.fedCount + rows.count
        try require(Int(group.startPosition) == slot.fedCount, "position \(group.startPosition)")
        try require(end <= slot.tokens.count, "rows past the sequence's last token")
        try require(rows == Array(slot.tokens[slot.fedCount..<end]), "rows are not the sequence's tokens")
        try require(!slot.isDecoding || rows.count == 1, "\(rows.count) rows for a decode")
        let needed = SchedulerLimits.blockCount(positionCount: end)
        try require(slot.blocks.count == needed, "\(slot.blocks.count) blocks for \(end) positions")
        try requireOwnBlocks(slot, group.slot, from: slot.fedCount, to: end)
        for token in slot.tokens[slot.hashes.count..<end] {
            slot.hashes.append(
                ScriptedModel.extend(slot.hashes.last ?? ScriptedModel.hash(of: []), by: token))
        }
        try writeAndReadBack(slot, from: slot.fedCount, to: end)
        slot.fedCount = end
        let isLast = end == slot.tokens.count
        try require(group.wantsToken == isLast, "a token is wanted at the wrong row")
        try require(group.logitsRows == (isLast ? .last : .none), "logits of the wrong rows")
        var answer = StepResult.Group(slot: group.slot)
        let newCount = slot.tokens.count - slot.promptCount
        let prompt = slot.tokens.prefix(slot.promptCount)
        if isLast && ScriptedModel.isNonFinite(promptIDs: prompt, newTokenCount: newCount) {
            answer.outcome = .nonFinite
            answer.detail = 1
        } else if isLast {
            answer.token = ScriptedModel.token(
                after: slot.hashes[end - 1], parameters: slot.parameters,
                choiceIndex: slot.choiceIndex)
            slot.tokens.append(answer.token)
            slot.isDecoding = true
        }
        slots[group.slot] = slot
        return answer
    }

    /// Stores the rows' hashes and checks those of all positions before them.
    private mutating func writeAndReadBack(_ slot: Slot, from start: Int, to end: Int) throws {
        for position in 0..<end {
            let hash = slot.hashes[position]
            let block = Int(slot.blocks[position / SchedulerLimits.blockSize])
            let place = block * SchedulerLimits.blockSize + position % SchedulerLimits.blockSize
            if position >= start {
                cache[place] = hash
            } else {
                try require(cache[place] == hash, "position \(position) of block \(block) was overwritten")
            }
        }
    }

    /// Rows write only into blocks that no other sequence has.
    private func requireOwnBlocks(_ slot: Slot, _ number: Int32, from start: Int, to end: Int) throws {
        let written = Set(
            slot.blocks[start / SchedulerLimits.blockSize...(end - 1) / SchedulerLimits.blockSize])
        for (other, state) in slots where other != number {
            try require(
                written.isDisjoint(with: state.blocks), "slot \(number) writes into a block of \(other)")
        }
    }

    private func requireBlocksInRange() throws {
        for slot in slots.values {
            try require(Set(slot.blocks).count == slot.blocks.count, "a block is twice in one sequence")
            try require(
                slot.blocks.allSatisfy { (0..<Int32(limits.blockCount)).contains($0) }, "a block out of range"
            )
        }
    }

    /// Distinct blocks of all slots.
    var heldBlockCount: Int { Set(slots.values.flatMap(\.blocks)).count }

    private func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
        if !condition { throw SimulationFault("step \(stepNumber): \(sentence())") }
    }
}
