import Foundation
import Models
import Testing
import WorkerMessages

/// Log-probabilities of tokens that were known, and of those that were drawn.
@Suite struct ScoringTests {
    private static let directory = ForwardReference.fixtures.appending(path: "tiny-llama")
    private static let layouts = [
        ForwardLayout(), ForwardLayout(rankCount: 2, threadCount: 2),
        ForwardLayout(rankCount: 3, transport: .unix), ForwardLayout(rankCount: 4),
    ]

    /// log_softmax of a row, in f64.
    private static func logProbabilities(_ row: ArraySlice<Float>) -> [Double] {
        let maximum = Double(row.max() ?? 0)
        let total = row.reduce(0) { $0 + exp(Double($1) - maximum) }
        return row.map { Double($0) - maximum - log(total) }
    }

    /// Tolerance: f32 logits whose sums have another order than torch's; the bound.
    @Test(
        "a prompt's log-probabilities are log_softmax of transformers' logits within 1e-4",
        arguments: ForwardReference.tinyNames, [5, 64])
    func prompt(name: String, chunk: Int) throws {
        let directory = ForwardReference.fixtures.appending(path: name)
        let example = try ForwardReference(directory.appending(path: "expected.json")).cases[0]
        let data = try #require(example.logits)
        let expected = unsafe data.withUnsafeBytes { unsafe Array($0.bindMemory(to: Float.self)) }
        let reader = try ForwardReader(directory)
        let width = reader.configuration.vocabularyCount
        var sequence = ForwardSequence(slot: 0, prompt: example.promptIDs, limits: reader.limits)
        var frame = StepFrame()
        var found: [Float] = []
        var best: [StepResult.Candidate] = []
        while sequence.pendingCount > 0 {
            frame.removeAll()
            frame.stepNumber += 1
            sequence.append(
                to: &frame, rowCount: chunk, logitsRows: .all, topLogProbabilityCount: 3,
                wantsLogProbabilities: true)
            let result = try reader.step(frame)
            found += result.logProbabilities[result.groups[0].logProbabilities]
            best += result.candidates[result.groups[0].candidates]
        }
        #expect(found.count == example.promptIDs.count - 1)
        #expect(best.count == 3 * example.promptIDs.count)
        for position in 0..<example.promptIDs.count {
            let row = Self.logProbabilities(expected[position * width..<(position + 1) * width])
            if position < found.count {
                let wanted = row[Int(example.promptIDs[position + 1])]
                #expect(abs(Double(found[position]) - wanted) <= 1e-4, "position \(position)")
            }
            let order = row.indices.sorted { row[$0] > row[$1] }
            for (candidate, id) in zip(best[3 * position..<3 * position + 3], order) {
                #expect(abs(Double(candidate.logProbability) - row[id]) <= 1e-4, "position \(position)")
            }
        }
    }

    @Test("a drawn token has its raw log-probability, whatever decided it", arguments: [0, 1, 2, 3])
    func drawn(kind: Int) throws {
        var first: [StepResult.Group] = []
        for layout in Self.layouts {
            let reader = try ForwardReader(Self.directory, layout: layout)
            var sequence = ForwardSequence(slot: 0, prompt: [11, 22, 33], limits: reader.limits)
            // Far from the best ones, and changed by processors.
            sequence.biases = [StepFrame.Bias(tokenID: 444, value: 30)]
            sequence.parameters.repetitionPenalty = 1.3
            sequence.parameters.temperature = kind == 0 ? 0 : 1.7
            sequence.parameters.topK = [0, 20, 300, 0][kind]
            sequence.parameters.seed = 3
            var frame = StepFrame()
            var groups: [StepResult.Group] = []
            for _ in 0..<4 {
                frame.removeAll()
                frame.stepNumber += 1
                sequence.append(
                    to: &frame, wantsHashes: true, topLogProbabilityCount: 2, wantsLogProbabilities: true)
                let (rows, result) = try reader.rawLogits(frame)
                let group = result.groups[0]
                let row = Self.logProbabilities(rows[0][...])
                #expect(abs(Double(group.tokenLogProbability) - row[Int(group.token)]) < 1e-5)
                #expect(group.logProbabilities.isEmpty && group.candidates.count == 2)
                sequence.tokenIDs.append(group.token)
                groups.append(group)
            }
            #expect(groups[0].token == 444)
            #expect(first.isEmpty || first == groups, "\(layout)")
            first = groups
        }
    }

    @Test("rows without a wish for log-probabilities have none")
    func unasked() throws {
        let reader = try ForwardReader(Self.directory)
        var sequence = ForwardSequence(slot: 0, prompt: [11, 22, 33], limits: reader.limits)
        var frame = StepFrame()
        frame.stepNumber = 1
        sequence.append(to: &frame, logitsRows: .all)
        let group = try reader.step(frame).groups[0]
        #expect(group.logProbabilities.isEmpty && group.candidates.isEmpty && group.continuations.isEmpty)
        #expect(group.tokenLogProbability == 0 && group.token >= 0)
    }

    @Test("one step scores, continues and draws for different sequences as it does for each alone")
    func together() throws {
        func answers(_ slots: [Int32]) throws -> [Int32: String] {
            let reader = try ForwardReader(Self.directory, layout: ForwardLayout(rankCount: 2))
            var frame = StepFrame()
            frame.stepNumber = 1
            for slot in slots {
                var sequence = ForwardSequence(
                    slot: slot, prompt: [slot + 4, 22, 33, 7], limits: reader.limits)
                switch slot {
                case 0:
                    sequence.append(
                        to: &frame, logitsRows: .all, topLogProbabilityCount: 2, wantsLogProbabilities: true)
                case 1: sequence.append(to: &frame, continuationCount: 5)
                case 2: sequence.append(to: &frame)
                default:
                    sequence.append(
                        to: &frame, logitsRows: .all, topLogProbabilityCount: 1, wantsLogProbabilities: true)
                }
            }
            let result = try reader.step(frame)
            var found: [Int32: String] = [:]
            for group in result.groups {
                found[group.slot] = """
                    \(group.token) \(group.tokenLogProbability) \(result.candidates[group.candidates]) \
                    \(result.logProbabilities[group.logProbabilities]) \(result.continuations[group.continuations])
                    """
            }
            return found
        }
        let whole = try answers([0, 1, 2, 3])
        for slot in Int32(0)...3 {
            let alone = try answers([slot])
            #expect(alone.count == 1 && alone.allSatisfy { whole[$0] == $1 })
        }
    }
}
