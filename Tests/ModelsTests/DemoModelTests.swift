import Foundation
import Models
import TestSupport
import Testing
import WorkerMessages

@Suite("The trained models of this repository")
struct DemoModelTests {
    @Test("logits behind every prompt are transformers' within 1e-4", arguments: DemoModel.allCases)
    func logits(model: DemoModel) throws {
        let cases = try model.cases()
        #expect(cases.count >= 10)
        for example in cases {
            let reader = try ForwardReader(model.directory, rowCountMax: 256, maxSequenceLength: 512)
            var sequence = ForwardSequence(slot: 0, prompt: example.promptIDs, limits: reader.limits)
            var frame = StepFrame()
            frame.stepNumber = 1
            sequence.append(to: &frame, logitsRows: .last, wantsHashes: true)
            let row = try #require(try reader.rawLogits(frame).rows.first)
            let scale = row.map(abs).max() ?? 0
            for (id, expected) in zip(example.topIDs, example.topLogits) {
                #expect(abs(row[id] - expected) <= 1e-4 * scale, "id \(id) behind \(example.prompt)")
            }
            #expect(row.indices.max { row[$0] < row[$1] } == example.topIDs.first, "\(example.prompt)")
        }
    }

    @Test(
        "greedy ids are transformers', and the same split two ways and over sockets",
        arguments: DemoModel.allCases,
        [ForwardLayout(), ForwardLayout(rankCount: 2), ForwardLayout(rankCount: 3, transport: .unix)])
    func greedy(model: DemoModel, layout: ForwardLayout) throws {
        for example in try model.cases() {
            let reader = try ForwardReader(model.directory, layout: layout, maxSequenceLength: 512)
            let tokens = try reader.generate(example.promptIDs, count: example.generatedIDs.count)
            #expect(tokens == example.generatedIDs, "\(example.prompt)")
        }
    }
}
