import Collectives
import Foundation
import Models
import Platform
import Tensors
import WorkerMessages

/// A whole model in this process, unsplit: for measurements that need every logit. Blocks; one thread uses it.
final class LocalModel {
    let configuration: ModelConfiguration
    /// The format its matrices are in.
    let weightType: String
    /// Tokens of a sequence at most.
    let sequenceLength: Int

    private static let rowCountMax = 64
    private static let blockPositionCount = 32
    private let executor: ModelExecutor
    private let rows = LogitsRows()
    private var stepNumber: UInt64 = 0

    /// Loads a checkpoint; `weightType` may be `auto`.
    init(
        directory: URL, weightType: String, keyValueType: KVType, sequenceLength: Int, threadCount: Int
    ) throws {
        let summary = try Assembly.inspector.inspect(
            ModelInspection(
                directory: directory, rankCount: 1, rowCountMax: LocalModel.rowCountMax,
                weightType: weightType, keyValueType: keyValueType.rawValue))
        guard let format = WeightFormat(rawValue: summary.weightType) else {
            throw CommandFailure("no such weight format: \(summary.weightType)", exitCode: 2)
        }
        configuration = try ModelConfiguration(directory: directory)
        self.weightType = summary.weightType
        self.sequenceLength = sequenceLength
        let kernels = try Kernels(.named(ProcessInfo.processInfo.environment["SKEIN_ISA"]))
        let checkpoint = try Checkpoint(directory: directory)
        let layout = try PackLayout(configuration, format: format, of: checkpoint)
        let plan = try ShardPlan(configuration, rankCount: 1)
        let digest = try CheckpointDigest.compute(checkpoint)
        let region = try MappedRegion.anonymous(byteCount: layout.byteCount)
        let builder = try PackBuilder(
            checkpoint: checkpoint, configuration: configuration, layout: layout, plan: plan, rank: 0,
            digest: digest, kernels: kernels)
        _ = try builder.build(into: region) { _ in }
        let blockCount = (sequenceLength + LocalModel.blockPositionCount - 1) / LocalModel.blockPositionCount
        let page = try ControlPage(rankCount: 1)
        executor = try ModelExecutor(
            configuration, pack: try Pack(region: region, layout: layout, expectedDigest: digest.hexadecimal),
            plan: plan, rank: 0, keyValueType: keyValueType,
            limits: StepLimits(
                slotCount: 1, rowCountMax: LocalModel.rowCountMax, maxSequenceLength: sequenceLength,
                blockCount: blockCount, vocabularyCount: configuration.vocabularyCount),
            communicator: try Communicator(
                link: .alone, rank: 0, rankCount: 1,
                byteCountMax: ActivationPlan.gatherByteCountMax(
                    configuration, rankCount: 1, rowCountMax: LocalModel.rowCountMax), page: page.rank(0)),
            team: try ThreadTeam(memberCount: threadCount), kernels: kernels, page: page.rank(0))
        executor.tapRawLogits { [rows] row in rows.take(row) }
    }

    /// Natural logarithms of the probabilities of every token but the first, each after the tokens before it.
    func logProbabilities(of tokens: [Int32]) throws -> [Double] {
        rows.begin(tokens)
        for start in stride(from: 0, to: tokens.count, by: LocalModel.rowCountMax) {
            let range = start..<min(start + LocalModel.rowCountMax, tokens.count)
            stepNumber += 1
            var frame = StepFrame()
            frame.stepNumber = stepNumber
            var group = StepFrame.RowGroup(
                slot: 0, startPosition: Int32(start), tokenIDs: frame.store(tokenIDs: tokens[range]))
            group.logitsRows = .all
            group.wantsHashes = true
            let unit = LocalModel.blockPositionCount
            let blocks = (start + unit - 1) / unit..<(range.upperBound + unit - 1) / unit
            group.appendedBlocks = frame.store(blocks: blocks.map(Int32.init))
            if start == 0 {
                group.installation = 0
                frame.installations.append(
                    StepFrame.Installation(
                        allTokenIDs: frame.store(tokenIDs: tokens), promptTokenCount: Int32(tokens.count),
                        parameters: SamplingParameters()))
            }
            frame.rowGroups.append(group)
            var result = StepResult()
            try executor.execute(frame, into: &result)
            guard result.groups.allSatisfy({ $0.outcome == .ok }) else {
                throw CommandFailure("the model gives logits that are not finite", exitCode: 1)
            }
        }
        return rows.logProbabilities
    }
}

/// Takes the rows of logits of one sequence, in order. A class: the executor's tap keeps it.
private final class LogitsRows {
    private(set) var logProbabilities: [Double] = []
    private var tokens: [Int32] = []
    private var position = 0

    func begin(_ tokens: [Int32]) {
        self.tokens = tokens
        logProbabilities.removeAll(keepingCapacity: true)
        position = 0
    }

    /// The row after the tokens up to `position`: what it says about the next one.
    func take(_ row: FloatView) {
        position += 1
        guard position < tokens.count else { return }
        var maximum = -Float.infinity
        for id in 0..<row.columnCount { maximum = max(maximum, row[0, id]) }
        var sum = 0.0
        for id in 0..<row.columnCount { sum += exp(Double(row[0, id] - maximum)) }
        logProbabilities.append(Double(row[0, Int(tokens[position])]) - Double(maximum) - log(sum))
    }
}
