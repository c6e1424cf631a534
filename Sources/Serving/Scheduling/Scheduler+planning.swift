package import WorkerMessages

extension Scheduler {
    /// How much longer a step may take for the prompts in it than it would take for its decodes alone, as long as no
    /// more prompts wait than sequences decode; below 2, so that noise does not take the time between two tokens
    /// beyond twice the undisturbed one.
    package static let stallFactor = 1.75
    /// The same where many prompts wait for the sake of few decodes.
    package static let stallFactorMax = 4.0
    /// What a step may take in any case: nobody notices that tokens come so much later, and where steps take a tenth of
    /// a millisecond, noise would decide how many rows a multiple of that is.
    package static let unnoticedSeconds = 0.005

    /// What a step with these decodes may take, in seconds: what it adds to their time grows with the number of prompts
    /// per decode, since all of those wait for it.
    private func secondsAllowed(beside decodes: StepSize) -> Double {
        guard decodes.rowCount > 0 else { return .infinity }
        let promptCount = occupiedSlots.count { !(slots[Int($0)]?.isDecoding ?? true) }
        let promptsPerDecode = Double(promptCount) / Double(decodes.rowCount)
        let factor = min(1 + (Self.stallFactor - 1) * max(1, promptsPerDecode), Self.stallFactorMax)
        let alone = costs.seconds(rowCount: decodes.rowCount, readCount: decodes.readCount)
        return max(Self.unnoticedSeconds, factor * alone)
    }

    /// Writes the next step into `frame`, which is emptied first. Returns whether there is one; if not, the
    /// frame is not to be sent. The answer goes to `apply` before the next call.
    package mutating func planStep(into frame: inout StepFrame) -> Bool {
        precondition(plannedGroups == nil, "step \(stepNumber) has not been answered")
        placeWaiting()
        frame.removeAll()
        var groups: [PlannedGroup] = []
        groups.reserveCapacity(occupiedSlots.count)
        lastStep = StepSize()
        planDecodes(&groups, into: &frame)
        counts.lastDecodeRowCount = lastStep.rowCount
        planPrefills(&groups, into: &frame)
        while groups.isEmpty && !occupiedSlots.isEmpty {
            // Prompts hold all blocks, each too few: first those go that would only be copied, then the oldest needs
            // those of the youngest.
            if !dropCopies() {
                guard occupiedSlots.count > 1 else { break }
                preemptYoungest()
            }
            planPrefills(&groups, into: &frame)
        }
        counts.lastPrefillRowCount = lastStep.rowCount - counts.lastDecodeRowCount
        guard !groups.isEmpty else { return false }
        stepNumber += 1
        frame.stepNumber = stepNumber
        frame.releasedSlots.append(contentsOf: releasedSlots)
        releasedSlots.removeAll(keepingCapacity: true)
        plannedGroups = groups
        return true
    }

    /// One row for every sequence whose prompt is computed; the youngest give their slots up if blocks lack.
    private mutating func planDecodes(_ groups: inout [PlannedGroup], into frame: inout StepFrame) {
        for slot in occupiedSlots {
            while isDecoding(slot), missingBlockCount(ofAllWith: slot) > ledger.availableCount {
                preemptYoungest()
            }
            guard isDecoding(slot), !(slots[Int(slot)]?.isComputed ?? true) else { continue }
            groups.append(plan(slot, rowCount: 1, into: &frame))
        }
    }

    private func isDecoding(_ slot: Int32) -> Bool { slots[Int(slot)]?.isDecoding ?? false }

    /// Chunks of prompts, oldest first, as many rows as fit beside the decodes.
    private mutating func planPrefills(_ groups: inout [PlannedGroup], into frame: inout StepFrame) {
        let decodes = lastStep
        var budget = limits.prefillChunk
        var isLimited = false
        let secondsAllowed = secondsAllowed(beside: decodes)
        defer { lastStep.isLimited = isLimited }
        for slot in occupiedSlots where budget > 0 {
            guard !isDecoding(slot), var scheduled = slots[Int(slot)] else { continue }
            if !scheduled.isMatched {
                // Moved out until it goes back below, so that its arrays are not copied.
                slots[Int(slot)] = nil
                let mayBegin = match(&scheduled)
                slots[Int(slot)] = scheduled
                guard mayBegin else { continue }
            }
            if decodes.rowCount > 0 {
                let rest = costs.rowCount(
                    beside: (lastStep.rowCount, lastStep.readCount), at: scheduled.fedCount, countMax: budget,
                    limit: secondsAllowed)
                // One row a step in any case, so that no prompt waits for ever; further ones only if they fit.
                let fitting = lastStep == decodes ? rest : rest > 1 ? rest : 0
                if fitting < min(budget, scheduled.prefillCount - scheduled.fedCount) {
                    isLimited = true
                    budget = fitting
                }
            }
            let room = (scheduled.blocks.count + ledger.availableCount) * SchedulerLimits.blockSize
            let rowCount = min(
                budget, scheduled.prefillCount - scheduled.fedCount, room - scheduled.fedCount)
            guard rowCount > 0 else { continue }
            groups.append(plan(slot, rowCount: rowCount, into: &frame))
            budget -= rowCount
        }
    }

