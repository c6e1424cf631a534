import WorkerMessages

/// Beam searches: their hypotheses are sequences in slots of their own that share the blocks of what they have in
/// common, go on together, and enter and leave slots as one.
extension Scheduler {
    /// Slots that a sequence takes.
    static func slotCount(of sequence: QueuedSequence) -> Int {
        sequence.request.parameters.beams?.width ?? 1
    }

    /// Why this reader can never compute a sequence; nil if it can. To be asked before `admit`.
    package func refusal(of sequence: QueuedSequence) -> ServingError? {
        guard let width = sequence.request.parameters.beams?.width else { return nil }
        func tooWide(_ allowed: String) -> ServingError {
            .invalidParameter(name: "beam_width", value: "\(width)", allowed: allowed)
        }
        guard width <= limits.maxBatchSize else {
            return tooWide("at most the reader's max_batch_size (\(limits.maxBatchSize))")
        }
        let length = sequence.request.promptIDs.count + sequence.newTokenCountMax
        let blockCount = SchedulerLimits.blockCount(positionCount: length)
        guard width * blockCount <= limits.blockCount else {
            return tooWide(
                "at most \(limits.blockCount / blockCount), as the reader has \(limits.blockCount) KV blocks and "
                    + "\(length) tokens need \(blockCount)")
        }
        return nil
    }

    /// Puts a beam search into slots: where it has come to, or at its beginning.
    mutating func placeBeam(_ waiting: WaitingSequence, _ parameters: BeamParameters) {
        let request = waiting.sequence.request
        let search =
            waiting.sequence.beamSearch
            ?? BeamSearch(
                parameters, endIDs: request.parameters.endingIDs,
                newTokenCountMax: waiting.sequence.newTokenCountMax)
        var group = BeamGroup(search: search, members: [], spareSlots: [])
        group.spareSlots = Array(freeSlots.suffix(parameters.width))
        freeSlots.removeLast(parameters.width)
        for hypothesis in search.open {
            let slot = group.spareSlots.removeLast()
            var member = waiting
            member.sequence.beamSearch = nil
            member.sequence.generatedIDs = hypothesis.tokens.map(\.id)
            slots[Int(slot)] = ScheduledSequence(member, slot: slot)
            occupiedSlots.append(slot)
            group.members.append(slot)
        }
        beams[request.id] = group
    }

    /// Blocks that the sequence in a slot, or all hypotheses of its beam, need for their next tokens.
    func missingBlockCount(ofAllWith slot: Int32) -> Int {
        guard !beams.isEmpty, let id = slots[Int(slot)]?.sequence.request.id, let group = beams[id] else {
            return slots[Int(slot)]?.missingBlockCount ?? 0
        }
        return group.members.reduce(0) { $0 + (slots[Int($1)]?.missingBlockCount ?? 0) }
    }

    /// A sequence as another reader, or a later turn of this one, can go on with it.
    func portable(_ scheduled: ScheduledSequence) -> QueuedSequence {
        var sequence = scheduled.sequence
        sequence.beamSearch = beams[sequence.request.id]?.search
        return sequence
    }

    /// Takes in what continues the hypothesis in a slot; with the last one of a beam the search goes on.
    mutating func takeContinuations(
        _ answer: StepResult.Group, of result: StepResult, into actions: inout [SchedulerAction]
    ) {
        guard let id = slots[Int(answer.slot)]?.sequence.request.id, beams[id] != nil else { return }
        beams[id]?.continuations[answer.slot] = Array(result.continuations[answer.continuations])
        guard var group = beams[id], group.isComplete else { return }
        let lists = group.members.map { (group.continuations[$0] ?? [])[...] }
        group.continuations = [:]
        group.search.advance(lists)
        if group.search.isOver {
            finish(group, stepNumber: result.stepNumber, into: &actions)
        } else {
            regroup(&group)
            beams[id] = group
        }
    }

    private mutating func finish(
        _ group: BeamGroup, stepNumber: UInt64, into actions: inout [SchedulerAction]
    ) {
        guard let handle = slots[Int(group.members[0])]?.sequence.handle else { return }
        let answers = Array(group.search.finished.prefix(group.search.parameters.answerCount))
        if let best = answers.first {
            actions.append(.hypotheses(handle, answers))
            let count = best.tokens.count - (best.endsByID ? 1 : 0)
            actions.append(
                .finish(handle, best.endsByID ? .endOfText : .length, generatedTokenCount: count))
        } else {
            actions.append(.fail(handle, .allTokensBanned(stepNumber: stepNumber)))
        }
        release(group.members[0])
    }

    /// Brings the open hypotheses into slots: the first that continues another one stays in its slot, further ones
    /// fork, and slots whose hypothesis nobody continues are spare.
    private mutating func regroup(_ group: inout BeamGroup) {
        let old = group.members
        let open = group.search.open
        let place = occupiedSlots.firstIndex { old.contains($0) } ?? occupiedSlots.endIndex
        let parents = Set(open.map(\.parent))
        for (index, slot) in old.enumerated() where !parents.contains(index) {
            vacate(slot)
            group.spareSlots.append(slot)
        }
        var hasHeir = Set<Int>()
        group.members = []
        for hypothesis in open {
            let parent = old[hypothesis.parent]
            guard !hasHeir.insert(hypothesis.parent).inserted else {
                group.members.append(parent)
                continue
            }
            let slot = group.spareSlots.removeLast()
            fork(parent, to: slot)
            group.members.append(slot)
        }
        // All forks come first: they begin with what their parents have had so far.
        for (slot, hypothesis) in zip(group.members, open) {
            slots[Int(slot)]?.sequence.generatedIDs = hypothesis.tokens.map(\.id)
            slots[Int(slot)]?.sequence.barrenDeathCount = 0
        }
        occupiedSlots.removeAll { old.contains($0) }
        occupiedSlots.insert(contentsOf: group.members, at: place)
    }

    /// Puts a copy of a sequence into a slot: it shares the full blocks, and copies the last one when it is planned.
    private mutating func fork(_ parent: Int32, to slot: Int32) {
        guard let scheduled = slots[Int(parent)] else { preconditionFailure("slot \(parent) is free") }
        let copy = scheduled.forked(to: slot)
        for block in copy.blocks { ledger.retain(block) }
        if let source = copy.forkSource { ledger.retain(source) }
        slots[Int(slot)] = copy
    }
}
