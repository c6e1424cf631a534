package import WorkerMessages

/// The sequences of a worker, by slot.
///
/// A step frame is first checked as a whole against limits and state, then applied; a refused one changes
/// nothing.
package struct SlotTable {
    /// What frames are checked against.
    package let limits: StepLimits
    /// One state per slot.
    package internal(set) var sequences: [SequenceState]
    /// The number of the last step that was seen, refused ones included.
    package internal(set) var lastStepNumber: UInt64 = 0
    /// Per slot, how the frame that is being checked uses it.
    var uses: [SlotUse]

    /// What a frame does to a slot, noted while it is checked.
    enum SlotUse {
        case none
        case released
        case grouped
    }

    /// Makes empty slots with memory for sequences of the greatest length.
    package init(limits: StepLimits) {
        self.limits = limits
        sequences = [SequenceState](repeating: SequenceState(), count: limits.slotCount)
        uses = [SlotUse](repeating: .none, count: limits.slotCount)
        for slot in sequences.indices {
            sequences[slot].reserve(
                tokenCount: limits.maxSequenceLength, blockCount: limits.blockCountPerSequence)
        }
    }

    /// Counts a frame that could not even be decoded: its sender numbered it.
    package mutating func skipStep() { lastStepNumber += 1 }

    /// Releases, installs and appends as a checked frame says.
    mutating func apply(_ frame: StepFrame) {
        for slot in frame.releasedSlots { sequences[Int(slot)].release() }
        for group in frame.rowGroups {
            let slot = Int(group.slot)
            if let index = group.installation {
                sequences[slot].install(
                    frame.installations[index], startPosition: Int(group.startPosition), from: frame)
            }
            sequences[slot].advance(group, from: frame)
        }
    }
}

extension StepLimits {
    /// Positions in one KV block.
    package static let blockPositionCount = 32

    /// KV blocks that a sequence of the greatest length has.
    package var blockCountPerSequence: Int {
        (maxSequenceLength + StepLimits.blockPositionCount - 1) / StepLimits.blockPositionCount
    }
}
