import ArgumentParser
import Foundation
import Tokenization

/// `skein bench tokenizers`: how long encoding and decoding a text take on one thread.
struct TokenizersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizers", abstract: "Time a tokenizer on a text, on one thread.",
        discussion: """
            Every round encodes the text and decodes its ids; a round before the first is not counted. Times are \
            processor times. \
            Benchmarks/tokenizers/run compares the figures with those of another library.
            """)

    @Option(help: "A tokenizer.json, or a model directory.")
    var tokenizer: String

    @Option(help: "A text in UTF-8.")
    var text: String

    @Flag(help: "Encode and decode each line by itself.")
    var lines = false

    @Option(help: "Rounds that count.")
    var rounds = 1

    mutating func validate() throws {
        guard rounds >= 1 else { throw ValidationError("--rounds is \(rounds); at least 1 is needed") }
    }

    func run() throws {
        let tokenizer = try loadTokenizer()
        let content = try Data(contentsOf: URL(filePath: text))
        let texts =
            lines
            ? content.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
            : [String(decoding: content, as: UTF8.self)]
        var figures = Figures()
        for round in 0...rounds {
            var ids: [[Int32]] = []
            let start = Self.processorSeconds()
            for text in texts { ids.append(try tokenizer.encode(text)) }
            let middle = Self.processorSeconds()
            var byteCount = 0
            for ids in ids { byteCount += tokenizer.decode(ids, skipSpecialTokens: true).utf8.count }
            let end = Self.processorSeconds()
            figures.tokenCount = ids.reduce(0) { $0 + $1.count }
            figures.decodedByteCount = byteCount
            guard round > 0 else { continue }
            figures.encoding.append(middle - start)
            figures.decoding.append(end - middle)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        print(String(decoding: try encoder.encode(figures), as: UTF8.self))
    }

    /// Processor time of this process so far: what other processes take does not count.
    private static func processorSeconds() -> Double { Double(clock()) / 1e6 }

    private func loadTokenizer() throws -> Tokenizer {
        do {
            guard tokenizer.hasSuffix(".json") else {
                return try Tokenizer(directory: URL(filePath: tokenizer))
            }
            return try Tokenizer(
                tokenizerJSON: try Data(contentsOf: URL(filePath: tokenizer)), configJSON: nil)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// What is printed.
    private struct Figures: Encodable {
        var tokenCount = 0
        var decodedByteCount = 0
        var encoding: [Double] = []
        var decoding: [Double] = []

        enum CodingKeys: String, CodingKey {
            case tokenCount = "token_count"
            case decodedByteCount = "decoded_byte_count"
            case encoding = "encode_seconds"
            case decoding = "decode_seconds"
        }
    }
}
