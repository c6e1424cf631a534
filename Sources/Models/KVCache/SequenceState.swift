package import WorkerMessages

/// What a worker remembers of the sequence in one slot: soft state, installed in full by the sequence's first
/// step.
///
/// empty -> installed -> empty. Arrays keep their memory from sequence to sequence.
package struct SequenceState {
    /// Whether a sequence is installed.
    package var isInstalled = false
    /// Prompt and answer, as far as they are known here.
    package var tokenIDs: [Int32] = []
    /// How many of `tokenIDs` are the prompt.
    package var promptTokenCount = 0
    /// How tokens are drawn.
    package var parameters = SamplingParameters()
    /// Which of a request's answers this is.
    package var choiceIndex: Int32 = 0
    /// Ids banned while the minimum length is not reached.
    package var endOfTextIDs: [Int32] = []
    /// Ids that are never drawn.
    package var bannedTokenIDs: [Int32] = []
    /// Ids of which the last is never drawn after the others: one list after the other, each two ids or more.
    package var bannedSequenceIDs: [Int32] = []
    /// Where each of those lists ends.
    package var bannedSequenceEnds: [Int] = []
    /// Additions to logits.
    package var biases: [StepFrame.Bias] = []
    /// KV blocks in order of positions.
    package var blocks: [Int32] = []
    /// The first position whose keys and values are not stored yet.
    package var nextPosition = 0

    /// An empty slot.
    package init() {}

    mutating func reserve(tokenCount: Int, blockCount: Int) {
        tokenIDs.reserveCapacity(tokenCount)
        blocks.reserveCapacity(blockCount)
    }

    mutating func release() {
        isInstalled = false
        tokenIDs.removeAll(keepingCapacity: true)
        promptTokenCount = 0
        endOfTextIDs.removeAll(keepingCapacity: true)
        bannedTokenIDs.removeAll(keepingCapacity: true)
        bannedSequenceIDs.removeAll(keepingCapacity: true)
        bannedSequenceEnds.removeAll(keepingCapacity: true)
        biases.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        nextPosition = 0
    }

    mutating func install(_ installation: StepFrame.Installation, startPosition: Int, from frame: StepFrame) {
        release()
        isInstalled = true
        tokenIDs.append(contentsOf: frame.tokenIDs[installation.allTokenIDs])
        promptTokenCount = Int(installation.promptTokenCount)
        parameters = installation.parameters
        choiceIndex = installation.choiceIndex
        endOfTextIDs.append(contentsOf: frame.tokenIDs[installation.endOfTextIDs])
        bannedTokenIDs.append(contentsOf: frame.tokenIDs[installation.bannedTokenIDs])
        for sequence in frame.bannedSequences[installation.bannedSequences] {
            bannedSequenceIDs.append(contentsOf: frame.tokenIDs[sequence])
            bannedSequenceEnds.append(bannedSequenceIDs.count)
        }
        biases.append(contentsOf: frame.biases[installation.biases])
        nextPosition = startPosition
    }

    /// Takes over a validated group's rows and blocks.
    mutating func advance(_ group: StepFrame.RowGroup, from frame: StepFrame) {
        blocks.append(contentsOf: frame.blocks[group.appendedBlocks])
        let end = Int(group.startPosition) + group.tokenIDs.count
        if end > tokenIDs.count {
            tokenIDs.append(contentsOf: frame.tokenIDs[group.tokenIDs].suffix(end - tokenIDs.count))
        }
        nextPosition = end
    }
}
