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
    /// Weight formats.
    let quantTypes: [QuantType]
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

    /// Measures everything; says on stderr what it is doing.
    func run() async throws -> SpeedReport {
        let report = SpeedReport(
            model: model, ranks: rankCount, threadsPerRank: threadCount, promptTokens: load.promptTokenCount,
            newTokens: load.newTokenCount,
            entries: try quantTypes.flatMap { type in
                let weights = try weights(type)
                return concurrencies.map { concurrency in
                    SpeedReport.Entry(
                        quantType: weights.type, concurrency: concurrency, weightByteCount: weights.byteCount,
                        multiplyCount: weights.multiplyCount)
                }
            })
        return try await withFleets([], of: quantTypes[...]) { fleets in
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
        _ started: [Fleet], of types: ArraySlice<QuantType>,
        _ body: @escaping @Sendable ([Fleet]) async throws -> SpeedReport
    ) async throws -> SpeedReport {
        guard let type = types.first else { return try await body(started) }
        var layout = LayoutOverrides()
        layout.tensorParallel = rankCount
        layout.threadsPerRank = threadCount
        layout.maxBatchSize = concurrencies.max() ?? 1
        layout.prefillChunk = prefillChunk
        layout.quantType = type
        // The same prompts come round after round.
        layout.prefixCache = .off
        let topology = try TopologySource(file: nil, model: directory.path).load(
            CommandLineOverrides(layout: layout))
        StandardError.write("loading \(model) as \(type.rawValue)\n")
        return try await FleetSession.run(topology, logLevel: .warning) { fleet in
            try await withFleets(started + [fleet], of: types.dropFirst(), body)
        }
    }

    private func weights(_ type: QuantType) throws -> (type: String, byteCount: Int, multiplyCount: Int) {
        func summary(_ type: QuantType) throws -> ModelSummary {
            try Assembly.inspector.inspect(
                ModelInspection(
                    directory: directory, rankCount: 1, rowCountMax: 1, weightType: type.rawValue,
                    keyValueType: "f32"))
        }
        let own = try summary(type)
        // Nearly all of a step's f32 bytes are weights that are multiplied once a token, in prompts without the head's.
        let count = try summary(.f32).ranks.reduce(0) { $0 + $1.weightByteCountPerStep } / 4
        let configuration = try ModelConfiguration(directory: directory)
        let headCount = configuration.vocabularyCount * configuration.embeddingCount
        return (own.weightType, own.ranks.reduce(0) { $0 + $1.weightByteCountPerStep }, count - headCount)
    }
}
