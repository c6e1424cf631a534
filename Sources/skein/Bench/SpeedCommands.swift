import ArgumentParser
import Foundation
import Models
import Platform
import Topology

/// What the speed benchmarks have in common.
struct SpeedOptions: ParsableArguments {
    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String?

    @Option(help: "A named shape with random weights, written on first use (gpt2-124m).")
    var shape: NamedShape?

    @Option(help: "Folder of the random checkpoints.")
    var shapesFolder: String?

    @Option(help: "Weight formats; several with commas.")
    var quantType = "int8,int4"

    @Option(help: "KV cache formats; several with commas.")
    var kvCacheType = "auto"

    @Option(help: "Ranks.")
    var tensorParallel = 1

    @Option(help: "Threads of each rank; the default is as many as there are usable CPUs for it.")
    var threads: Int?

    @Option(help: "Rounds.")
    var rounds = 5

    @Option(help: "Write the measurements as JSON to this file.")
    var json: String?

    @Option(help: "Write a chart to this file.")
    var svg: String?

    @OptionGroup var packCache: PackCacheFlags

    func validate() throws {
        guard model == nil || shape == nil else {
            throw ValidationError("--model and --shape exclude each other")
        }
        for (name, value) in [
            ("rounds", rounds), ("tensor-parallel", tensorParallel), ("threads", threads ?? 1),
        ]
        where value < 1 {
            throw ValidationError("--\(name) is \(value); at least 1 is needed")
        }
        _ = try formats()
    }

    /// Measures, prints the table and writes the files.
    func run(concurrencies: [Int], _ load: GenerationLoad, prefillChunk: Int) async throws {
        let report = try await benchmark(
            concurrencies: concurrencies, load, prefillChunk: prefillChunk, threadCount: threads
        ).run()
        print(report.table)
        try BenchFiles.write(report, json: json, chart: report.chart.svg, svg: svg)
    }

    /// What the options ask for, with as many threads a rank, or as many as there are usable CPUs for it.
    func benchmark(
        concurrencies: [Int], _ load: GenerationLoad, prefillChunk: Int, threadCount: Int?
    ) throws -> SpeedBenchmark {
        let shape = shape ?? .gpt2Small
        return SpeedBenchmark(
            model: model ?? shape.rawValue,
            directory: try BenchFiles.directory(model: model, shape: shape, folder: shapesFolder),
            formats: try formats(), concurrencies: concurrencies, load: load, rankCount: tensorParallel,
            threadCount: try threadCount ?? max(1, Machine.current().usableProcessorCount / tensorParallel),
            prefillChunk: prefillChunk, roundCount: rounds, server: packCache.added())
    }

    /// Refuses what no speed can be measured with.
    static func check(promptTokens: Int, newTokens: Int) throws {
        guard promptTokens > 0 else {
            throw ValidationError("--prompt-tokens is \(promptTokens); at least 1 is needed")
        }
        guard newTokens > 1 else {
            throw ValidationError("--new-tokens is \(newTokens); at least 2 are needed")
        }
    }

    private func formats() throws -> [SpeedFormat] {
        let cacheTypes: [KVCacheType] = try list(kvCacheType, "--kv-cache-type")
        return try list(quantType, "--quant-type").flatMap { type in
            cacheTypes.map { SpeedFormat(quantType: type, kvCacheType: $0) }
        }
    }

    private func list<Choice: RawRepresentable & CaseIterable>(_ text: String, _ flag: String) throws
        -> [Choice]
    where Choice.RawValue == String {
        try text.split(separator: ",").map { name in
            guard let choice = Choice(rawValue: String(name)) else {
                let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(flag) \(name) is none of \(allowed)")
            }
            return choice
        }
    }
}

/// `skein bench decode`: one sequence.
struct DecodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Tokens per second of one sequence, and the share of memory bandwidth.")

    @OptionGroup var options: SpeedOptions

    @Option(help: "Prompt tokens, which the new tokens attend to.")
    var promptTokens = 16

    @Option(help: "New tokens.")
    var newTokens = 64

    mutating func validate() throws {
        try SpeedOptions.check(promptTokens: promptTokens, newTokens: newTokens)
    }

    func run() async throws {
        let load = GenerationLoad(promptTokenCount: promptTokens, newTokenCount: newTokens)
        try await options.run(concurrencies: [1], load, prefillChunk: 64)
    }
}

/// `skein bench prefill`: one prompt.
struct PrefillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefill", abstract: "Prompt tokens per second, and the share of the arithmetic's peak.")

    @OptionGroup var options: SpeedOptions

    @Option(help: "Prompt tokens.")
    var promptTokens = 512

    @Option(help: "Prompt tokens in one step.")
    var prefillChunk = 512

    mutating func validate() throws {
        for (name, value) in [("prompt-tokens", promptTokens), ("prefill-chunk", prefillChunk)]
        where value < 1 {
            throw ValidationError("--\(name) is \(value); at least 1 is needed")
        }
    }

    func run() async throws {
        let load = GenerationLoad(promptTokenCount: promptTokens, newTokenCount: 1)
        try await options.run(concurrencies: [1], load, prefillChunk: prefillChunk)
    }
}

/// `skein bench batch`: several sequences at once.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Tokens per second of several sequences at once.")

    @OptionGroup var options: SpeedOptions

    @Option(help: "Sequences at once; several with commas.")
    var concurrency = "1,2,4,8,16,32,64"

    @Option(help: "Prompt tokens of each sequence.")
    var promptTokens = 16

    @Option(help: "New tokens of each sequence.")
    var newTokens = 32

    mutating func validate() throws {
        try SpeedOptions.check(promptTokens: promptTokens, newTokens: newTokens)
        _ = try BenchFiles.concurrencies(concurrency)
    }

    func run() async throws {
        let load = GenerationLoad(promptTokenCount: promptTokens, newTokenCount: newTokens)
        try await options.run(
            concurrencies: try BenchFiles.concurrencies(concurrency), load, prefillChunk: 512)
    }
}
