import Foundation
import Models
import Testing
import WorkerMessages

/// A small deterministic generator, so that every run of a test schedules the same steps.
private struct Schedule {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return values[Int(state % UInt64(values.count))]
    }
}

/// What each position of each sequence gave: row hash, and the token drawn where one was asked for.
private struct Trace: Equatable {
    var hashes: [[[UInt8]]]
    var tokens: [[Int32?]]
}

private let sequenceCount = 16
private let sequenceLength = 41
private let blocksPerSequence = 2

private func tokens(of sequence: Int) -> [Int32] {
    (0..<sequenceLength).map { Int32((sequence * 131 + $0 * $0 * 7 + $0 * 29) % 1013) }
}

private func parameters(of sequence: Int) -> SamplingParameters {
    var parameters = SamplingParameters()
    guard sequence % 2 == 1 else { return parameters }
    parameters.temperature = 0.8
    parameters.topK = sequence % 4 == 1 ? 40 : 0
    parameters.topP = 0.9
    parameters.repetitionPenalty = 1.3
    parameters.noRepeatNGramSize = 3
    parameters.seed = UInt64(sequence) << 40 | 99
    return parameters
}

/// Runs all sequences through a reader with batch sizes and chunks that change from step to step.
private func trace(_ model: Fixture, _ layout: WorkerLayout, seed: Int) async throws -> Trace {
    let blockCount = sequenceCount * blocksPerSequence
    let group = try await WorkerGroup.start(
        model.directory, layout, slotCount: sequenceCount, rowCountMax: sequenceCount * sequenceLength,
        maxSequenceLength: 64, blockCount: blockCount)
    var schedule = Schedule(seed: seed)
    var done = [Int](repeating: 0, count: sequenceCount)
    var trace = Trace(
        hashes: Array(repeating: [], count: sequenceCount),
        tokens: Array(repeating: Array(repeating: nil, count: sequenceLength), count: sequenceCount))
    var stepNumber: UInt64 = 0
    while let _ = done.firstIndex(where: { $0 < sequenceLength }) {
        let batch = schedule.pick([1, 2, 5, 16])
        let first = schedule.pick(Array(0..<sequenceCount))
        let order = (0..<sequenceCount).map { ($0 + first) % sequenceCount }
        let chosen = order.filter { done[$0] < sequenceLength }.prefix(batch)
        stepNumber += 1
        var frame = StepFrame()
        frame.stepNumber = stepNumber
        for sequence in chosen {
            let start = done[sequence]
            let count = min(schedule.pick([1, 7, 32, sequenceLength]), sequenceLength - start)
            append(sequence, start..<start + count, seed: seed, to: &frame)
        }
        let result = try group.step(frame)
        for (index, answer) in result.groups.enumerated() {
            let sequence = Int(frame.rowGroups[index].slot)
            #expect(answer.outcome == .ok)
            for hash in answer.hashes {
                trace.hashes[sequence].append(Array(result.hashes[hash * 32..<(hash + 1) * 32]))
            }
            done[sequence] += frame.rowGroups[index].tokenIDs.count
            // Only where the prompt ends is a token a function of the same history in every schedule.
            if done[sequence] == sequenceLength { trace.tokens[sequence][sequenceLength - 1] = answer.token }
        }
    }
    try group.stop()
    return trace
}

/// Appends one sequence's next rows, with its installation if they are the first.
private func append(_ sequence: Int, _ positions: Range<Int>, seed: Int, to frame: inout StepFrame) {
    let all = tokens(of: sequence)
    var group = StepFrame.RowGroup(
        slot: Int32(sequence), startPosition: Int32(positions.lowerBound),
        tokenIDs: frame.store(tokenIDs: all[positions]))
    group.logitsRows = .all
    group.wantsHashes = true
    group.wantsToken = positions.upperBound == all.count
    let owned = (positions.lowerBound + 31) / 32
    let needed = (positions.upperBound + 31) / 32
    // Block numbers are scattered, and differently for every seed.
    group.appendedBlocks = frame.store(
        blocks: (owned..<needed).map { block in
            Int32(
                ((sequence * blocksPerSequence + block) * 5 + seed * 3) % (sequenceCount * blocksPerSequence))
        })
    if positions.lowerBound == 0 {
        group.installation = frame.installations.count
        frame.installations.append(
            .init(
                allTokenIDs: frame.store(tokenIDs: all), promptTokenCount: Int32(all.count),
                parameters: parameters(of: sequence)))
    }
    frame.rowGroups.append(group)
}

