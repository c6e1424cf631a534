import Foundation
import Models
import Testing
import WorkerMessages

/// Frames that a worker refuses as a whole, with every slot left as it was.
@Suite struct ForwardRefusalTests {
    /// A change to a legal second step of a sequence, and the refusal it must bring.
    struct Wrong: CustomStringConvertible, Sendable {
        let description: String
        var code = FailureReport.Code.malformedFrame
        let change: @Sendable (inout StepFrame) -> Void

        init(
            _ description: String, _ code: FailureReport.Code = .malformedFrame,
            change: @escaping @Sendable (inout StepFrame) -> Void
        ) {
            self.description = description
            self.code = code
            self.change = change
        }
    }

    /// Adds a row group with an installation to the frame, in slot 1.
    private static func install(
        _ frame: inout StepFrame, tokens: [Int32] = [1, 2, 3], blocks: [Int32] = [4],
        _ change: (inout StepFrame.RowGroup, inout StepFrame.Installation) -> Void = { _, _ in }
    ) {
        var group = StepFrame.RowGroup(slot: 1, startPosition: 0, tokenIDs: frame.store(tokenIDs: tokens))
        group.appendedBlocks = frame.store(blocks: blocks)
        group.installation = frame.installations.count
        var installation = StepFrame.Installation(
            allTokenIDs: frame.store(tokenIDs: tokens), promptTokenCount: Int32(tokens.count),
            parameters: SamplingParameters())
        change(&group, &installation)
        frame.rowGroups.append(group)
        frame.installations.append(installation)
    }

    static let wrongs: [Wrong] = [
        Wrong("step number is 3, expected is 2") { $0.stepNumber = 3 },
        Wrong("released slot is 4, allowed are 0 to 3") { $0.releasedSlots = [4] },
        Wrong("released slot is -1, allowed are 0 to 3") { $0.releasedSlots = [-1] },
        Wrong("slot is 4, allowed are 0 to 3") { $0.rowGroups[0].slot = 4 },
        Wrong("slot 1 holds no sequence, and its row group installs none") { $0.rowGroups[0].slot = 1 },
        Wrong("slot 0 holds no sequence, and its row group installs none") { $0.releasedSlots = [0] },
        Wrong("slot 0 has two row groups in one step") { $0.rowGroups.append($0.rowGroups[0]) },
        Wrong("slot 0 has a row group without rows") { $0.rowGroups[0].tokenIDs = 0..<0 },
        Wrong("slot 0 continues at position 9, expected is 8") { $0.rowGroups[0].startPosition = 9 },
        Wrong("slot 0 continues at position 0, expected is 8") { $0.rowGroups[0].startPosition = 0 },
        Wrong("slot 0 has positions -1 to -1, allowed are 0 to 127") { $0.rowGroups[0].startPosition = -1 },
        Wrong("slot 0 has positions 128 to 128, allowed are 0 to 127") {
            $0.rowGroups[0].startPosition = 128
        },
        Wrong("token id 1013 at index 0 is outside the vocabulary, allowed are 0 to 1012") {
            $0.tokenIDs[0] = 1013
        },
        Wrong("token id -1 at index 0 is outside the vocabulary, allowed are 0 to 1012") {
            $0.tokenIDs[0] = -1
        },
        Wrong("slot 0 wants a token and no logits") { $0.rowGroups[0].logitsRows = .none },
        Wrong("slot 0 asks for 257 log-probabilities per row, allowed are 0 to 256") {
            $0.rowGroups[0].topLogProbabilityCount = 257
        },
        Wrong("slot 0 asks for 257 continuations, allowed are 0 to 256") {
            $0.rowGroups[0].continuationCount = 257
        },
        Wrong("slot 0 wants continuations and a token, or continuations and no logits") {
            $0.rowGroups[0].continuationCount = 4
        },
        Wrong("slot 1 has a banned sequence of 1 ids, allowed are 2 or more") { frame in
            let sequences = frame.store(bannedSequences: [[4, 5], [6]])
            install(&frame) { _, installation in installation.bannedSequences = sequences }
        },
        Wrong("slot 1 has 131073 ids in banned sequences, allowed are 131072") { frame in
            let sequences = frame.store(bannedSequences: [[Int32](repeating: 1, count: 131073)])
            install(&frame) { _, installation in installation.bannedSequences = sequences }
        },
        Wrong("appended block is 16, allowed are 0 to 15") {
            $0.rowGroups[0].appendedBlocks = $0.store(blocks: [16])
        },
        Wrong("slot 0 has 5 blocks for 9 positions, allowed are 1 to 4") {
            $0.rowGroups[0].appendedBlocks = $0.store(blocks: [1, 2, 3, 4])
        },
        Wrong("slot 1 has 0 blocks for 3 positions, allowed are 1 to 4") { install(&$0, blocks: []) },
        Wrong("source of a block copy is 16, allowed are 0 to 15") {
            $0.blockCopies = [StepFrame.BlockCopy(source: 16, destination: 0)]
        },
        Wrong("destination of a block copy is -1, allowed are 0 to 15") {
            $0.blockCopies = [StepFrame.BlockCopy(source: 0, destination: -1)]
        },
        Wrong("step has 65 rows, allowed are at most 64") {
            install(&$0, tokens: [Int32](repeating: 1, count: 64), blocks: [4, 5])
        },
        Wrong("slot 1 has token id 9 at position 1, the sequence has 2") { frame in
            let other = frame.store(tokenIDs: [1, 9, 3])
            install(&frame) { group, _ in group.tokenIDs = other }
        },
        Wrong("slot 1 has rows up to position 3, and installs 3 tokens") { frame in
            let other = frame.store(tokenIDs: [1, 2, 3, 4])
            install(&frame) { group, _ in group.tokenIDs = other }
        },
        Wrong("slot 1 has a prompt of 4 among 3 tokens") { frame in
            install(&frame) { _, installation in installation.promptTokenCount = 4 }
        },
        Wrong("slot 1 names installation 7, the frame has 1") { frame in
            install(&frame) { group, _ in group.installation = 7 }
        },
        Wrong("temperature of slot 1 is -1.0, allowed are 0 or more") { frame in
            install(&frame) { _, installation in installation.parameters.temperature = -1 }
        },
        Wrong("top_p of slot 1 is 0.0, allowed are above 0 and up to 1") { frame in
            install(&frame) { _, installation in installation.parameters.topP = 0 }
        },
        Wrong("repetition_penalty of slot 1 is 0.0, allowed are numbers above 0") { frame in
            install(&frame) { _, installation in installation.parameters.repetitionPenalty = 0 }
        },
        Wrong("bias of inf on token id 3: it must be finite, and ids are 0 to 1012") {
            $0.biases = [StepFrame.Bias(tokenID: 3, value: .infinity)]
        },
        Wrong("slot 0 carries 2 draft tokens; this build verifies no drafts", .unsupported) {
            $0.rowGroups[0].draftTokenIDs = $0.store(tokenIDs: [1, 2])
        },
        Wrong("slot 1 asks for adapter 2; this build has no adapters", .unsupported) { frame in
            install(&frame) { _, installation in installation.adapterID = 2 }
        },
    ]

