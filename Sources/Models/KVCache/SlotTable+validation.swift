package import WorkerMessages

extension SlotTable {
    /// Checks a frame as a whole and changes no sequence; a refusal names the value and what is allowed.
    ///
    /// The frame's number counts as seen, even if the rest is refused.
    package mutating func validate(_ frame: StepFrame) throws(FailureReport) {
        guard frame.stepNumber == lastStepNumber + 1 else {
            throw .malformed("step number is \(frame.stepNumber), expected is \(lastStepNumber + 1)")
        }
        lastStepNumber = frame.stepNumber
        for slot in uses.indices { uses[slot] = .none }
        try validateStorage(frame)
        guard frame.rowCount <= limits.rowCountMax else {
            throw .malformed("step has \(frame.rowCount) rows, allowed are at most \(limits.rowCountMax)")
        }
        for slot in frame.releasedSlots {
            try validateSlot(slot, "released slot")
            uses[Int(slot)] = .released
        }
        for group in frame.rowGroups {
            try validateSupport(group, in: frame)
            try validateGroup(group, in: frame)
        }
    }

    private func validateStorage(_ frame: StepFrame) throws(FailureReport) {
        for (index, id) in frame.tokenIDs.enumerated() where !(0..<limits.vocabularyCount).contains(Int(id)) {
            throw .malformed(
                "token id \(id) at index \(index) is outside the vocabulary, "
                    + "allowed are 0 to \(limits.vocabularyCount - 1)"
            )
        }
        for block in frame.blocks { try validateBlock(block, "appended block") }
        for copy in frame.blockCopies {
            try validateBlock(copy.source, "source of a block copy")
            try validateBlock(copy.destination, "destination of a block copy")
        }
        for bias in frame.biases {
            guard (0..<limits.vocabularyCount).contains(Int(bias.tokenID)), bias.value.isFinite else {
                throw .malformed(
                    "bias of \(bias.value) on token id \(bias.tokenID): it must be finite, "
                        + "and ids are 0 to \(limits.vocabularyCount - 1)")
            }
        }
    }

    /// What the frame format carries and this build does not do yet.
    private func validateSupport(_ group: StepFrame.RowGroup, in frame: StepFrame) throws(FailureReport) {
        guard group.draftTokenIDs.isEmpty else {
            throw .unsupported(
                "slot \(group.slot) carries \(group.draftTokenIDs.count) draft tokens; "
                    + "this build verifies no drafts"
            )
        }
        if let index = group.installation, frame.installations.indices.contains(index) {
            let adapterID = frame.installations[index].adapterID
            guard adapterID < 0 else {
                throw .unsupported(
                    "slot \(group.slot) asks for adapter \(adapterID); this build has no adapters")
            }
        }
    }

    private mutating func validateGroup(_ group: StepFrame.RowGroup, in frame: StepFrame)
        throws(FailureReport)
    {
        try validateSlot(group.slot, "slot")
        let slot = Int(group.slot)
        let use = uses[slot]
        guard use != .grouped else { throw .malformed("slot \(slot) has two row groups in one step") }
        uses[slot] = .grouped
        try validateRange(group.tokenIDs, frame.tokenIDs.count, "token ids of slot \(slot)")
        try validateRange(group.appendedBlocks, frame.blocks.count, "appended blocks of slot \(slot)")
        try validateRange(group.blockCopies, frame.blockCopies.count, "block copies of slot \(slot)")
        guard !group.tokenIDs.isEmpty else { throw .malformed("slot \(slot) has a row group without rows") }
        try validateAnswers(of: group)
        let start = Int(group.startPosition)
        let end = start + group.tokenIDs.count
        guard start >= 0, end <= limits.maxSequenceLength else {
            throw .malformed(
                "slot \(slot) has positions \(start) to \(end - 1), "
                    + "allowed are 0 to \(limits.maxSequenceLength - 1)"
            )
        }
        if let index = group.installation {
            try validateInstallation(index, of: group, in: frame)
        } else {
            guard use == .none, sequences[slot].isInstalled else {
                throw .malformed("slot \(slot) holds no sequence, and its row group installs none")
            }
            try validateContinuation(of: group, in: frame)
        }
    }

