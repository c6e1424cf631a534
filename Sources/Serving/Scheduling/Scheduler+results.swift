package import WorkerMessages

extension Scheduler {
    /// Takes in the answer to the planned step and returns what to tell the clients. Throws if it does not
    /// answer that step; nothing has changed then, and the reader evacuates.
    package mutating func apply(_ result: StepResult) throws(SchedulerFault) -> [SchedulerAction] {
        let groups = try checkedGroups(result)
        plannedGroups = nil
        var actions: [SchedulerAction] = []
        actions.reserveCapacity(2 * groups.count)
        for (group, answer) in zip(groups, result.groups) {
            slots[Int(group.slot)]?.fedCount += group.rowCount
            switch answer.outcome {
            case .ok:
                learnBlocks(of: group.slot)
                guard group.wantsToken else { continue }
                take(answer, of: result, into: &actions)
            case .nonFinite:
                let error = ServingError.nonFiniteLogit(
                    stepNumber: result.stepNumber, layer: Int(answer.detail))
                end(group.slot, with: error, into: &actions)
            case .allBanned:
                end(group.slot, with: .allTokensBanned(stepNumber: result.stepNumber), into: &actions)
            }
        }
        return actions
    }

    /// Takes in how long the last step has taken, from the frame's sending to the result; the next steps' sizes follow
    /// from it.
    package mutating func noteStepTime(_ duration: Duration) {
        costs.observe(
            rowCount: lastStep.rowCount, readCount: lastStep.readCount, seconds: duration / .seconds(1),
            wasLimited: lastStep.isLimited)
    }

    /// The planned groups, if `result` answers them one by one.
    private func checkedGroups(_ result: StepResult) throws(SchedulerFault) -> [PlannedGroup] {
        guard let groups = plannedGroups else { throw .unexpectedResult(stepNumber: result.stepNumber) }
        guard result.stepNumber == stepNumber else {
            throw .wrongStep(expected: stepNumber, found: result.stepNumber)
        }
        guard result.groups.count == groups.count else {
            throw .wrongGroupCount(
                stepNumber: stepNumber, expected: groups.count, found: result.groups.count)
        }
        for (group, answer) in zip(groups, result.groups) {
            guard answer.slot == group.slot else {
                throw .wrongSlot(stepNumber: stepNumber, expected: group.slot, found: answer.slot)
            }
            let expectsToken = group.wantsToken && answer.outcome == .ok
            guard (answer.token >= 0) == expectsToken else {
                throw .wrongToken(stepNumber: stepNumber, slot: group.slot, token: answer.token)
            }
        }
        return groups
    }

    /// Adds a drawn token to its sequence, and ends the sequence where it must end.
    private mutating func take(
        _ answer: StepResult.Group, of result: StepResult, into actions: inout [SchedulerAction]
    ) {
        guard var scheduled = slots[Int(answer.slot)] else { return }
        // Moved out until it goes back below, so that appending does not copy the answer so far.
        slots[Int(answer.slot)] = nil
        let parameters = scheduled.sequence.request.parameters
        let handle = scheduled.sequence.handle
        let isEnd = !parameters.ignoresEndOfText && parameters.endOfTextIDs.contains(answer.token)
        if !isEnd {
            scheduled.sequence.generatedIDs.append(answer.token)
            scheduled.sequence.barrenDeathCount = 0
            let candidates = result.candidates[answer.candidates]
            let logProbability = candidates.first { $0.tokenID == answer.token }?.logProbability
            actions.append(.token(handle, id: answer.token, logProbability: logProbability))
        }
        let count = scheduled.sequence.generatedIDs.count
        let isFull = count == scheduled.sequence.newTokenCountMax
        slots[Int(answer.slot)] = scheduled
        guard isEnd || isFull else { return }
        actions.append(.finish(handle, isEnd ? .endOfText : .length, generatedTokenCount: count))
        release(answer.slot)
    }

    private mutating func end(
        _ slot: Int32, with error: ServingError, into actions: inout [SchedulerAction]
    ) {
        guard let handle = slots[Int(slot)]?.sequence.handle else { return }
        actions.append(.fail(handle, error))
        release(slot)
    }
}
