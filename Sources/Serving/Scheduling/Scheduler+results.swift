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
                if slots[Int(group.slot)]?.isPrefilling ?? false { learnTail(of: group.slot) }
                if group.scoresPrompt { takeScores(answer, of: result, group, into: &actions) }
                if group.wantsContinuations { takeContinuations(answer, of: result, into: &actions) }
                guard group.wantsToken else { continue }
                take(answer, of: result, into: &actions)
            case .nonFinite:
                let error = ServingError.nonFiniteLogit(
                    stepNumber: result.stepNumber, layer: Int(answer.detail))
                end(group.slot, with: error, into: &actions)
            case .allBanned where group.wantsContinuations:
                // The beam's other hypotheses may go on.
                takeContinuations(answer, of: result, into: &actions)
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
        let ending = parameters.ending(by: answer.token)
        if ending == nil {
            scheduled.sequence.generatedIDs.append(answer.token)
            scheduled.sequence.barrenDeathCount = 0
            actions.append(
                .token(
                    handle, id: answer.token,
                    logProbability: parameters.wantsLogProbabilities ? answer.tokenLogProbability : nil,
                    best: best(answer, of: result, parameters)))
        }
        let count = scheduled.sequence.generatedIDs.count
        let isFull = count == scheduled.sequence.newTokenCountMax
        slots[Int(answer.slot)] = scheduled
        guard ending != nil || isFull else { return }
        actions.append(.finish(handle, ending ?? .length, generatedTokenCount: count))
        learnTail(of: answer.slot)
        release(answer.slot)
    }

    /// The likeliest tokens of the last row; where the prompt is scored, rows may have more than the token wants.
    private func best(
        _ answer: StepResult.Group, of result: StepResult, _ parameters: GenerationParameters
    ) -> [ScoredToken] {
        let count = parameters.topLogProbabilityCount
        guard count > 0 else { return [] }
        let candidates = result.candidates[answer.candidates]
        let rowCount = answer.logProbabilities.count + 1
        return candidates.suffix(candidates.count / rowCount).prefix(count).map(ScoredToken.init)
    }

    /// Takes in the log-probabilities of the prompt's tokens behind the group's rows; with the last of them the client
    /// gets them all.
    private mutating func takeScores(
        _ answer: StepResult.Group, of result: StepResult, _ group: PlannedGroup,
        into actions: inout [SchedulerAction]
    ) {
        guard var scheduled = slots[Int(group.slot)] else { return }
        slots[Int(group.slot)] = nil
        let promptIDs = scheduled.sequence.request.promptIDs
        let wanted = scheduled.sequence.request.parameters.promptLogProbabilityCount ?? 0
        let candidates = result.candidates[answer.candidates]
        let perRow = candidates.count / group.rowCount
        if scheduled.promptTokens.isEmpty {
            scheduled.promptTokens.append(PromptToken(id: promptIDs[0], logProbability: nil, best: []))
        }
        for (row, value) in result.logProbabilities[answer.logProbabilities].enumerated() {
            let position = scheduled.promptTokens.count
            guard position < promptIDs.count else { break }
            let best = candidates.dropFirst(row * perRow).prefix(min(perRow, wanted))
            scheduled.promptTokens.append(
                PromptToken(
                    id: promptIDs[position], logProbability: value, best: best.map(ScoredToken.init)))
        }
        if scheduled.promptTokens.count == promptIDs.count {
            actions.append(.prompt(scheduled.sequence.handle, scheduled.promptTokens))
            scheduled.promptTokens = []
            scheduled.sequence.isPromptScored = true
        }
        slots[Int(group.slot)] = scheduled
    }

    private mutating func end(
        _ slot: Int32, with error: ServingError, into actions: inout [SchedulerAction]
    ) {
        guard let handle = slots[Int(slot)]?.sequence.handle else { return }
        actions.append(.fail(handle, error))
        release(slot)
    }
}

extension ScoredToken {
    fileprivate init(_ candidate: StepResult.Candidate) {
        self.init(id: candidate.tokenID, logProbability: candidate.logProbability)
    }
}
