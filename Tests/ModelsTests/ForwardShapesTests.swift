import Foundation
import Models
import Tensors
import TestSupport
import Testing
import WorkerMessages

/// A small model of an awkward shape, with random weights.
struct ForwardShape: CustomStringConvertible, Sendable {
    let description: String
    let json: String
    var maxSequenceLength = 97

    /// Ragged heads, tiles and segments, a vocabulary around one segment, KV heads that neighbours share.
    static let all = [
        ForwardShape(
            description: "5 heads, 33 inner, 127 ids",
            json: """
                {"model_type": "llama", "hidden_size": 40, "num_attention_heads": 5, "num_hidden_layers": 2,
                 "intermediate_size": 33, "vocab_size": 127}
                """),
        ForwardShape(
            description: "6 heads of 10 on 3 KV heads, biases, tied, 129 ids",
            json: """
                {"model_type": "llama", "hidden_size": 48, "num_attention_heads": 6, "num_hidden_layers": 2,
                 "num_key_value_heads": 3, "head_dim": 10, "intermediate_size": 31, "vocab_size": 129,
                 "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true}
                """),
        ForwardShape(
            description: "one of everything",
            json: """
                {"model_type": "llama", "hidden_size": 1, "num_attention_heads": 1, "num_hidden_layers": 1,
                 "head_dim": 2, "intermediate_size": 1, "vocab_size": 1}
                """, maxSequenceLength: 33),
        ForwardShape(
            description: "2 heads of 128 on one KV head, three attention tiles, 1013 ids",
            json: """
                {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 1,
                 "num_key_value_heads": 1, "head_dim": 128, "intermediate_size": 96, "vocab_size": 1013,
                 "rope_scaling": {"rope_type": "linear", "factor": 4.0}}
                """, maxSequenceLength: 545),
        ForwardShape(
            description: "GPT-2, 3 heads of 11, relu, untied, 300 ids",
            json: """
                {"model_type": "gpt2", "n_embd": 33, "n_head": 3, "n_layer": 2, "n_inner": 65,
                 "n_positions": 97, "vocab_size": 300, "activation_function": "relu",
                 "tie_word_embeddings": false}
                """),
        ForwardShape(
            description: "Gemma 2, 5 heads of 10, windows of 33, capped, 140 ids",
            json: """
                {"model_type": "gemma2", "hidden_size": 40, "num_attention_heads": 5, "num_hidden_layers": 2,
                 "num_key_value_heads": 5, "head_dim": 10, "intermediate_size": 65, "vocab_size": 140,
                 "sliding_window": 33, "attn_logit_softcapping": 3.0}
                """, maxSequenceLength: 290),
        ForwardShape(
            description: "MPT, 7 heads of 5, 300 ids",
            json: """
                {"model_type": "mpt", "d_model": 35, "n_heads": 7, "n_layers": 2, "vocab_size": 300,
                 "max_seq_len": 290}
                """, maxSequenceLength: 290),
        ForwardShape(
            description: "4 of 9 experts of 33, a shared one of 1, 129 ids",
            json: """
                {"model_type": "qwen2_moe", "hidden_size": 36, "num_attention_heads": 3, "num_hidden_layers": 2,
                 "num_key_value_heads": 1, "intermediate_size": 31, "vocab_size": 129, "num_experts": 9,
                 "num_experts_per_tok": 4, "moe_intermediate_size": 33, "shared_expert_intermediate_size": 1,
                 "mlp_only_layers": [1]}
                """),
    ]
}

/// A request with parameters that a seed decides, and what became of it.
private struct ShapeRequest {
    let prompt: [Int32]
    let parameters: SamplingParameters
    let choiceIndex: Int32
    let endOfTextIDs: [Int32]
    let bannedTokenIDs: [Int32]
    let biases: [StepFrame.Bias]

    init(index: Int, vocabularyCount: Int, maxSequenceLength: Int, _ numbers: inout ForwardNumbers) {
        func id() -> Int32 { Int32(numbers.next(below: vocabularyCount)) }
        func one<Value>(of values: [Value]) -> Value { values[numbers.next(below: values.count)] }
        // Lengths at the bounds of blocks and of an attention tile, and up to the longest sequence.
        let lengths = [31, 32, 33, 1, 255, 256, 257, maxSequenceLength]
        let length = min(lengths[index % lengths.count], maxSequenceLength)
        prompt = (0..<length).map { _ in id() }
        var parameters = SamplingParameters()
        parameters.temperature = one(of: [0, 0.6, 1, 1.7])
        parameters.topK = one(of: [0, 0, 1, 2, 50, 256, 257])
        parameters.topP = one(of: [1, 1, 0.9, 0.3])
        parameters.minP = one(of: [0, 0, 0.05])
        parameters.typicalP = one(of: [1, 1, 0.7])
        parameters.repetitionPenalty = one(of: [1, 1.3, 0.8])
        parameters.presencePenalty = one(of: [0, 0.4])
        parameters.frequencyPenalty = one(of: [0, -0.2, 0.3])
        parameters.noRepeatNGramSize = one(of: [0, 0, 1, 2, 3])
        parameters.minNewTokenCount = one(of: [0, 3])
        parameters.seed = UInt64(numbers.next(below: 1 << 30)) << 20
        self.parameters = parameters
        choiceIndex = Int32(numbers.next(below: 3))
        endOfTextIDs = (0..<2).map { _ in id() }
        bannedTokenIDs = (0..<one(of: [0, 3, 100])).map { _ in id() }
        biases = (0..<one(of: [0, 4])).map { _ in
            StepFrame.Bias(tokenID: id(), value: Float(numbers.next(below: 9)) - 4)
        }
    }

