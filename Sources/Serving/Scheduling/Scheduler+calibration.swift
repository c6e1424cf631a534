package import WorkerMessages

/// A step that is computed only to see how long it takes.
package struct CalibrationStep: Equatable, Sendable {
    /// Rows of one sequence.
    package let rowCount: Int
    /// Positions before them.
    package let depth: Int

    /// Makes a step.
    package init(rowCount: Int, depth: Int) {
        self.rowCount = rowCount
        self.depth = depth
    }
}

/// The calibration of the step cost curve, before the first request: tokens of id 0 in one slot, whose answers nobody
/// reads.
extension Scheduler {
    /// What is measured, cheapest first; the first step only wakes everything up.
    package var calibrationSteps: [CalibrationStep] {
        let longest = min(limits.prefillChunk, limits.maxSequenceLength - 1)
        let rowCounts = [1, 1, 8, 32, longest].filter { $0 <= longest }
        var steps = rowCounts.enumerated().filter { $0 < 2 || rowCounts[$0 - 1] < $1 }.map {
            CalibrationStep(rowCount: $0.element, depth: 0)
        }
        let depth = min(1024, limits.maxSequenceLength - 8)
        if depth >= 128 && longest >= 8 { steps.append(CalibrationStep(rowCount: 8, depth: depth)) }
        return steps
    }

    /// Writes a step of the calibration into `frame`, which is emptied first. The reader holds no sequence and has
    /// computed none in this life of its workers.
    package mutating func planCalibration(_ step: CalibrationStep, into frame: inout StepFrame) {
        precondition(isIdle && plannedGroups == nil && ledger.idleCount == 0, "the reader has had sequences")
        guard let slot = freeSlots.last else { preconditionFailure("no slot is free") }
        frame.removeAll()
        stepNumber += 1
        frame.stepNumber = stepNumber
        frame.releasedSlots.append(contentsOf: releasedSlots)
        let end = step.depth + step.rowCount
        let tokenIDs = frame.store(tokenIDs: Array(repeating: 0, count: end))
        var group = StepFrame.RowGroup(
            slot: slot, startPosition: Int32(step.depth), tokenIDs: tokenIDs.suffix(step.rowCount))
        // As many blocks as the rows touch, again and again: no row writes what another one writes.
        let writtenCount = min(
            limits.blockCount, SchedulerLimits.blockCount(positionCount: step.rowCount) + 1)
        let neededCount = SchedulerLimits.blockCount(positionCount: end)
        group.appendedBlocks = frame.store(blocks: (0..<neededCount).map { Int32($0 % writtenCount) })
        group.logitsRows = .last
        group.wantsToken = true
        group.installation = 0
        frame.installations.append(
            StepFrame.Installation(
                allTokenIDs: tokenIDs, promptTokenCount: Int32(end), parameters: SamplingParameters()))
        frame.rowGroups.append(group)
        releasedSlots = [slot]
    }

    /// Takes in how long a step of the calibration has taken.
    package mutating func noteCalibration(_ step: CalibrationStep, isFirst: Bool, duration: Duration) {
        let seconds = duration / .seconds(1)
        if isFirst { return }
        if step.depth == 0 { return costs.calibrate(rowCount: step.rowCount, seconds: seconds) }
        let shallow = costs.seconds(rowCount: step.rowCount, readCount: 0)
        costs.calibrateAttention(rowCount: step.rowCount, depth: step.depth, seconds: seconds - shallow)
    }
}