    /// What a group asks for must fit together.
    private func validateAnswers(of group: StepFrame.RowGroup) throws(FailureReport) {
        let slot = group.slot
        guard group.topLogProbabilityCount <= UInt16(StepLimits.topLogProbabilityCountMax) else {
            throw .malformed(
                "slot \(slot) asks for \(group.topLogProbabilityCount) log-probabilities per row, "
                    + "allowed are 0 to \(StepLimits.topLogProbabilityCountMax)")
        }
        guard group.continuationCount <= UInt16(StepLimits.continuationCountMax) else {
            throw .malformed(
                "slot \(slot) asks for \(group.continuationCount) continuations, "
                    + "allowed are 0 to \(StepLimits.continuationCountMax)")
        }
        guard !group.wantsToken || group.logitsRows != .none else {
            throw .malformed("slot \(slot) wants a token and no logits")
        }
        guard group.continuationCount == 0 || group.logitsRows != .none && !group.wantsToken else {
            throw .malformed("slot \(slot) wants continuations and a token, or continuations and no logits")
        }
    }

    private func validateContinuation(
        of group: StepFrame.RowGroup, in frame: StepFrame
    ) throws(FailureReport) {
        let slot = Int(group.slot)
        let sequence = sequences[slot]
        let start = Int(group.startPosition)
        guard start == sequence.nextPosition else {
            throw .malformed(
                "slot \(slot) continues at position \(start), expected is \(sequence.nextPosition)")
        }
        try validateKnownTokens(sequence.tokenIDs[...], of: group, in: frame)
        try validateBlockCount(sequence.blocks.count + group.appendedBlocks.count, of: group)
    }

    private func validateInstallation(
        _ index: Int, of group: StepFrame.RowGroup, in frame: StepFrame
    ) throws(FailureReport) {
        let slot = group.slot
        guard frame.installations.indices.contains(index) else {
            throw .malformed(
                "slot \(slot) names installation \(index), the frame has \(frame.installations.count)")
        }
        let installation = frame.installations[index]
        try validateRange(installation.allTokenIDs, frame.tokenIDs.count, "all token ids of slot \(slot)")
        try validateRange(installation.endOfTextIDs, frame.tokenIDs.count, "end-of-text ids of slot \(slot)")
        try validateRange(installation.bannedTokenIDs, frame.tokenIDs.count, "banned ids of slot \(slot)")
        try validateBannedSequences(installation, slot: slot, in: frame)
        try validateRange(installation.biases, frame.biases.count, "biases of slot \(slot)")
        let count = max(installation.bannedTokenIDs.count, installation.biases.count)
        guard count <= StepLimits.bannedTokenCountMax else {
            throw .malformed(
                "slot \(slot) has \(count) bans or biases, allowed are \(StepLimits.bannedTokenCountMax)")
        }
        let tokenCount = installation.allTokenIDs.count
        guard tokenCount <= limits.maxSequenceLength else {
            throw .malformed(
                "slot \(slot) installs \(tokenCount) tokens, allowed are \(limits.maxSequenceLength)")
        }
        guard Int(group.startPosition) + group.tokenIDs.count <= tokenCount else {
            throw .malformed(
                "slot \(slot) has rows up to position "
                    + "\(Int(group.startPosition) + group.tokenIDs.count - 1), "
                    + "and installs \(tokenCount) tokens"
            )
        }
        guard (0...tokenCount).contains(Int(installation.promptTokenCount)) else {
            throw .malformed(
                "slot \(slot) has a prompt of \(installation.promptTokenCount) among \(tokenCount) tokens")
        }
        try validateKnownTokens(frame.tokenIDs[installation.allTokenIDs], of: group, in: frame)
        try validateBlockCount(group.appendedBlocks.count, of: group)
        try installation.parameters.validate(slot: slot)
    }

    private func validateBannedSequences(
        _ installation: StepFrame.Installation, slot: Int32, in frame: StepFrame
    ) throws(FailureReport) {
        try validateRange(
            installation.bannedSequences, frame.bannedSequences.count, "banned sequences of slot \(slot)")
        var count = 0
        for sequence in frame.bannedSequences[installation.bannedSequences] {
            try validateRange(sequence, frame.tokenIDs.count, "ids of a banned sequence of slot \(slot)")
            guard sequence.count >= 2 else {
                throw .malformed(
                    "slot \(slot) has a banned sequence of \(sequence.count) ids, allowed are 2 or more")
            }
            count += sequence.count
        }
        guard count <= StepLimits.bannedTokenCountMax else {
            throw .malformed(
                "slot \(slot) has \(count) ids in banned sequences, "
                    + "allowed are \(StepLimits.bannedTokenCountMax)")
        }
    }

