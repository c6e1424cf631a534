import ArgumentParser
import Foundation
import Models
import Serving
import Topology

/// `skein bench batching`: every batching policy before the same arrivals.
struct BatchingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batching", abstract: "Compare batching policies under the same arrivals.",
        discussion: """
            Measures what a step takes by its rows, and then serves each scenario in simulated time: the real queue, \
            policies and scheduler, with steps that take what was measured. --steps FILE takes the steps of an earlier \
            run's --json instead, which makes the rest repeatable to the last digit.
            """)

    @Option(help: "Model directory in Hugging Face layout.")
    var model: String?

    @Option(help: "A named shape with random weights, written on first use (gpt2-124m).")
    var shape: NamedShape?

    @Option(help: "Folder of the random checkpoints.")
    var shapesFolder: String?

    @Option(help: "Weight format.")
    var quantType = QuantType.int8

    @Option(help: "Take the steps' times from this report instead of measuring them.")
    var steps: String?

    @Option(help: "Rounds of the measurement.")
    var rounds = 5

    @Option(help: "Folder with Azure's traces; left out if absent.")
    var traces = "../shared/data/traces"

    @Option(help: "Requests of each scenario.")
    var requests = 600

    @Option(help: "Percent of what continuous batching can do; several with commas.")
    var load = "30,60,90"

    @Option(help: "Policies; several with commas. The default is all.")
    var policies: String?

    @Option(help: "Readers before the queue.")
    var readers = 1

    @Option(help: "Sequences of a reader.")
    var maxBatchSize = Defaults.maxBatchSize

    @Option(help: "Prompt tokens of one step.")
    var prefillChunk = Defaults.prefillChunk

    @Option(help: "Tokens of prompt and answer; longer ones are cut.")
    var maxSequenceLength = 1024

    @Option(help: "Write the numbers as JSON to this file.")
    var json: String?

    @Option(help: "Write a chart of the middle load to this file.")
    var svg: String?

    mutating func validate() throws {
        guard model == nil || shape == nil else {
            throw ValidationError("--model and --shape exclude each other")
        }
        for (name, value, bounds) in [
            ("rounds", rounds, 1...1000), ("requests", requests, 10...100_000), ("readers", readers, 1...64),
            ("max-batch-size", maxBatchSize, TopologyLimits.maxBatchSize),
            ("prefill-chunk", prefillChunk, TopologyLimits.prefillChunk),
            ("max-sequence-length", maxSequenceLength, 256...TopologyLimits.maxSequenceLength.upperBound),
        ] where !bounds.contains(value) {
            throw ValidationError(
                "--\(name) is \(value); allowed: \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        _ = try loadPercents()
        _ = try modes()
    }

    func run() async throws {
        let folder = URL(filePath: traces)
        let hasTraces = FileManager.default.fileExists(atPath: folder.path)
        if !hasTraces { StandardError.write("no traces in \(traces): their scenarios are left out\n") }
        let scenarios = try ArrivalScenario.all(count: requests, traces: hasTraces ? folder : nil)
        let percents = try loadPercents()
        let benchmark = BatchingBenchmark(
            cost: try await stepCost(), scenarios: scenarios, loadPercents: percents, modes: try modes(),
            limits: SchedulerLimits(
                maxBatchSize: maxBatchSize, maxSequenceLength: maxSequenceLength, prefillChunk: prefillChunk,
                // No two prompts begin alike.
                hasPrefixCache: false),
            readerCount: readers)
        let report = try benchmark.run(requestCount: requests)
        print(report.table)
        let chart = BatchingChart(report: report, loadPercent: percents[percents.count / 2])
        try BenchFiles.write(report, json: json, chart: chart.svg, svg: svg)
    }

    private func stepCost() async throws -> StepCost {
        if let steps {
            struct Kept: Decodable { let cost: StepCost }
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            do {
                return try decoder.decode(Kept.self, from: Data(contentsOf: URL(filePath: steps))).cost
            } catch {
                throw CommandFailure("--steps \(steps) is no report of this command: \(error)", exitCode: 2)
            }
        }
        let shape = shape ?? .gpt2Small
        let directory = try BenchFiles.directory(model: model, shape: shape, folder: shapesFolder)
        return try await StepCostMeasurement(
            model: "\(model ?? shape.rawValue) \(quantType.rawValue)", directory: directory,
            quantType: quantType,
            prefillChunk: prefillChunk, roundCount: rounds
        ).run()
    }

    private func loadPercents() throws -> [Int] {
        let values = load.split(separator: ",").map { Int($0) }
        guard !values.isEmpty, values.allSatisfy({ $0.map { (1...1000).contains($0) } ?? false }) else {
            throw ValidationError("--load \(load) is not a list of numbers from 1 to 1000, such as 30,60")
        }
        return values.compactMap(\.self)
    }

    private func modes() throws -> [Batching] {
        guard let policies else { return Batching.allCases }
        return try policies.split(separator: ",").map { name in
            guard let mode = Batching(rawValue: String(name)) else {
                let allowed = Batching.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--policies \(name) is none of \(allowed)")
            }
            return mode
        }
    }
}