    /// Gives a sequence that has not begun the blocks that the cache holds of it. Returns whether it may begin: not
    /// while an older one computes what comes next in both.
    private mutating func match(_ scheduled: inout ScheduledSequence) -> Bool {
        let beginning = beginning(of: &scheduled)
        if isComingSoon(after: beginning, of: &scheduled) { return false }
        for block in beginning.blocks { ledger.retainKnown(block) }
        if let copied = beginning.copied { ledger.retainKnown(copied) }
        scheduled.begin(with: beginning)
        counts.prefixLookupTokenCount += scheduled.sequence.tokenCount
        counts.prefixHitTokenCount += scheduled.fedCount
        return true
    }

    /// Appends one sequence's rows to the frame, with the blocks they need.
    private mutating func plan(_ slot: Int32, rowCount: Int, into frame: inout StepFrame) -> PlannedGroup {
        guard var scheduled = slots[Int(slot)] else { preconditionFailure("slot \(slot) is free") }
        // Moved out until it goes back below, so that its arrays are not copied.
        slots[Int(slot)] = nil
        let rows = scheduled.fedCount..<scheduled.fedCount + rowCount
        let tokenIDs = frame.store(tokenIDs: scheduled.tokens(at: rows))
        var group = StepFrame.RowGroup(slot: slot, startPosition: Int32(rows.lowerBound), tokenIDs: tokenIDs)
        group.appendedBlocks = appendBlocks(to: &scheduled, positionCount: rows.upperBound, into: &frame)
        group.blockCopies = copyForkedBlock(of: &scheduled, into: &frame)
        let planned = ask(&group, of: scheduled, rows: rows)
        if !scheduled.isInstalled {
            scheduled.noteCachedPrompt(rows.lowerBound)
            group.installation = frame.installations.count
            frame.installations.append(installation(of: scheduled, into: &frame))
            scheduled.isInstalled = true
        }
        slots[Int(slot)] = scheduled
        frame.rowGroups.append(group)
        lastStep.add(rows)
        return planned
    }

    /// Asks for what the rows are computed for: at the sequence's end a token, or continuations for a beam; where the
    /// prompt's log-probabilities are wanted, these.
    private func ask(
        _ group: inout StepFrame.RowGroup, of scheduled: ScheduledSequence, rows: Range<Int>
    ) -> PlannedGroup {
        var planned = PlannedGroup(slot: group.slot, rowCount: rows.count)
        let parameters = scheduled.sequence.request.parameters
        if rows.upperBound == scheduled.sequence.tokenCount {
            group.logitsRows = .last
            if let beam = beams[scheduled.sequence.request.id] {
                group.continuationCount = UInt16(beam.search.continuationCount)
                planned.wantsContinuations = true
            } else {
                group.wantsToken = true
                planned.wantsToken = true
                group.wantsLogProbabilities = parameters.wantsLogProbabilities
                group.topLogProbabilityCount = UInt16(parameters.topLogProbabilityCount)
            }
        }
        if scheduled.scoresPrompt {
            group.logitsRows = .all
            group.wantsLogProbabilities = true
            let count = UInt16(parameters.promptLogProbabilityCount ?? 0)
            group.topLogProbabilityCount = max(group.topLogProbabilityCount, count)
            planned.scoresPrompt = true
        }
        return planned
    }

    /// Orders the copy of the block that a fork, or a sequence with a known beginning, goes on from.
    private mutating func copyForkedBlock(
        of scheduled: inout ScheduledSequence, into frame: inout StepFrame
    ) -> Range<Int> {
        let start = frame.blockCopies.count
        guard let source = scheduled.forkSource else { return start..<start }
        let copy = scheduled.blocks[scheduled.fedCount / SchedulerLimits.blockSize]
        frame.blockCopies.append(
            StepFrame.BlockCopy(source: source.rawValue, destination: copy.rawValue))
        // Copies are done in order and before any row, so whoever gets the block in this step comes after this copy.
        ledger.release(source)
        scheduled.forkSource = nil
        return start..<start + 1
    }

    /// Takes the blocks that positions below `positionCount` lack; the frame gets those that the workers do not know
    /// of, all of them with an installation.
    private mutating func appendBlocks(
        to scheduled: inout ScheduledSequence, positionCount: Int, into frame: inout StepFrame
    ) -> Range<Int> {
        let start = frame.blocks.count
        if !scheduled.isInstalled {
            for block in scheduled.blocks { frame.blocks.append(block.rawValue) }
        }
        while scheduled.blocks.count < SchedulerLimits.blockCount(positionCount: positionCount) {
            guard let block = ledger.allocate() else {
                preconditionFailure(
                    "all \(limits.blockCount) blocks are in use, though some were reckoned free")
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
        installation.endOfTextIDs = frame.store(tokenIDs: request.parameters.endingIDs)
        installation.bannedTokenIDs = frame.store(tokenIDs: request.parameters.bannedTokenIDs)
        installation.bannedSequences = frame.store(bannedSequences: request.parameters.bannedSequences)
        let firstBias = frame.biases.count
        frame.biases += request.parameters.biases
        installation.biases = firstBias..<frame.biases.count
        return installation
    }
}
