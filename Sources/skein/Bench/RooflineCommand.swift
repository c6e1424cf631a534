import ArgumentParser
import Foundation
import Platform

/// `skein bench roofline`: the machine's limits, and what a model reaches of them.
struct RooflineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roofline",
        abstract:
            "Read bandwidth and arithmetic peaks by 1, 2, ... threads, next to what decode and prefill reach."
    )

    @OptionGroup var options: SpeedOptions

    @Option(help: "Prompt tokens.")
    var promptTokens = 256

    @Option(help: "New tokens.")
    var newTokens = 32

    mutating func validate() throws {
        try SpeedOptions.check(promptTokens: promptTokens, newTokens: newTokens)
    }

    func run() async throws {
        let usable = try Machine.current().usableProcessorCount / options.tensorParallel
        let load = GenerationLoad(promptTokenCount: promptTokens, newTokenCount: newTokens)
        var report = RooflineReport(points: [])
        for count in 1...max(1, options.threads ?? usable) {
            let benchmark = try options.benchmark(
                concurrencies: [1], load, prefillChunk: promptTokens, threadCount: count)
            report.points.append(try await benchmark.run())
        }
        print(report.table)
        try BenchFiles.write(report, json: options.json, chart: report.chart.svg, svg: options.svg)
    }
}
