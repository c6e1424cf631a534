import Foundation
import Models
import TestSupport
import Testing
import WorkerMessages

/// What a step does beyond logits: forks, seeded draws, log-probabilities, failures of single sequences.
@Suite struct ForwardStepTests {
    private static let directory = ForwardReference.fixtures.appending(path: "tiny-llama")
    private static let layouts = [
        ForwardLayout(), ForwardLayout(rankCount: 2, threadCount: 2),
        ForwardLayout(rankCount: 3, transport: .unix), ForwardLayout(rankCount: 4),
    ]

    private static func sampled(_ index: Int) -> SamplingParameters {
        var parameters = SamplingParameters()
        parameters.temperature = 0.9 + Float(index % 3) / 4
        parameters.seed = UInt64(1000 + index)
        parameters.repetitionPenalty = 1.1
        parameters.noRepeatNGramSize = index % 2 == 0 ? 3 : 0
        parameters.presencePenalty = 0.1
        switch index % 4 {
        case 0: parameters.topK = 50
        case 1: parameters.topP = 0.9
        case 2: parameters.topK = 300
        default: break
        }
        return parameters
    }

    /// Answers of four sampled sequences, computed together or one after the other.
    private static func answers(_ layout: ForwardLayout, together: Bool) throws -> [[Int32]] {
        let reader = try ForwardReader(directory, layout: layout)
        let prompts: [[Int32]] = [[4, 8, 15], [16, 23, 42, 108, 5], [7], [600, 601, 602, 4]]
        if !together {
            var step: UInt64 = 1
            return try prompts.enumerated().map { index, prompt in
                let tokens = try reader.generate(prompt, count: 12, chunkCount: 2, firstStep: step) {
                    $0.parameters = sampled(index)
                }
                step += UInt64((prompt.count + 1) / 2 + 11)
                return tokens
            }
        }
        var sequences = prompts.enumerated().map { index, prompt in
            var sequence = ForwardSequence(slot: Int32(index), prompt: prompt, limits: reader.limits)
            sequence.parameters = sampled(index)
            return sequence
        }
        var frame = StepFrame()
        for _ in 0..<12 {
            frame.removeAll()
            frame.stepNumber += 1
            for index in sequences.indices { sequences[index].append(to: &frame) }
            for group in try reader.step(frame).groups {
                sequences[Int(group.slot)].tokenIDs.append(group.token)
            }
        }
        return zip(sequences, prompts).map { Array($0.tokenIDs.dropFirst($1.count)) }
    }

    @Test("seeded draws depend neither on the layout nor on the batch")
    func seededDraws() throws {
        let expected = try ForwardStepTests.answers(ForwardLayout(), together: false)
        #expect(Set(expected).count == 4)
        for layout in ForwardStepTests.layouts {
            #expect(try ForwardStepTests.answers(layout, together: true) == expected, "\(layout)")
        }
    }

    @Test("another seed or choice index gives another answer")
    func seeds() throws {
        let reader = try ForwardReader(ForwardStepTests.directory)
        func answer(_ step: UInt64, seed: UInt64, choice: Int32) throws -> [Int32] {
            try reader.generate([3, 1, 4], count: 10, firstStep: step) {
                $0.parameters.temperature = 2
                $0.parameters.seed = seed
                $0.choiceIndex = choice
            }
        }
        let first = try answer(1, seed: 1, choice: 0)
        #expect(try answer(11, seed: 1, choice: 0) == first)
        #expect(try answer(21, seed: 2, choice: 0) != first)
        #expect(try answer(31, seed: 1, choice: 1) != first)
    }

    @Test("a sequence that is installed again with its answer so far continues alike")
    func requeue() throws {
        let reader = try ForwardReader(ForwardStepTests.directory)
        let prompt: [Int32] = [9, 8, 7, 6]
        let whole = try reader.generate(prompt, count: 12) { $0.parameters = ForwardStepTests.sampled(1) }
        let other = try ForwardReader(
            ForwardStepTests.directory, layout: ForwardLayout(rankCount: 3, transport: .unix))
        var sequence = ForwardSequence(slot: 2, prompt: prompt, limits: other.limits)
        sequence.parameters = ForwardStepTests.sampled(1)
        sequence.tokenIDs += whole.prefix(5)
        var frame = StepFrame()
        while sequence.tokenIDs.count < prompt.count + 12 {
            frame.removeAll()
            frame.stepNumber += 1
            sequence.append(to: &frame, rowCount: 3)
            let token = try other.step(frame).groups[0].token
            if token >= 0 { sequence.tokenIDs.append(token) }
        }
        #expect(Array(sequence.tokenIDs.dropFirst(prompt.count)) == whole)
    }