    /// Rows at positions whose tokens are known must carry those tokens; rows beyond must follow without a
    /// gap.
    private func validateKnownTokens(
        _ known: ArraySlice<Int32>, of group: StepFrame.RowGroup, in frame: StepFrame
    ) throws(FailureReport) {
        let start = Int(group.startPosition)
        guard start <= known.count else {
            throw .malformed(
                "slot \(group.slot) starts at position \(start), \(known.count) tokens are known")
        }
        for (offset, id) in frame.tokenIDs[group.tokenIDs].enumerated() where start + offset < known.count {
            let expected = known[known.startIndex + start + offset]
            guard id == expected else {
                throw .malformed(
                    "slot \(group.slot) has token id \(id) at position \(start + offset), "
                        + "the sequence has \(expected)"
                )
            }
        }
    }

    private func validateBlockCount(
        _ blockCount: Int, of group: StepFrame.RowGroup
    ) throws(FailureReport) {
        let end = Int(group.startPosition) + group.tokenIDs.count
        let needed = (end + StepLimits.blockPositionCount - 1) / StepLimits.blockPositionCount
        guard (needed...limits.blockCountPerSequence).contains(blockCount) else {
            throw .malformed(
                "slot \(group.slot) has \(blockCount) blocks for \(end) positions, allowed are "
                    + "\(needed) to \(limits.blockCountPerSequence)")
        }
    }

    private func validateSlot(_ slot: Int32, _ what: String) throws(FailureReport) {
        guard (0..<limits.slotCount).contains(Int(slot)) else {
            throw .malformed("\(what) is \(slot), allowed are 0 to \(limits.slotCount - 1)")
        }
    }

    private func validateBlock(_ block: Int32, _ what: String) throws(FailureReport) {
        guard (0..<limits.blockCount).contains(Int(block)) else {
            throw .malformed("\(what) is \(block), allowed are 0 to \(limits.blockCount - 1)")
        }
    }

    private func validateRange(
        _ range: Range<Int>, _ count: Int, _ what: @autoclosure () -> String
    ) throws(FailureReport) {
        guard range.lowerBound >= 0, range.upperBound <= count else {
            throw .malformed("\(what()) are \(range) of \(count) stored")
        }
    }
}

extension SamplingParameters {
    /// Refuses what no processor is defined for.
    fileprivate func validate(slot: Int32) throws(FailureReport) {
        func check(
            _ name: StaticString, _ value: Double, _ isLegal: Bool, _ allowed: StaticString
        ) throws(FailureReport) {
            guard isLegal else {
                throw .malformed("\(name) of slot \(slot) is \(value), allowed are \(allowed)")
            }
        }
        try check("temperature", Double(temperature), temperature >= 0 && temperature.isFinite, "0 or more")
        try check("top_p", Double(topP), topP > 0 && topP <= 1, "above 0 and up to 1")
        try check("min_p", Double(minP), minP >= 0 && minP <= 1, "0 to 1")
        try check("typical_p", Double(typicalP), typicalP > 0 && typicalP <= 1, "above 0 and up to 1")
        try check(
            "repetition_penalty", Double(repetitionPenalty),
            repetitionPenalty > 0 && repetitionPenalty.isFinite, "numbers above 0")
        try check("presence_penalty", Double(presencePenalty), presencePenalty.isFinite, "finite numbers")
        try check("frequency_penalty", Double(frequencyPenalty), frequencyPenalty.isFinite, "finite numbers")
        try check("top_k", Double(topK), topK >= 0, "0 or more")
        try check("no_repeat_ngram_size", Double(noRepeatNGramSize), noRepeatNGramSize >= 0, "0 or more")
        try check("min_new_tokens", Double(minNewTokenCount), minNewTokenCount >= 0, "0 or more")
    }
}

extension FailureReport {
    static func malformed(_ message: String) -> FailureReport {
        FailureReport(code: .malformedFrame, message: message)
    }

    static func unsupported(_ message: String) -> FailureReport {
        FailureReport(code: .unsupported, message: message)
    }
}