    private static let directory = ForwardReference.fixtures.appending(path: "tiny-llama")
    private static let prompt: [Int32] = [5, 900, 3, 77, 12, 450, 8, 61]

    /// Two steps of a sequence; `between` may send others in between, starting with the given number.
    private static func secondStep(
        layout: ForwardLayout = ForwardLayout(),
        between: (ForwardReader, inout StepFrame) throws -> Void
    ) throws -> StepResult {
        let reader = try ForwardReader(directory, layout: layout)
        var sequence = ForwardSequence(slot: 0, prompt: prompt, limits: reader.limits)
        var frame = StepFrame()
        frame.stepNumber = 1
        sequence.append(to: &frame)
        let token = try reader.step(frame).groups[0].token
        sequence.tokenIDs.append(token)
        frame.removeAll()
        frame.stepNumber = 2
        sequence.append(to: &frame, wantsHashes: true)
        try between(reader, &frame)
        var result = try reader.step(frame)
        result.stepNumber = 0
        result.computeNanoseconds = 0
        result.gatherNanoseconds = 0
        result.sampleNanoseconds = 0
        result.serialNanoseconds = 0
        return result
    }

    @Test("a wrong frame is refused by value and changes nothing", arguments: wrongs)
    func refusals(wrong: Wrong) throws {
        let expected = try ForwardRefusalTests.secondStep { _, _ in }
        let found = try ForwardRefusalTests.secondStep { reader, frame in
            var changed = frame
            wrong.change(&changed)
            let refusal = #expect(throws: FailureReport.self) { try reader.step(changed) }
            #expect(refusal == FailureReport(code: wrong.code, message: wrong.description))
            frame.stepNumber = changed.stepNumber == 2 ? 3 : 2
        }
        #expect(found == expected)
    }

    @Test("every rank refuses a wrong frame alike")
    func ranks() throws {
        let layout = ForwardLayout(rankCount: 3)
        let expected = try ForwardRefusalTests.secondStep(layout: layout) { _, _ in }
        let found = try ForwardRefusalTests.secondStep(layout: layout) { reader, frame in
            var changed = frame
            changed.rowGroups[0].slot = 3
            #expect(throws: FailureReport.self) { try reader.step(changed) }
            frame.stepNumber = 3
        }
        #expect(found == expected)
    }
}
