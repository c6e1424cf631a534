import Foundation
import Models
import Tensors
import Testing
import WorkerMessages

/// A sequence that begins behind blocks which another one filled has the bits of one that computed them itself.
@Suite struct ForwardPrefixTests {
    private static let prompt: [Int32] = {
        var numbers = ForwardNumbers(seed: 11)
        return (0..<90).map { _ in Int32(numbers.next(below: 900)) }
    }()

    /// Hashes of the rows at `positions` of the prompt, computed in one step of `slot` with this block table.
    private static func hashes(
        _ reader: ForwardReader, step: UInt64, slot: Int32, positions: Range<Int>, blocks: [Int32],
        copies: [StepFrame.BlockCopy] = []
    ) throws -> [UInt8] {
        var frame = StepFrame()
        frame.stepNumber = step
        var group = StepFrame.RowGroup(
            slot: slot, startPosition: Int32(positions.lowerBound),
            tokenIDs: frame.store(tokenIDs: prompt[positions]))
        group.appendedBlocks = frame.store(blocks: blocks)
        frame.blockCopies = copies
        group.blockCopies = 0..<copies.count
        group.logitsRows = .all
        group.wantsHashes = true
        group.installation = 0
        frame.installations.append(
            StepFrame.Installation(
                allTokenIDs: frame.store(tokenIDs: prompt), promptTokenCount: Int32(prompt.count),
                parameters: SamplingParameters()))
        frame.rowGroups.append(group)
        return try reader.step(frame).hashes
    }

    @Test(
        "rows behind shared or copied blocks have the same hash", arguments: ForwardReference.tinyNames,
        [(WeightFormat.f32, KVType.f32), (.f32, .f16), (.int8, .int8)])
    func sharedBlocks(name: String, formats: (weights: WeightFormat, cache: KVType)) throws {
        for layout in [ForwardLayout(), ForwardLayout(rankCount: 3, threadCount: 2)] {
            let reader = try ForwardReader(
                ForwardReference.fixtures.appending(path: name), layout: layout, format: formats.weights,
                keyValueType: formats.cache, slotCount: 3,
                rowCountMax: 96, maxSequenceLength: 96)
            let whole = try Self.hashes(reader, step: 1, slot: 0, positions: 0..<90, blocks: [4, 2, 7])
            #expect(whole.count == 90 * 32)
            // The first two blocks are shared, the third is computed again.
            let shared = try Self.hashes(reader, step: 2, slot: 1, positions: 64..<90, blocks: [4, 2, 5])
            #expect(shared == Array(whole[(64 * 32)...]), "\(name), \(layout)")
            // A copy of the third, as a fork makes it, of which the last rows are computed again.
            let forked = try Self.hashes(
                reader, step: 3, slot: 2, positions: 80..<90, blocks: [4, 2, 0],
                copies: [StepFrame.BlockCopy(source: 7, destination: 0)])
            #expect(forked == Array(whole[(80 * 32)...]), "\(name), \(layout)")
        }
    }
}
