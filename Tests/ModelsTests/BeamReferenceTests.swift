import Foundation
import Models
import Serving
import TestSupport
import Testing
import WorkerMessages

/// Beam search with the executor's continuations, against transformers' `generate`; see
/// ServingTests/Fixtures/make_beam_cases.py.
@Suite struct BeamReferenceTests {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Case: Decodable, CustomStringConvertible, Sendable {
        struct Answer: Decodable, Sendable {
            let tokens: [Int32]
            let score: Float
        }

        let model: String
        let prompt_ids: [Int32]
        let beams: Int
        let answers: Int
        let length_penalty: Float
        let early_stopping: String
        let max_new_tokens: Int
        let min_new_tokens: Int32
        let repetition_penalty: Float
        let no_repeat_ngram_size: Int32
        let bad_words: [[Int32]]
        let ends: [Int32]
        let expected: [Answer]

        var description: String { "\(model), \(beams) beams, \(early_stopping), \(length_penalty)" }
    }

    private struct File: Decodable {
        let cases: [Case]
    }

    static let cases: [Case] = {
        let file = SharedFolder.packageRoot.appending(path: "Tests/ServingTests/Fixtures/beams.json")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return (try? JSONDecoder().decode(File.self, from: data))?.cases ?? []
    }()

    /// A sequence with the processors of a case.
    private static func sequence(
        _ example: Case, slot: Int, tokens: [Int32], limits: StepLimits
    ) -> ForwardSequence {
        var sequence = ForwardSequence(slot: Int32(slot), prompt: example.prompt_ids, limits: limits)
        sequence.tokenIDs += tokens
        sequence.parameters.repetitionPenalty = example.repetition_penalty
        sequence.parameters.noRepeatNGramSize = example.no_repeat_ngram_size
        sequence.parameters.minNewTokenCount = example.min_new_tokens
        sequence.endOfTextIDs = example.ends
        sequence.bannedTokenIDs = example.bad_words.filter { $0.count == 1 }.map { $0[0] }
        sequence.bannedSequences = example.bad_words.filter { $0.count > 1 }
        return sequence
    }

    @Test("the fixture is there")
    func fixture() {
        #expect(Self.cases.count == 15)
    }

    /// Tolerance of scores: f32 logits whose sums have another order than torch's.
    @Test("tokens and scores are transformers'", arguments: cases)
    func reference(example: Case) throws {
        let reader = try ForwardReader(
            SharedFolder.packageRoot.appending(path: example.model),
            layout: ForwardLayout(rankCount: example.beams % 2 + 1), slotCount: example.beams,
            rowCountMax: 512,
            maxSequenceLength: 96)
        var search = BeamSearch(
            BeamParameters(
                width: example.beams, lengthPenalty: example.length_penalty,
                earlyStopping: try #require(EarlyStopping(rawValue: example.early_stopping)),
                answerCount: example.answers),
            endIDs: example.ends, newTokenCountMax: example.max_new_tokens)
        var frame = StepFrame()
        while !search.isOver {
            frame.removeAll()
            frame.stepNumber += 1
            for (slot, hypothesis) in search.open.enumerated() {
                var sequence = Self.sequence(
                    example, slot: slot, tokens: hypothesis.tokens.map(\.id), limits: reader.limits)
                sequence.append(to: &frame, continuationCount: UInt16(search.continuationCount))
            }
            let result = try reader.step(frame)
            search.advance(result.groups.map { result.continuations[$0.continuations] })
        }
        let found = search.finished.prefix(example.answers)
        #expect(found.map { $0.tokens.map(\.id) } == example.expected.map(\.tokens))
        for (answer, expected) in zip(found, example.expected) {
            #expect(abs(answer.score - expected.score) <= 1e-4 * max(1, abs(expected.score)))
        }
    }

    @Test("continuations are the same bits in every layout, and a banned row fails its sequence")
    func layouts() throws {
        let directory = ForwardReference.fixtures.appending(path: "tiny-llama")
        var first: [StepResult.Candidate] = []
        for layout in [
            ForwardLayout(), ForwardLayout(rankCount: 3, transport: .unix), ForwardLayout(rankCount: 4),
        ] {
            let reader = try ForwardReader(directory, layout: layout)
            var sequence = ForwardSequence(slot: 0, prompt: [5, 6, 7], limits: reader.limits)
            sequence.parameters.repetitionPenalty = 1.2
            var banned = ForwardSequence(slot: 1, prompt: [5, 6, 7], limits: reader.limits)
            banned.bannedTokenIDs = (0..<Int32(reader.limits.vocabularyCount)).map { $0 }
            var frame = StepFrame()
            frame.stepNumber = 1
            sequence.append(to: &frame, continuationCount: 40)
            banned.append(to: &frame, continuationCount: 4)
            let result = try reader.step(frame)
            #expect(result.groups.map(\.outcome) == [.ok, .allBanned])
            #expect(result.groups.map(\.token) == [-1, -1])
            #expect(result.continuations.count == 40)
            #expect(first.isEmpty || first == result.continuations, "\(layout)")
            first = result.continuations
        }
    }
}