    func sequence(slot: Int, limits: StepLimits) -> ForwardSequence {
        var sequence = ForwardSequence(slot: Int32(slot), prompt: prompt, limits: limits)
        sequence.parameters = parameters
        sequence.choiceIndex = choiceIndex
        sequence.endOfTextIDs = endOfTextIDs
        sequence.bannedTokenIDs = bannedTokenIDs
        sequence.biases = biases
        return sequence
    }
}

/// Everything a request was answered, step by step.
private struct ShapeAnswer: Equatable {
    var tokens: [Int32] = []
    var hashes: [[UInt8]] = []
    var candidates: [StepResult.Candidate] = []
    var outcome = StepResult.Outcome.ok
}

/// Awkward shapes with every sampling parameter: the same answers from every layout, batch and chunk, after
/// requeues, and up to the last position.
@Suite struct ForwardShapesTests {
    private static let requestCount = 8
    private static let answerCount = 10

    /// Answers all requests; a nil seed does one after the other and row by row.
    private static func answers(
        _ reader: ForwardReader, _ requests: [ShapeRequest], seed: UInt64?
    ) throws -> [ShapeAnswer] {
        var answers = requests.map { _ in ShapeAnswer() }
        var numbers = ForwardNumbers(seed: seed ?? 0)
        var sequences = requests.enumerated().map { $1.sequence(slot: $0, limits: reader.limits) }
        var frame = StepFrame()
        func isDone(_ index: Int) -> Bool {
            answers[index].outcome != .ok || answers[index].tokens.count == answerCount
                || sequences[index].pendingCount == 0
        }
        while let first = sequences.indices.first(where: { !isDone($0) }) {
            frame.stepNumber += 1
            let step = frame.stepNumber
            frame.removeAll()
            frame.stepNumber = step
            var room = reader.limits.rowCountMax
            for index in sequences.indices where !isDone(index) && room > 0 {
                guard seed != nil ? numbers.next(below: 4) > 0 : index == first else { continue }
                if seed != nil, numbers.next(below: 12) == 0 {
                    let known = sequences[index].tokenIDs
                    sequences[index] = requests[index].sequence(slot: index, limits: reader.limits)
                    sequences[index].tokenIDs = known
                }
                let chunk = seed == nil ? 1 : [1, 7, 32, 90][numbers.next(below: 4)]
                let rowCount = min(chunk, room, sequences[index].pendingCount)
                room -= rowCount
                sequences[index].append(
                    to: &frame, rowCount: rowCount, wantsHashes: true, topLogProbabilityCount: 3)
            }
            let result = try reader.step(frame)
            for group in result.groups {
                let index = Int(group.slot)
                answers[index].outcome = group.outcome
                answers[index].hashes += group.hashes.map { Array(result.hashes[$0 * 32..<($0 + 1) * 32]) }
                answers[index].candidates += result.candidates[group.candidates]
                guard group.token >= 0 else { continue }
                answers[index].tokens.append(group.token)
                if sequences[index].tokenIDs.count < reader.limits.maxSequenceLength {
                    sequences[index].tokenIDs.append(group.token)
                }
            }
        }
        return answers
    }

    private static let layouts = [
        ForwardLayout(rankCount: 1, threadCount: 2), ForwardLayout(rankCount: 2, transport: .unix),
        ForwardLayout(rankCount: 3, threadCount: 2), ForwardLayout(rankCount: 4),
        ForwardLayout(rankCount: 7, transport: .unix), ForwardLayout(rankCount: 16),
    ]

    @Test("awkward shapes give the same answers in every layout", arguments: ForwardShape.all)
    func shapes(shape: ForwardShape) throws {
        let folder = try TemporaryFolder()
        try RandomCheckpoint.write(configurationJSON: shape.json, dtype: .f32, seed: 11, to: folder.url)
        func reader(_ layout: ForwardLayout) throws -> ForwardReader {
            try ForwardReader(
                folder.url, layout: layout, slotCount: ForwardShapesTests.requestCount, rowCountMax: 100,
                maxSequenceLength: shape.maxSequenceLength)
        }
        let plain = try reader(ForwardLayout(instructionSet: .scalar))
        for seed in 0..<2 {
            var numbers = ForwardNumbers(seed: UInt64(seed))
            let requests = (0..<ForwardShapesTests.requestCount).map {
                ShapeRequest(
                    index: $0, vocabularyCount: plain.limits.vocabularyCount,
                    maxSequenceLength: shape.maxSequenceLength, &numbers)
            }
            let expected = try ForwardShapesTests.answers(
                seed == 0 ? plain : try reader(ForwardLayout(instructionSet: .scalar)), requests, seed: nil)
            #expect(expected.allSatisfy { !$0.hashes.isEmpty && $0.outcome != .nonFinite })
            for layout in ForwardShapesTests.layouts {
                let found = try ForwardShapesTests.answers(
                    try reader(layout), requests, seed: UInt64(seed + 100 * layout.rankCount))
                for (index, answer) in found.enumerated() {
                    #expect(answer == expected[index], "\(layout), request \(index): \(requests[index])")
                }
            }
        }
    }
}
