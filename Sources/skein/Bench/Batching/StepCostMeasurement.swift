import Controller
import Foundation
import Serving
import Topology

/// Measures a reader's steps from outside: decodes at several batch sizes, and prompts of one step and of many.
struct StepCostMeasurement: Sendable {
    /// What the result calls the model.
    let model: String
    /// Its directory.
    let directory: URL
    /// Weight format.
    let quantType: QuantType
    /// Prompt tokens of one step.
    let prefillChunk: Int
    /// Rounds; the median counts.
    let roundCount: Int

    private static let decodeSizes = [1, 2, 4, 8, 16]

    /// Loads the model and measures.
    func run() async throws -> StepCost {
        var layout = LayoutOverrides()
        layout.quantType = quantType
        // The same prompts come round after round.
        layout.prefixCache = .off
        layout.maxBatchSize = Self.decodeSizes.max() ?? 1
        layout.prefillChunk = prefillChunk
        let topology = try TopologySource(file: nil, model: directory.path).load(
            CommandLineOverrides(layout: layout))
        StandardError.write("measuring the steps of \(model)\n")
        return try await FleetSession.run(topology, logLevel: .warning) { try await measure($0) }
    }

    private func measure(_ fleet: Fleet) async throws -> StepCost {
        guard let group = await fleet.snapshot().groups.first,
            let served = fleet.servedGroup(named: group.name)
        else { throw CommandFailure("no reader serves", exitCode: 1) }
        let longCount = min(8 * prefillChunk, served.maxSequenceLength - 2)
        let prefillSizes = [prefillChunk / 4, prefillChunk / 2, prefillChunk].filter {
            $0 > Self.decodeSizes.max() ?? 1 && $0 <= longCount
        }
        var decodes = Self.decodeSizes.map { _ in Sample() }
        var prefills = prefillSizes.map { _ in Sample() }
        var long = Sample()
        for _ in 0..<roundCount {
            for (index, size) in Self.decodeSizes.enumerated() {
                let load = GenerationLoad(promptTokenCount: 8, newTokenCount: 33)
                let speed = try await load.run(fleet, concurrency: size)
                if let rate = speed.tokensPerSecond { decodes[index].add(Double(size) / rate) }
            }
            for (index, size) in prefillSizes.enumerated() {
                prefills[index].add(try await promptSeconds(size, fleet))
            }
            long.add(try await promptSeconds(longCount, fleet))
        }
        let measured =
            zip(Self.decodeSizes, decodes).map { StepCost.Point(rowCount: $0, seconds: $1.median) }
            + zip(prefillSizes, prefills).map { StepCost.Point(rowCount: $0, seconds: $1.median) }
        let points = Self.rising(measured)
        let flat = StepCost(model: model, points: points, secondsPerAttendedPosition: 0)
        let chunks = Double(longCount) / Double(prefillChunk)
        let rest = long.median - chunks * flat.seconds(rowCount: prefillChunk, attendedPositionCount: 0)
        let attended = Double(longCount) * Double(longCount) / 2
        return StepCost(model: model, points: points, secondsPerAttendedPosition: max(0, rest / attended))
    }

    /// The same points without what cannot be: a step that takes longer than one with more rows was disturbed.
    static func rising(_ points: [StepCost.Point]) -> [StepCost.Point] {
        points.enumerated().map { index, point in
            let least = points[index...].map(\.seconds).min() ?? point.seconds
            return StepCost.Point(rowCount: point.rowCount, seconds: least)
        }
    }

    private func promptSeconds(_ tokenCount: Int, _ fleet: Fleet) async throws -> Double {
        let load = GenerationLoad(promptTokenCount: tokenCount, newTokenCount: 1)
        return Double(tokenCount) / (try await load.run(fleet, concurrency: 1).promptTokensPerSecond)
    }
}
