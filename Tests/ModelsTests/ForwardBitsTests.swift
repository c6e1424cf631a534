import Foundation
import Models
import Tensors
import Testing
import WorkerMessages

/// Numbers that are the same on every run: a linear congruential generator (Knuth's MMIX constants).
struct ForwardNumbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The next number below `limit`.
    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
}

/// One bit pattern per position, whatever the split, the threads, the batch and the chunks (design 4,
/// invariant 1).
@Suite struct ForwardBitsTests {
    /// Lengths of the sequences of a scenario; the longest spans two tiles of attention keys.
    private static let lengths = [290, 37, 5, 64, 33]

    private static func prompts(vocabularyCount: Int, longest: Int) -> [[Int32]] {
        var numbers = ForwardNumbers(seed: 7)
        return lengths.map { length in
            (0..<min(length, longest)).map { _ in Int32(numbers.next(below: vocabularyCount)) }
        }
    }

    /// The hash of every position of every sequence, computed in batches and chunks that `seed` decides.
    private static func hashes(
        _ reader: ForwardReader, prompts: [[Int32]], seed: UInt64
    ) throws -> [[[UInt8]]] {
        var numbers = ForwardNumbers(seed: seed)
        var sequences = prompts.enumerated().map {
            ForwardSequence(slot: Int32($0.offset), prompt: $0.element, limits: reader.limits)
        }
        var hashes = prompts.map { _ in [[UInt8]]() }
        var frame = StepFrame()
        while sequences.contains(where: { $0.pendingCount > 0 }) {
            frame.removeAll()
            frame.stepNumber += 1
            var room = reader.limits.rowCountMax
            for index in sequences.indices where sequences[index].pendingCount > 0 && room > 0 {
                let chunk = min([1, 7, 32, reader.limits.rowCountMax][numbers.next(below: 4)], room)
                guard numbers.next(below: 4) > 0 else { continue }
                room -= min(chunk, sequences[index].pendingCount)
                sequences[index].append(
                    to: &frame, rowCount: chunk, logitsRows: .all, wantsToken: false, wantsHashes: true)
            }
            let result = try reader.step(frame)
            for group in result.groups {
                #expect(group.outcome == .ok)
                for hash in group.hashes {
                    hashes[Int(group.slot)].append(Array(result.hashes[hash * 32..<(hash + 1) * 32]))
                }
            }
        }
        return hashes
    }

    private static func reader(
        _ name: String, _ layout: ForwardLayout, _ format: WeightFormat = .f32, _ type: KVType = .f32
    ) throws -> (ForwardReader, [[Int32]]) {
        let directory = ForwardReference.fixtures.appending(path: name)
        let hasLearnedPositions = ["tiny-gpt2", "tiny-opt", "tiny-opt-350m"].contains(name)
        let reader = try ForwardReader(
            directory, layout: layout, format: format, keyValueType: type, slotCount: 5, rowCountMax: 96,
            maxSequenceLength: hasLearnedPositions ? 128 : 300)
        let prompts = prompts(
            vocabularyCount: reader.limits.vocabularyCount, longest: reader.limits.maxSequenceLength)
        return (reader, prompts)
    }

    /// Row by row, alone: what everything else is compared with.
    private static func expectedHashes(
        _ name: String, _ format: WeightFormat = .f32, _ type: KVType = .f32
    ) throws -> [[[UInt8]]] {
        let (reader, prompts) = try reader(name, ForwardLayout(instructionSet: .scalar), format, type)
        var frame = StepFrame()
        return try prompts.map { prompt in
            var sequence = ForwardSequence(slot: 0, prompt: prompt, limits: reader.limits)
            var hashes: [[UInt8]] = []
            while sequence.pendingCount > 0 {
                frame.removeAll()
                frame.stepNumber += 1
                sequence.append(
                    to: &frame, rowCount: 1, logitsRows: .all, wantsToken: false, wantsHashes: true)
                hashes.append(try reader.step(frame).hashes)
            }
            return hashes
        }
    }

    @Test(
        "rows have the same hash in every layout, batch and chunk",
        arguments: ForwardReference.tinyNames)
    func sameBits(name: String) throws {
        let expected = try ForwardBitsTests.expectedHashes(name)
        #expect(Set(expected.joined()).count == expected.joined().count, "no two rows are alike")
        for (index, layout) in ForwardLayout.all.enumerated() {
            let (reader, prompts) = try ForwardBitsTests.reader(name, layout)
            let found = try ForwardBitsTests.hashes(reader, prompts: prompts, seed: UInt64(index))
            #expect(found == expected, "\(layout)")
        }
    }

    @Test("rows have the same hash by every instruction set", arguments: InstructionSet.available)
    func sameBits(instructionSet: InstructionSet) throws {
        let expected = try ForwardBitsTests.expectedHashes("tiny-llama")
        let layout = ForwardLayout(rankCount: 2, instructionSet: instructionSet)
        let (reader, prompts) = try ForwardBitsTests.reader("tiny-llama", layout)
        #expect(try ForwardBitsTests.hashes(reader, prompts: prompts, seed: 99) == expected)
    }

    @Test(
        "quantized rows have the same hash in every layout, batch and chunk",
        arguments: ["tiny-gemma3", "tiny-opt-350m", "tiny-mixtral", "tiny-qwen2-moe"],
        [WeightFormat.int8, .int4Group32Asymmetric])
    func sameQuantizedBits(name: String, format: WeightFormat) throws {
        let expected = try ForwardBitsTests.expectedHashes(name, format)
        for (index, layout) in ForwardLayout.all.enumerated() where index % 3 == 0 {
            let (reader, prompts) = try ForwardBitsTests.reader(name, layout, format)
            let found = try ForwardBitsTests.hashes(reader, prompts: prompts, seed: UInt64(index))
            #expect(found == expected, "\(layout)")
        }
    }

    /// Llama; both forms of ALiBi; windows and soft caps; a single KV head.
    @Test(
        "rows have the same hash over every cache format",
        arguments: [
            "tiny-llama", "tiny-mpt", "tiny-bloom", "tiny-gemma2", "tiny-gemma3", "tiny-mistral",
            "tiny-falcon",
        ],
        [KVType.f16, .int8])
    func sameCacheBits(name: String, type: KVType) throws {
        let expected = try ForwardBitsTests.expectedHashes(name, .f32, type)
        #expect(Set(expected.joined()).count == expected.joined().count, "no two rows are alike")
        #expect(try expected != ForwardBitsTests.expectedHashes(name), "the type makes a difference")
        for (index, layout) in ForwardLayout.all.enumerated() {
            let (reader, prompts) = try ForwardBitsTests.reader(name, layout, .f32, type)
            let found = try ForwardBitsTests.hashes(reader, prompts: prompts, seed: UInt64(index))
            #expect(found == expected, "\(layout)")
        }
    }
}
