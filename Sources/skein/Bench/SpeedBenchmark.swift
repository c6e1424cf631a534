import Controller
import Foundation
import Models
import Platform
import Serving
import Topology
import WorkerMessages

/// Measures one model in several weight formats, all loaded at once and asked in turn, round by round.
struct SpeedBenchmark: Sendable {
    /// What the report calls the model.
    let model: String
    /// Its directory.
    let directory: URL
    /// Formats of weights and KV cache.
    let formats: [SpeedFormat]
    /// Sequences at once.
    let concurrencies: [Int]
    /// What each sequence is.
    let load: GenerationLoad
    /// Ranks.
    let rankCount: Int
    /// Threads of each rank.
    let threadCount: Int
    /// Prompt tokens in one step.
    let prefillChunk: Int
    /// Rounds.
    let roundCount: Int
    /// Where packs are kept.
    let server: ServerOverrides

    private static let blockPositionCount = StepLimits.blockPositionCount

    /// Measures everything; says on stderr what it is doing.
    func run() async throws -> SpeedReport {
        let report = SpeedReport(
            model: model, ranks: rankCount, threadsPerRank: threadCount, promptTokens: load.promptTokenCount,
            newTokens: load.newTokenCount,
            entries: try formats.flatMap { format in
                try concurrencies.map { try entry(format, concurrency: $0) }
            })
        return try await withFleets([], of: formats[...]) { fleets in
            var report = report
            for fleet in fleets { _ = try await load.run(fleet, concurrency: 1) }
            for round in 1...roundCount {
                StandardError.write("round \(round) of \(roundCount)\n")
                for (index, fleet) in fleets.enumerated() {
                    // Beside each cell, since the machine drifts within a round.
                    let limits = try await MachineLimits.measured(threadCount: rankCount * threadCount)
                    report.limits.add(limits)
                    for (offset, concurrency) in concurrencies.enumerated() {
                        let speed = try await load.run(fleet, concurrency: concurrency)
                        report.entries[index * concurrencies.count + offset].add(speed, limits)
                    }
                }
            }
            return report
        }
    }

    /// Starts a fleet for each format, all of them alive while `body` runs.
    private func withFleets(
        _ started: [Fleet], of formats: ArraySlice<SpeedFormat>,
        _ body: @escaping @Sendable ([Fleet]) async throws -> SpeedReport
    ) async throws -> SpeedReport {
        guard let format = formats.first else { return try await body(started) }
        var layout = LayoutOverrides()
        layout.tensorParallel = rankCount
        layout.threadsPerRank = threadCount
        layout.maxBatchSize = concurrencies.max() ?? 1
        layout.prefillChunk = prefillChunk
        layout.quantType = format.quantType
        layout.kvCacheType = format.kvCacheType
        // The same prompts come round after round.
        layout.prefixCache = .off
        let topology = try TopologySource(file: nil, model: directory.path).load(
            CommandLineOverrides(server: server, layout: layout))
        StandardError.write("loading \(model) as \(format)\n")
        return try await FleetSession.run(topology, logLevel: .warning) { fleet in
            try await withFleets(started + [fleet], of: formats.dropFirst(), body)
        }
    }

    /// What a step of a format reads and multiplies.
    private func entry(_ format: SpeedFormat, concurrency: Int) throws -> SpeedReport.Entry {
        let own = try summary(format)
        // Nearly all of a step's f32 bytes are weights that are multiplied once a token, in prompts without the head's.
        let plain = try summary(SpeedFormat(quantType: .f32, kvCacheType: .f32))
        let configuration = try ModelConfiguration(directory: directory)
        let headCount = configuration.vocabularyCount * configuration.embeddingCount
        let positionByteCount =
            own.ranks.reduce(0) { $0 + $1.keyValueBlockByteCount } / Self.blockPositionCount
        return SpeedReport.Entry(
            quantType: own.weightType, kvCacheType: format.resolvedCacheType.rawValue,
            concurrency: concurrency,
            weightByteCount: own.ranks.reduce(0) { $0 + $1.weightByteCountPerStep },
            keyValueByteCount: concurrency * positionByteCount
                * (load.promptTokenCount + load.newTokenCount / 2),
            multiplyCount: plain.ranks.reduce(0) { $0 + $1.weightByteCountPerStep } / 4 - headCount)
    }

    private func summary(_ format: SpeedFormat) throws -> ModelSummary {
        try Assembly.inspector.inspect(
            ModelInspection(
                directory: directory, rankCount: 1, rowCountMax: 1, weightType: format.quantType.rawValue,
                keyValueType: format.resolvedCacheType.rawValue))
    }
}

/// A format of weights and one of the KV cache.
struct SpeedFormat: Sendable, CustomStringConvertible {
    let quantType: QuantType
    let kvCacheType: KVCacheType

    var resolvedCacheType: KVCacheType { kvCacheType.resolved(for: quantType) }

    var description: String { "\(quantType.rawValue) with KV \(resolvedCacheType.rawValue)" }
}
