package import WorkerMessages

extension Scheduler {
    /// Takes in that all ranks have refused `frame`, the one that is out, and have changed nothing.
    ///
    /// Fails the sequences that the frame would have brought to the workers, since they are what is new in
    /// it; if it brings none, all of its sequences. The others are as before the frame and go on with the
    /// next one.
    package mutating func refuse(_ frame: StepFrame, because error: ServingError) -> [SchedulerAction] {
        precondition(
            plannedGroups != nil && frame.stepNumber == stepNumber,
            "step \(frame.stepNumber) is not the step that is out, \(stepNumber)")
        plannedGroups = nil
        for group in frame.rowGroups {
            guard var scheduled = slots[Int(group.slot)] else { continue }
            // No rank has taken the frame's blocks or installations.
            for block in scheduled.blocks.suffix(group.appendedBlocks.count).reversed() {
                ledger.release(block)
            }
            scheduled.blocks.removeLast(group.appendedBlocks.count)
            if group.installation != nil { scheduled.isInstalled = false }
            slots[Int(group.slot)] = scheduled
        }
        let bringsNew = !frame.installations.isEmpty
        var actions: [SchedulerAction] = []
        for group in frame.rowGroups where group.installation != nil || !bringsNew {
            // A beam that has failed has left all of its slots.
            guard let handle = slots[Int(group.slot)]?.sequence.handle else { continue }
            actions.append(.fail(handle, error))
            release(group.slot)
        }
        releasedSlots.insert(contentsOf: frame.releasedSlots, at: 0)
        return actions
    }
}
