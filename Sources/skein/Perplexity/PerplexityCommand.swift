import ArgumentParser
import Controller
import Foundation
import Models
import Platform
import Tensors
import Tokenization
import Topology

/// `skein perplexity`: how well a model foretells a text.
struct PerplexityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity", abstract: "Measure how well a model foretells a text.",
        discussion: """
            The text is cut into windows of --context tokens, which do not overlap; every token but a window's first \
            counts. The perplexity is exp(-mean log-probability).
            """)

    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String

    @Option(help: "Text file, UTF-8.")
    var text: String

    @Option(help: "Weight format.")
    var quantType = QuantType.auto

    @Option(help: "KV cache format.")
    var kvCacheType = KVCacheType.auto

    @Option(help: "Tokens of a window; the default is 512, or the model's maximum.")
    var context: Int?

    @Option(help: "Tokens of the text at most, from its beginning.")
    var tokens: Int?

    @Option(help: "Threads; the default is one a usable CPU.")
    var threads: Int?

    @Flag(
        help:
            "Print JSON: model, quant_type, kv_cache_type, context, tokens, perplexity, mean_log_probability."
    )
    var json = false

    private static let defaultContext = 512

    mutating func validate() throws {
        for (name, value, least) in [("context", context, 2), ("tokens", tokens, 2), ("threads", threads, 1)]
        {
            if let value, value < least {
                throw ValidationError("--\(name) is \(value); at least \(least) is needed")
            }
        }
    }

    func run() async throws {
        let directory = URL(filePath: model, directoryHint: .isDirectory)
        let threadCount = try threads ?? Machine.current().usableProcessorCount
        let ids = try tokenIDs(directory)
        let outcome: Outcome = try await withCheckedThrowingContinuation { continuation in
            // Model arithmetic blocks: not on the threads that tasks share.
            Thread.detachNewThread {
                continuation.resume(with: Result { try measure(ids, directory, threadCount: threadCount) })
            }
        }
        print(json ? try outcome.json() : outcome.sentence)
    }

    private func tokenIDs(_ directory: URL) throws -> [Int32] {
        let content: String
        do { content = try String(contentsOf: URL(filePath: text), encoding: .utf8) } catch {
            throw CommandFailure(
                "\(text) cannot be read as UTF-8: \(error.localizedDescription)", exitCode: 2)
        }
        let ids = try Tokenizer(
            of: directory, try Checkpoint(directory: directory).tokenizerMetadata()
        ).encode(content)
        let chosen = Array(ids.prefix(tokens ?? .max))
        guard chosen.count >= 2 else {
            throw CommandFailure("\(text) has \(chosen.count) tokens; at least 2 are needed", exitCode: 2)
        }
        return chosen
    }

    private func measure(_ ids: [Int32], _ directory: URL, threadCount: Int) throws -> Outcome {
        let maximum = try ModelConfiguration(directory: directory).maxPositionCount
        guard (context ?? 2) <= maximum else {
            throw CommandFailure(
                "--context is \(context ?? 0); allowed: 2 to \(maximum), the model's own maximum", exitCode: 2
            )
        }
        let length = context ?? min(Self.defaultContext, maximum)
        let cacheType = kvCacheType.resolved(for: quantType)
        guard let keyValueType = KVType(rawValue: cacheType.rawValue) else {
            preconditionFailure("no KV cache format \(cacheType.rawValue)")
        }
        let local = try LocalModel(
            directory: directory, weightType: quantType.rawValue, keyValueType: keyValueType,
            sequenceLength: length, threadCount: threadCount)
        var sum = 0.0
        var count = 0
        for start in stride(from: 0, to: ids.count, by: length) {
            let window = Array(ids[start..<min(start + length, ids.count)])
            guard window.count > 1 else { continue }
            let values = try local.logProbabilities(of: window)
            sum += values.reduce(0, +)
            count += values.count
        }
        return Outcome(
            model: model, quantType: local.weightType, kvCacheType: cacheType.rawValue, context: length,
            tokens: count,
            meanLogProbability: sum / Double(count))
    }
}

/// What a text gave.
private struct Outcome: Encodable, Sendable {
    let model: String
    let quantType: String
    let kvCacheType: String
    let context: Int
    let tokens: Int
    let meanLogProbability: Double
    let perplexity: Double

    init(
        model: String, quantType: String, kvCacheType: String, context: Int, tokens: Int,
        meanLogProbability: Double
    ) {
        self.model = model
        self.quantType = quantType
        self.kvCacheType = kvCacheType
        self.context = context
        self.tokens = tokens
        self.meanLogProbability = meanLogProbability
        perplexity = exp(-meanLogProbability)
    }

    var sentence: String {
        "perplexity \(String(format: "%.4f", perplexity)) "
            + "(\(quantType), KV \(kvCacheType), \(tokens) tokens, windows of \(context))"
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