    @Test("a copied block holds what its source held")
    func fork() throws {
        let reader = try ForwardReader(ForwardStepTests.directory)
        let prompt = (0..<40).map { Int32($0 * 17 % 1000) }
        var sequence = ForwardSequence(slot: 0, prompt: prompt, limits: reader.limits)
        var frame = StepFrame()
        frame.stepNumber = 1
        sequence.append(to: &frame)
        _ = try reader.step(frame)
        sequence.tokenIDs.append(33)
        frame.removeAll()
        frame.stepNumber = 2
        sequence.append(to: &frame, wantsHashes: true)
        // The fork shares the full block 0 and continues in a copy of block 1.
        var group = StepFrame.RowGroup(slot: 1, startPosition: 40, tokenIDs: frame.store(tokenIDs: [33]))
        group.appendedBlocks = frame.store(blocks: [0, 9])
        group.blockCopies = 0..<1
        group.logitsRows = .last
        group.wantsHashes = true
        group.installation = 0
        frame.blockCopies = [StepFrame.BlockCopy(source: 1, destination: 9)]
        frame.installations = [
            StepFrame.Installation(
                allTokenIDs: frame.store(tokenIDs: prompt + [33]), promptTokenCount: 40,
                parameters: SamplingParameters())
        ]
        frame.rowGroups.append(group)
        let result = try reader.step(frame)
        #expect(result.hashes.prefix(32) == result.hashes.suffix(32) && result.hashes.count == 64)
    }

    @Test("log-probabilities are those of the raw logits, in every layout", arguments: [1, 5, 256])
    func logProbabilities(count: Int) throws {
        var first: StepResult?
        for layout in ForwardStepTests.layouts {
            let reader = try ForwardReader(ForwardStepTests.directory, layout: layout)
            var sequence = ForwardSequence(slot: 0, prompt: [11, 22, 33], limits: reader.limits)
            sequence.bannedTokenIDs = [1, 2, 3]
            var frame = StepFrame()
            frame.stepNumber = 1
            sequence.append(
                to: &frame, logitsRows: .all, wantsHashes: true, topLogProbabilityCount: UInt16(count))
            let (rows, result) = try reader.rawLogits(frame)
            #expect(result.groups[0].candidates == 0..<3 * count)
            for (position, row) in rows.enumerated() {
                let maximum = Double(row.max() ?? 0)
                let total = row.reduce(0) { $0 + exp(Double($1) - maximum) }
                let order = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
                for (index, candidate) in result.candidates[position * count..<(position + 1) * count]
                    .enumerated()
                {
                    #expect(Int(candidate.tokenID) == order[index])
                    let expected = Double(row[order[index]]) - maximum - log(total)
                    #expect(abs(Double(candidate.logProbability) - expected) < 1e-5)
                }
            }
            #expect(first == nil || first?.candidates == result.candidates, "\(layout)")
            first = result
        }
    }

    @Test("bans, biases and the minimum length decide greedy tokens")
    func bans() throws {
        let reader = try ForwardReader(ForwardStepTests.directory)
        let plain = try reader.generate([1, 2], count: 1)[0]
        let banned = try reader.generate([1, 2], count: 1, firstStep: 2) { $0.bannedTokenIDs = [plain] }[0]
        #expect(banned != plain)
        let biased = try reader.generate([1, 2], count: 3, firstStep: 3) {
            $0.biases = [StepFrame.Bias(tokenID: 444, value: 100)]
        }
        #expect(biased == [444, 444, 444])
        let short = try reader.generate([1, 2], count: 3, firstStep: 6) {
            $0.biases = [StepFrame.Bias(tokenID: 444, value: 100)]
            $0.endOfTextIDs = [444]
            $0.parameters.minNewTokenCount = 2
        }
        #expect(short[0] != 444 && short[1] != 444 && short[2] == 444)
    }

