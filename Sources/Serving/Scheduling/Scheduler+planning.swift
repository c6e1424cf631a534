package import WorkerMessages

extension Scheduler {
    /// Writes the next step into `frame`, which is emptied first. Returns whether there is one; if not, the
    /// frame is not to be sent. The answer goes to `apply` before the next call.
    package mutating func planStep(into frame: inout StepFrame) -> Bool {
        precondition(plannedGroups == nil, "step \(stepNumber) has not been answered")
        if occupiedSlots.isEmpty, let waiting = solitarySequence {
            solitarySequence = nil
            place(waiting)
        }
        frame.removeAll()
        var groups: [PlannedGroup] = []
        groups.reserveCapacity(occupiedSlots.count)
        for slot in occupiedSlots where slots[Int(slot)]?.isDecoding ?? false {
            groups.append(plan(slot, rowCount: 1, into: &frame))
        }
        var budget = limits.prefillChunk
        for slot in occupiedSlots where budget > 0 {
            guard let scheduled = slots[Int(slot)], !scheduled.isDecoding else { continue }
            let rowCount = min(budget, scheduled.prefillCount - scheduled.fedCount)
            groups.append(plan(slot, rowCount: rowCount, into: &frame))
            budget -= rowCount
        }
        guard !groups.isEmpty else { return false }
        stepNumber += 1
        frame.stepNumber = stepNumber
        frame.releasedSlots.append(contentsOf: releasedSlots)
        releasedSlots.removeAll(keepingCapacity: true)
        plannedGroups = groups
        return true
    }

    /// Appends one sequence's rows to the frame, with the blocks they need.
    private mutating func plan(_ slot: Int32, rowCount: Int, into frame: inout StepFrame) -> PlannedGroup {
        guard var scheduled = slots[Int(slot)] else { preconditionFailure("slot \(slot) is free") }
        // Moved out until it goes back below, so that its arrays are not copied.
        slots[Int(slot)] = nil
        let rows = scheduled.fedCount..<scheduled.fedCount + rowCount
        let tokenIDs = frame.store(tokenIDs: rows.map { scheduled.token(at: $0) })
        var group = StepFrame.RowGroup(slot: slot, startPosition: Int32(rows.lowerBound), tokenIDs: tokenIDs)
        group.appendedBlocks = appendBlocks(to: &scheduled, positionCount: rows.upperBound, into: &frame)
        if rows.upperBound == scheduled.sequence.tokenCount {
            group.logitsRows = .last
            group.wantsToken = true
            group.topLogProbabilityCount = UInt16(
                scheduled.sequence.request.parameters.topLogProbabilityCount)
        }
        if !scheduled.isInstalled {
            group.installation = frame.installations.count
            frame.installations.append(installation(of: scheduled, into: &frame))
            scheduled.isInstalled = true
        }
        slots[Int(slot)] = scheduled
        frame.rowGroups.append(group)
        return PlannedGroup(slot: slot, rowCount: rowCount, wantsToken: group.wantsToken)
    }

    /// Takes the blocks that positions below `positionCount` lack.
    private mutating func appendBlocks(
        to scheduled: inout ScheduledSequence, positionCount: Int, into frame: inout StepFrame
    ) -> Range<Int> {
        let start = frame.blocks.count
        while scheduled.blocks.count < SchedulerLimits.blockCount(positionCount: positionCount) {
            guard let block = ledger.allocate() else {
                preconditionFailure(
                    "all \(limits.blockCount) blocks are in use, though each slot has its own share")
            }
            scheduled.blocks.append(block)
            frame.blocks.append(block.rawValue)
        }
        return start..<frame.blocks.count
    }

    /// All that a worker must know of a sequence that it has never seen, or that comes from a dead reader.
    private func installation(
        of scheduled: ScheduledSequence, into frame: inout StepFrame
    ) -> StepFrame.Installation {
        let request = scheduled.sequence.request
        let promptIDs = frame.store(tokenIDs: request.promptIDs)
        let generatedIDs = frame.store(tokenIDs: scheduled.sequence.generatedIDs)
        var installation = StepFrame.Installation(
            allTokenIDs: promptIDs.lowerBound..<generatedIDs.upperBound,
            promptTokenCount: Int32(request.promptIDs.count), parameters: request.parameters.sampling)
        installation.choiceIndex = request.choiceIndex
        if !request.parameters.ignoresEndOfText {
            installation.endOfTextIDs = frame.store(tokenIDs: request.parameters.endOfTextIDs)
        }
        return installation
    }
}
