import Models
import WorkerMessages

/// A sequence as a controller sees it: its tokens, its blocks, and how far the worker has come with it.
struct ForwardSequence {
    let slot: Int32
    var tokenIDs: [Int32]
    let promptTokenCount: Int
    var parameters = SamplingParameters()
    var choiceIndex: Int32 = 0
    var endOfTextIDs: [Int32] = []
    var bannedTokenIDs: [Int32] = []
    var bannedSequences: [[Int32]] = []
    var biases: [StepFrame.Bias] = []
    /// Block numbers that this sequence may use, in order.
    let reservedBlocks: [Int32]
    private(set) var blockCount = 0
    private(set) var position = 0
    private(set) var isInstalled = false

    init(slot: Int32, prompt: [Int32], limits: StepLimits) {
        self.slot = slot
        tokenIDs = prompt
        promptTokenCount = prompt.count
        let perSequence = Int32((limits.maxSequenceLength + 31) / 32)
        reservedBlocks = (0..<perSequence).map { slot * perSequence + $0 }
    }

    /// How many known tokens are not computed yet.
    var pendingCount: Int { tokenIDs.count - position }

    /// Adds this sequence's next rows to a frame.
    mutating func append(
        to frame: inout StepFrame, rowCount: Int? = nil, logitsRows: StepFrame.LogitsRows = .last,
        wantsToken: Bool? = nil, wantsHashes: Bool = false, topLogProbabilityCount: UInt16 = 0,
        wantsLogProbabilities: Bool = false, continuationCount: UInt16 = 0
    ) {
        let count = min(rowCount ?? pendingCount, pendingCount)
        let isLast = count == pendingCount
        var group = StepFrame.RowGroup(
            slot: slot, startPosition: Int32(position),
            tokenIDs: frame.store(tokenIDs: tokenIDs[position..<position + count]))
        let needed = (position + count + 31) / 32
        group.appendedBlocks = frame.store(blocks: reservedBlocks[blockCount..<needed])
        group.logitsRows = isLast || logitsRows == .all ? logitsRows : .none
        group.wantsToken = wantsToken ?? (isLast && continuationCount == 0)
        group.wantsHashes = wantsHashes
        group.topLogProbabilityCount = topLogProbabilityCount
        group.wantsLogProbabilities = wantsLogProbabilities
        if isLast { group.continuationCount = continuationCount }
        if !isInstalled {
            var installation = StepFrame.Installation(
                allTokenIDs: frame.store(tokenIDs: tokenIDs), promptTokenCount: Int32(promptTokenCount),
                parameters: parameters)
            installation.choiceIndex = choiceIndex
            installation.endOfTextIDs = frame.store(tokenIDs: endOfTextIDs)
            installation.bannedTokenIDs = frame.store(tokenIDs: bannedTokenIDs)
            installation.bannedSequences = frame.store(bannedSequences: bannedSequences)
            installation.biases = frame.biases.count..<frame.biases.count + biases.count
            frame.biases += biases
            group.installation = frame.installations.count
            frame.installations.append(installation)
        }
        frame.rowGroups.append(group)
        isInstalled = true
        blockCount = needed
        position += count
    }
}

extension ForwardReader {
    /// Generates tokens for one prompt alone, from step `firstStep` on.
    func generate(
        _ prompt: [Int32], count: Int, slot: Int32 = 0, chunkCount: Int = 16, firstStep: UInt64 = 1,
        configure: (inout ForwardSequence) -> Void = { _ in }
    ) throws -> [Int32] {
        var sequence = ForwardSequence(slot: slot, prompt: prompt, limits: limits)
        configure(&sequence)
        var frame = StepFrame()
        frame.stepNumber = firstStep - 1
        var generated: [Int32] = []
        while generated.count < count {
            frame.removeAll()
            frame.stepNumber += 1
            sequence.append(to: &frame, rowCount: chunkCount)
            let token = try step(frame).groups[0].token
            guard token >= 0 else { continue }
            generated.append(token)
            sequence.tokenIDs.append(token)
        }
        return generated
    }
}