    @Test("a row with every id banned fails that sequence alone", arguments: [Float(0), 1])
    func allBanned(temperature: Float) throws {
        for layout in ForwardStepTests.layouts {
            let reader = try ForwardReader(ForwardStepTests.directory, layout: layout)
            var banned = ForwardSequence(slot: 0, prompt: [1, 2], limits: reader.limits)
            banned.bannedTokenIDs = (0..<Int32(reader.limits.vocabularyCount)).map { $0 }
            banned.parameters.temperature = temperature
            var other = ForwardSequence(slot: 1, prompt: [1, 2], limits: reader.limits)
            var frame = StepFrame()
            frame.stepNumber = 1
            banned.append(to: &frame)
            other.append(to: &frame)
            let result = try reader.step(frame)
            #expect(result.groups.map(\.outcome) == [.allBanned, .ok])
            #expect(result.groups[0].token == -1 && result.groups[1].token >= 0)
        }
    }

    /// A copy of tiny-llama with one element of a tensor replaced.
    private static func damaged(_ tensor: String, element: Int, by value: Float) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["config.json", "generation_config.json"] {
            try FileManager.default.copyItem(
                at: directory.appending(path: name), to: folder.url.appending(path: name))
        }
        var bytes = [UInt8](try Data(contentsOf: directory.appending(path: "model.safetensors")))
        let headerByteCount = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        let header = try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + headerByteCount]))
        let entry = (header as? [String: Any])?[tensor] as? [String: Any]
        let offsets = try #require(entry?["data_offsets"] as? [Int])
        let start = 8 + headerByteCount + offsets[0] + 4 * element
        for index in 0..<4 {
            bytes[start + index] = UInt8(truncatingIfNeeded: value.bitPattern >> (8 * index))
        }
        try Data(bytes).write(to: folder.url.appending(path: "model.safetensors"))
        return folder
    }

    /// Where a number that is not finite is put, and where it must be found.
    struct Damage: Sendable {
        let tensor: String
        let element: Int
        let value: Float
        let layer: Int32
    }

    @Test(
        "a number that is not finite fails its sequence and names the layer",
        arguments: [
            Damage(tensor: "model.layers.0.mlp.down_proj.weight", element: 700, value: .nan, layer: 0),
            Damage(tensor: "model.layers.1.self_attn.o_proj.weight", element: 3, value: .infinity, layer: 1),
            Damage(tensor: "lm_head.weight", element: 36 * 1000 + 1, value: .nan, layer: -1),
        ])
    func nonFinite(damage: Damage) throws {
        let folder = try ForwardStepTests.damaged(damage.tensor, element: damage.element, by: damage.value)
        for layout in ForwardStepTests.layouts {
            let reader = try ForwardReader(folder.url, layout: layout)
            var sequence = ForwardSequence(slot: 0, prompt: [1, 2, 3], limits: reader.limits)
            var frame = StepFrame()
            frame.stepNumber = 1
            sequence.append(to: &frame, topLogProbabilityCount: 2)
            let group = try reader.step(frame).groups[0]
            #expect(group.outcome == .nonFinite && group.token == -1)
            #expect(group.detail == damage.layer, "\(layout)")
        }
    }

    @Test("a sequence without the broken embedding row is not touched by it")
    func nonFiniteNeighbour() throws {
        let folder = try ForwardStepTests.damaged(
            "model.embed_tokens.weight", element: 36 * 500, by: .infinity)
        for layout in ForwardStepTests.layouts {
            let reader = try ForwardReader(folder.url, layout: layout)
            var broken = ForwardSequence(slot: 0, prompt: [1, 500, 3], limits: reader.limits)
            var sound = ForwardSequence(slot: 1, prompt: [1, 501, 3], limits: reader.limits)
            var frame = StepFrame()
            frame.stepNumber = 1
            broken.append(to: &frame)
            sound.append(to: &frame)
            let result = try reader.step(frame)
            #expect(result.groups.map(\.outcome) == [.nonFinite, .ok])
            let alone = try ForwardReader(ForwardStepTests.directory)
            #expect(try alone.generate([1, 501, 3], count: 1) == [result.groups[1].token])
        }
    }
}
