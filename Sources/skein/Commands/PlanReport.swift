import Controller
import Foundation
import Platform
import Topology
import WorkerMessages

/// What `skein plan` prints.
struct PlanReport: Encodable {
    let machine: PlannedMachine
    let packByteCount: Int
    let readers: [PlannedReader]
    let settings: [PlannedSetting]
    let warnings: [String]

    /// For people.
    var text: String {
        var lines = [
            "machine: \(machine.usableProcessors) usable CPUs on \(machine.cores) cores, NUMA nodes \(machine.nodes), "
                + "\(Self.mebibytes(machine.availableByteCount)) available",
            "processes: 1 controller and \(readers.reduce(0) { $0 + $1.ranks.count }) workers",
            "packs: \(Self.mebibytes(packByteCount)), shared by all readers of a model",
            "",
        ]
        for reader in readers {
            lines.append(
                "reader \(reader.readerID) of \(reader.consumerGroup): \(reader.model), \(reader.quantType), KV cache "
                    + "\(reader.kvCacheType), \(reader.ranks.count) ranks of \(reader.threadsPerRank) threads, "
                    + "\(reader.transport)")
            lines.append(
                "  up to \(reader.maxBatchSize) sequences of \(reader.maxSequenceLength) tokens in "
                    + "\(reader.kvBlocks) KV blocks, "
                    + "\(Self.mebibytes(reader.reservedByteCount)) reserved besides the pack")
            for rank in reader.ranks {
                lines.append(
                    "  rank \(rank.rank): CPUs \(rank.cores.isEmpty ? "any" : "\(rank.cores)"), "
                        + "\(rank.queryHeads) query and \(rank.keyValueHeads) KV heads, KV cache "
                        + "\(Self.mebibytes(rank.keyValueByteCount)), activations "
                        + "\(Self.mebibytes(rank.activationByteCount)), reads "
                        + "\(Self.mebibytes(rank.weightByteCountPerStep)) a step")
            }
            lines.append(
                String(
                    format:
                        "  predicted: at most %.1f tokens/s for one sequence, by reading weights at %.1f GB/s a "
                        + "rank (measured now)", reader.predictedTokensPerSecond, reader.gigabytesPerSecond))
        }
        if !warnings.isEmpty { lines += ["", "warnings:"] + warnings.map { "  \($0)" } }
        lines += ["", "settings and where they come from:"]
        lines += settings.map { "  \($0.key) = \($0.value)  (\($0.origin))" }
        return lines.joined(separator: "\n")
    }

    /// For programs.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    private static func mebibytes(_ byteCount: Int) -> String {
        byteCount < 10 << 20
            ? String(format: "%.2f MiB", Double(byteCount) / 1_048_576) : "\(byteCount >> 20) MiB"
    }
}

/// The machine as readers are placed on it.
struct PlannedMachine: Encodable {
    let usableProcessors: Int
    let cores: Int
    let nodes: [Int]
    let availableByteCount: Int

    init(_ machine: Machine) {
        usableProcessors = machine.usableProcessorCount
        cores = machine.cores.count
        nodes = machine.nodes
        availableByteCount = machine.memory.availableByteCount
    }
}

/// One reader, with nothing left to `auto`.
struct PlannedReader: Encodable {
    /// One of its workers.
    struct Rank: Encodable {
        let rank: Int
        let cores: [Int]
        let queryHeads: Int
        let keyValueHeads: Int
        let keyValueByteCount: Int
        let activationByteCount: Int
        let weightByteCountPerStep: Int
    }

    let readerID: String
    let consumerGroup: String
    let model: String
    let quantType: String
    let kvCacheType: String
    let transport: String
    let threadsPerRank: Int
    let maxBatchSize: Int
    let maxSequenceLength: Int
    let kvBlocks: Int
    let reservedByteCount: Int
    let ranks: [Rank]
    let gigabytesPerSecond: Double
    let predictedTokensPerSecond: Double

    init(_ snapshot: ReaderSnapshot, summary: ModelSummary, gigabytesPerSecond: Double) {
        let layout = snapshot.layout
        readerID = snapshot.readerID.name
        consumerGroup = snapshot.consumerGroup
        model = snapshot.modelName
        quantType = layout.quantType
        kvCacheType = layout.kvCacheType
        transport = layout.transport.rawValue
        threadsPerRank = layout.threadsPerRank
        maxBatchSize = layout.maxBatchSize
        maxSequenceLength = layout.maxSequenceLength
        kvBlocks = layout.blockCount
        reservedByteCount = snapshot.reservedByteCount
        ranks = snapshot.footprints.enumerated().map { rank, footprint in
            Rank(
                rank: rank, cores: layout.cores.isEmpty ? [] : layout.cores[rank],
                queryHeads: footprint.queryHeadCount, keyValueHeads: footprint.keyValueHeadCount,
                keyValueByteCount: layout.blockCount * footprint.keyValueBlockByteCount,
                activationByteCount: footprint.activationByteCount,
                weightByteCountPerStep: footprint.weightByteCountPerStep)
        }
        self.gigabytesPerSecond = gigabytesPerSecond
        let slowest = ranks.map(\.weightByteCountPerStep).max() ?? 0
        predictedTokensPerSecond = slowest > 0 ? gigabytesPerSecond * 1e9 / Double(slowest) : 0
    }
}

/// One setting of the topology and where it comes from.
struct PlannedSetting: Encodable {
    let key: String
    let value: String
    let origin: String

    init(_ setting: SettingDescription) {
        key = "\(setting.section).\(setting.key)"
        value = setting.value
        origin = setting.origin.description
    }
}
