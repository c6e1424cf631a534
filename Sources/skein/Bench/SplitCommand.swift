import ArgumentParser
import Foundation
import Models
import Platform
import Topology
import WorkerMessages

/// `skein bench split`: 1/2/4-way splits, 1/2/4 replicas and 2 x 2, interleaved.
struct SplitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Compare splits and replicas on this machine.",
        discussion: """
            Every round starts each layout in turn, so that a drift of the machine hits all of them. Layouts with more \
            processes than CPUs are labelled correctness runs.
            """)

    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String?

    @Option(help: "A named shape with random weights, written on first use.")
    var shape: NamedShape?

    @Option(help: "Folder of the random checkpoints.")
    var shapesFolder: String?

    @Option(help: "Which gathers to compare: shm, unix or both.")
    var transports = "both"

    @Option(help: "Sequences at once; several with commas.")
    var concurrency = "1,8"

    @Option(help: "Threads of each rank.")
    var threads = 1

    @Option(help: "Rounds.")
    var rounds = 5

    @Option(help: "Prompt tokens of each sequence.")
    var promptTokens = 128

    @Option(help: "New tokens of each sequence.")
    var newTokens = 64

    @Option(help: "Write the measurements as JSON to this file.")
    var json: String?

    @Option(help: "Write a chart to this file.")
    var svg: String?

    @Option(help: "Weight format.")
    var quantType = QuantType.f32

    @Flag(help: "Leave out layouts with more processes than CPUs.")
    var skipOversubscribed = false

    @OptionGroup var packCache: PackCacheFlags

    mutating func validate() throws {
        for (name, value) in [
            ("rounds", rounds), ("threads", threads), ("prompt-tokens", promptTokens),
            ("new-tokens", newTokens - 1),
        ] where value < 1 {
            throw ValidationError(
                "--\(name) is too small: at least \(name == "new-tokens" ? 2 : 1) is needed, not 0")
        }
        guard (model == nil) != (shape == nil) || (model == nil && shape == nil) else {
            throw ValidationError("--model and --shape exclude each other")
        }
        _ = try BenchFiles.concurrencies(concurrency)
        _ = try chosenTransports()
    }

    func run() async throws {
        let shape = shape ?? .gpt2Small
        let directory = try BenchFiles.directory(model: model, shape: shape, folder: shapesFolder)
        let usable = try Machine.current().usableProcessorCount
        let cells = SplitCell.all(transports: try chosenTransports())
            .filter { !skipOversubscribed || $0.processCount * threads <= usable }
        let benchmark = SplitBenchmark(
            model: "\(model ?? shape.rawValue) \(quantType.rawValue)", directory: directory, cells: cells,
            concurrencies: try BenchFiles.concurrencies(concurrency),
            threadCount: threads, roundCount: rounds, promptTokenCount: promptTokens,
            newTokenCount: newTokens, quantType: quantType, usableProcessorCount: usable,
            server: packCache.added())
        let report = try await benchmark.run()
        print(report.table)
        try BenchFiles.write(report, json: json, chart: report.chart.svg, svg: svg)
    }

    private func chosenTransports() throws -> [Transport] {
        if transports == "both" { return Transport.allCases }
        guard let transport = Transport(rawValue: transports) else {
            throw ValidationError("--transports \(transports) is none of shm, unix, both")
        }
        return [transport]
    }
}