@Suite("The same bits from every layout", .serialized)
struct LayoutBitsTests {
    @Test(
        "row hashes and draws do not depend on ranks, transport, threads, batches or chunks",
        arguments: Fixture.allCases)
    func layouts(model: Fixture) async throws {
        let expected = try await trace(model, WorkerLayout(), seed: 1)
        #expect(expected.hashes.allSatisfy { $0.count == sequenceLength })
        #expect(Set(expected.hashes.joined()).count > sequenceCount * sequenceLength / 2)
        var seed = 1
        for rankCount in 1...4 {
            for transport in Transport.allCases {
                for threadCount in 1...2 {
                    let layout = WorkerLayout(
                        rankCount: rankCount, transport: transport, threadCount: threadCount)
                    seed += 1
                    let found = try await trace(model, layout, seed: seed)
                    #expect(found == expected, "\(layout)")
                }
            }
        }
    }

    @Test(
        "nor in any other weight format", arguments: Fixture.allCases,
        WeightFormat.independent.filter { $0 != .f32 })
    func formats(model: Fixture, format: WeightFormat) async throws {
        let type = format.rawValue
        let expected = try await trace(model, WorkerLayout(weightType: type), seed: 1)
        #expect(Set(expected.hashes.joined()).count > sequenceCount * sequenceLength / 2)
        for rankCount in 1...4 {
            let layout = WorkerLayout(
                rankCount: rankCount, transport: rankCount % 2 == 0 ? .unix : .shm,
                threadCount: rankCount < 3 ? 2 : 1, weightType: type)
            #expect(try await trace(model, layout, seed: 1 + rankCount) == expected, "\(layout)")
        }
    }

    @Test(
        "nor with any other KV cache format", arguments: Fixture.allCases, ["f16", "int8"])
    func cacheFormats(model: Fixture, type: String) async throws {
        let expected = try await trace(
            model, WorkerLayout(instructionSet: "scalar", keyValueType: type), seed: 1)
        #expect(Set(expected.hashes.joined()).count > sequenceCount * sequenceLength / 2)
        var seed = 1
        for rankCount in 1...4 {
            for transport in Transport.allCases {
                for threadCount in 1...2 {
                    let layout = WorkerLayout(
                        rankCount: rankCount, transport: transport, threadCount: threadCount,
                        keyValueType: type)
                    seed += 1
                    #expect(try await trace(model, layout, seed: seed) == expected, "\(layout)")
                }
            }
        }
        for name in try Self.vectorInstructionSets() {
            let layout = WorkerLayout(
                rankCount: 2, instructionSet: name, weightType: "int8", keyValueType: type)
            let plain = WorkerLayout(instructionSet: "scalar", weightType: "int8", keyValueType: type)
            #expect(try await trace(model, layout, seed: 2) == trace(model, plain, seed: 3), "\(layout)")
        }
    }

    @Test(
        "row hashes do not depend on the instruction set", arguments: Fixture.allCases,
        [WeightFormat.f32, .bf16, .int8, .int4, .int4Group128Asymmetric])
    func instructionSets(model: Fixture, format: WeightFormat) async throws {
        let type = format.rawValue
        let expected = try await trace(
            model, WorkerLayout(instructionSet: "scalar", weightType: type), seed: 1)
        for name in try Self.vectorInstructionSets() {
            let layout = WorkerLayout(rankCount: 2, instructionSet: name, weightType: type)
            #expect(try await trace(model, layout, seed: 2) == expected, "\(layout)")
        }
    }

    /// The vector instruction sets of this CPU; the others are printed as skipped.
    private static func vectorInstructionSets() throws -> [String] {
        let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        let lines = text.split(separator: "\n")
        let flags =
            lines.first { $0.hasPrefix("flags") || $0.hasPrefix("Features") }?.split(separator: " ") ?? []
        #if arch(arm64)
        let sets = [("neon", "asimd"), ("dotprod", "asimddp")]
        #else
        let sets = [("avx2", "avx2"), ("avx512", "avx512vl"), ("avx512vnni", "avx512_vnni")]
        #endif
        return sets.compactMap { name, flag in
            if flags.contains(Substring(flag)) { return name }
            print("SKIPPED: instruction set \(name), which this CPU lacks")
            return nil
        }
    }
}
