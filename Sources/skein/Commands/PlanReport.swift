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
                    + "\(reader.kvBlocks) KV blocks")
            lines.append("  memory: \(memory(of: reader))")
            lines.append(
                "  place: NUMA nodes \(reader.place)\(reader.isPackRemote ? ", not those of its ranks" : "")")
            lines.append("  pack cache: \(reader.packCache.sentence)")
            for rank in reader.ranks {
                lines.append(
                    "  rank \(rank.rank): CPUs \(rank.cores.isEmpty ? "any" : "\(rank.cores)"), memory of NUMA nodes "
                        + "\(rank.memoryNodes), "
                        + "\(rank.queryHeads) query and \(rank.keyValueHeads) KV heads, KV cache "
                        + "\(Self.mebibytes(rank.keyValueByteCount)), activations "
                        + "\(Self.mebibytes(rank.activationByteCount)), process "
                        + "\(Self.mebibytes(rank.processByteCount)), reads "
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

    /// The sum, part by part, and what else would fit.
    private func memory(of reader: PlannedReader) -> String {
        let memory = reader.memory
        let length =
            memory.longestSequenceLength.map {
                "; max_sequence_length \($0) would fit, of the model's \(reader.modelMaxSequenceLength)"
            } ?? ""
        return
            "\(Self.mebibytes(memory.totalByteCount)) of \(Self.mebibytes(memory.availableByteCount)) (pack "
            + "\(Self.mebibytes(memory.packByteCount)), KV cache \(Self.mebibytes(memory.keyValueByteCount)), "
            + "activations \(Self.mebibytes(memory.activationByteCount)), gathers "
            + "\(Self.mebibytes(memory.gatherByteCount)), processes "
            + "\(Self.mebibytes(memory.processByteCount)))\(length)"
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
        let memoryNodes: [Int]
        let queryHeads: Int
        let keyValueHeads: Int
        let keyValueByteCount: Int
        let activationByteCount: Int
        let processByteCount: Int
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
    let place: [Int]
    let isPackRemote: Bool
    let reservedByteCount: Int
    let memory: PlannedMemory
    let modelMaxSequenceLength: Int
    var packCache = PlannedPackCache(nil, isOff: true)
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
        place = layout.place
        isPackRemote = snapshot.isPackRemote
        reservedByteCount = snapshot.memory.ownByteCount
        memory = PlannedMemory(snapshot.memory)
        modelMaxSequenceLength = summary.maxPositionCount
        ranks = snapshot.footprints.enumerated().map { rank, footprint in
            Rank(
                rank: rank, cores: layout.cores.isEmpty ? [] : layout.cores[rank],
                memoryNodes: layout.memoryNodes.isEmpty || layout.memoryNodes[rank].isEmpty
                    ? layout.place : layout.memoryNodes[rank],
                queryHeads: footprint.queryHeadCount, keyValueHeads: footprint.keyValueHeadCount,
                keyValueByteCount: layout.blockCount * footprint.keyValueBlockByteCount,
                activationByteCount: footprint.activationByteCount,
                processByteCount: snapshot.memory.processByteCount / snapshot.footprints.count,
                weightByteCountPerStep: footprint.weightByteCountPerStep)
        }
        self.gigabytesPerSecond = gigabytesPerSecond
        let slowest = ranks.map(\.weightByteCountPerStep).max() ?? 0
        predictedTokensPerSecond = slowest > 0 ? gigabytesPerSecond * 1e9 / Double(slowest) : 0
    }
}

/// What a reader takes of what is available; the pack is 0 where an earlier reader has it.
struct PlannedMemory: Encodable {
    let packByteCount: Int
    let keyValueByteCount: Int
    let activationByteCount: Int
    let gatherByteCount: Int
    let processByteCount: Int
    let totalByteCount: Int
    let availableByteCount: Int
    let longestSequenceLength: Int?

    init(_ memory: ReaderMemory) {
        packByteCount = memory.packByteCount
        keyValueByteCount = memory.keyValueByteCount
        activationByteCount = memory.activationByteCount
        gatherByteCount = memory.gatherByteCount
        processByteCount = memory.processByteCount
        totalByteCount = memory.packByteCount + memory.ownByteCount
        availableByteCount = memory.availableByteCount
        longestSequenceLength = memory.longestSequenceLength
    }
}

/// Whether a start would find a reader's pack in the pack cache.
struct PlannedPackCache: Encodable {
    /// Where its file is, or would be; nil where there is no cache.
    let path: String?
    /// Whether a start would map it.
    let isPresent: Bool
    /// For people.
    let sentence: String

    init(_ entry: PackCacheEntry?, isOff: Bool) {
        path = entry?.path
        isPresent = entry?.isPresent ?? false
        guard let entry else {
            sentence = isOff ? "off, a start builds the pack" : "not used, a start builds the pack"
            return
        }
        if entry.isPresent {
            sentence = "a start maps \(entry.path)"
        } else if let fault = entry.fault {
            sentence = "a start builds the pack, since \(entry.path) cannot be used: \(fault)"
        } else {
            sentence = "a start builds the pack and writes \(entry.path)"
        }
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
