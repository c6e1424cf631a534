import Foundation
import Models
import TestSupport
import Testing
import Tokenization
import WorkerMessages

/// What reading a GGUF file's header and its tokenizer takes in memory: at most twice the header and 2 MiB, whatever it
/// holds. Each file is read in a process of its own, the first there, so that what is made once counts.
@Suite("Memory while GGUF headers are read", .serialized, .timeLimit(.minutes(5)))
struct GGUFMemoryTests {
    /// A file that repeats the smallest part that makes a reader keep something.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// Words of the refusal; empty where the file is read.
        var refusal = ""
        var tensorCount: UInt64 = 0
        var valueCount: UInt64 = 0
        let add: @Sendable (inout GGUFText) -> Void
        var testDescription: String { name }
    }

    private static let byteCount = 5 << 20

    /// A short text that no other number has.
    @Sendable private static func name(_ number: Int) -> String { String(number, radix: 36) }

    private static func long(_ character: String, _ count: Int = byteCount) -> String {
        String(repeating: character, count: count)
    }

    /// Six values: a vocabulary of so many tokens.
    private static func addTokens(
        _ count: Int, model: String, merges: [String] = [], to file: inout GGUFText
    ) {
        file.addValue("tokenizer.ggml.model", model)
        file.addValue("tokenizer.ggml.pre", "gpt-2")
        file.addValue("tokenizer.ggml.tokens", (0..<count).map { $0 == 0 ? "<unk>" : name($0) })
        file.addValue("tokenizer.ggml.token_type", type: 5, (0..<count).map { $0 == 0 ? 2 : 1 as Int32 })
        file.addValue(
            "tokenizer.ggml.scores", type: 6, (0..<count).map { (-Float($0) / 3).bitPattern })
        file.addValue("tokenizer.ggml.merges", merges)
    }

    private static let keptTooMuch = "bytes of memory, allowed are"
    private static let tooMuchJSON = "bytes as JSON, allowed are"

    private static let cases: [Case] = [
        Case(name: "values", refusal: keptTooMuch, valueCount: 65_536) { file in
            for number in 0..<65_536 { file.addValue(name(number), u32: 0) }
        },
        Case(name: "texts", refusal: keptTooMuch, valueCount: 60_000) { file in
            for number in 0..<60_000 { file.addValue(name(number), long("a", 150)) }
        },
        Case(name: "a long text", refusal: "tokenizer.ggml.model: is missing", valueCount: 1) {
            $0.addValue("a", long("a"))
        },
        Case(name: "a long text of the tokenizer", refusal: "a string of", valueCount: 1) {
            $0.addValue("tokenizer.a", long("a"))
        },
        Case(name: "control characters", refusal: tooMuchJSON, valueCount: 1) {
            $0.addValue("tokenizer.a", long("\u{1}"))
        },
        Case(name: "numbers", refusal: tooMuchJSON, valueCount: 1) {
            $0.addValue("tokenizer.a", type: 0, [UInt8](repeating: 255, count: byteCount))
        },
        Case(name: "a long chat template", refusal: "chat_template: has 1048576 bytes", valueCount: 7) {
            addTokens(150_000, model: "llama", to: &$0)
            $0.addValue("tokenizer.chat_template", long("a", 1 << 20))
        },
        Case(name: "tensors", refusal: keptTooMuch, tensorCount: 100_000) { file in
            for number in 0..<100_000 { file.addTensor(name(number), [0], type: 0, offset: 0) }
        },
        Case(name: "pieces", valueCount: 6) { addTokens(200_000, model: "llama", to: &$0) },
        Case(name: "tokens", valueCount: 6) { addTokens(200_000, model: "gpt2", to: &$0) },
        Case(name: "one merge", refusal: "needs tables of", valueCount: 6) {
            addTokens(
                1000, model: "gpt2", merges: [String](repeating: "1 2", count: byteCount / 11), to: &$0)
        },
        Case(name: "a copy of tokenizer.json", valueCount: 2) {
            let tokens = (0..<100_000).map { "\"\(name($0))\":\($0)" }.joined(separator: ",")
            $0.addValue("tokenizer.ggml.model", "gpt2")
            $0.addValue(
                "tokenizer.huggingface.json",
                "{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":{\(tokens)}}}")
        },
    ]

    @Test("hostile files", arguments: cases)
    func hostile(_ one: Case) async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "model.gguf").path
        var file = GGUFText()
        file.start(tensors: one.tensorCount, values: one.valueCount)
        one.add(&file)
        try Data(file.bytes).write(to: URL(filePath: path))
        let refusal = one.refusal
        await #expect(processExitsWith: .success) { [path = path as String, refusal = refusal as String] in
            var message = ""
            do {
                let url = URL(filePath: path)
                _ = try HeaderMemory.expectLittle(gguf: url) {
                    // What no configuration is made of may still be a tokenizer.
                    _ = try? ModelConfiguration(directory: url)
                    let metadata = try #require(try Checkpoint(directory: url).tokenizerMetadata())
                    return try Tokenizer(
                        gguf: path, metadata: metadata.json, fileByteCount: metadata.fileByteCount)
                }
            } catch { message = "\(error)" }
            #expect(refusal.isEmpty ? message.isEmpty : message.contains(refusal), "\(message)")
        }
    }
}
