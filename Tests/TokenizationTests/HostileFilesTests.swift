import Foundation
import TestSupport
import Testing
import Tokenization

/// Damaged tokenizer files: each is refused with an error that says something, or makes a tokenizer that encodes or
/// refuses a text; none ends the process, and none takes more than twice its bytes and 2 MiB.
@Suite("Damaged tokenizer files", .timeLimit(.minutes(5)))
struct HostileFilesTests {
    @Test(arguments: Fixtures.names)
    func tokenizerJSON(name: String) throws {
        let file = Fixtures.folder.appending(path: "\(name).json")
        try damage(Array(try Data(contentsOf: file)), caseCount: 1250) { data in
            try Tokenizer(tokenizerJSON: data, configJSON: nil)
        }
    }

    @Test(arguments: Fixtures.kinds)
    func otherKindsOfTokenizerJSON(name: String) throws {
        let file = Fixtures.folder.appending(path: "\(name).json")
        try damage(Array(try Data(contentsOf: file)), caseCount: 600) { data in
            try Tokenizer(tokenizerJSON: data, configJSON: nil)
        }
    }

    @Test func tokenizerConfiguration() throws {
        let folder = Fixtures.folder.appending(path: "vocabulary-files")
        let model = try Data(contentsOf: Fixtures.folder.appending(path: "byte-level.json"))
        let file = folder.appending(path: "tokenizer_config.json")
        try damage(Array(try Data(contentsOf: file)), caseCount: 500) { data in
            try Tokenizer(tokenizerJSON: model, configJSON: data)
        }
    }

    @Test(
        "a few bytes that ask for much",
        arguments: [
            [String](
                repeating: #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}"#, count: 256),
            [String](repeating: #"{"type":"Whitespace"}"#, count: 256),
            [String](repeating: #"{"type":"UnicodeScripts"}"#, count: 256),
            (0..<16).map { split(String(repeating: "[^\\\\s\\\\p{L}\\\\p{N}]+|", count: 20) + "\($0)") },
            (0..<16).map { split("(?:\\\\w{1,100}){1,\($0 + 1)}") },
            [split(String(repeating: "\\\\w", count: 5000))],
            [split(String(repeating: "(?:a|bc)*d", count: 1600))],
            [split("(?:(?:(?:a{1,99}){1,99}){1,99}){1,99}")],
        ])
    func small(parts: [String]) throws {
        let json = """
            {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [\(parts.joined(separator: ","))]}}
            """
        do {
            _ = try LoadingMemory.tokenizer(fileByteCount: json.utf8.count) {
                try Tokenizer(tokenizerJSON: Data(json.utf8), configJSON: nil)
            }
        } catch let error as TokenizationError { #expect(error.message.utf8.count < 1 << 12) }
    }

    private static func split(_ pattern: String) -> String {
        #"{"type":"Split","pattern":{"Regex":"\#(pattern)"},"behavior":"Isolated","invert":false}"#
    }

    private func damage(
        _ original: [UInt8], caseCount: Int, _ make: (Data) throws -> Tokenizer
    ) throws {
        var refusedCount = 0
        for number in 0..<caseCount {
            var mutator = Mutator(seed: UInt64(number))
            let content = Data(mutator.damaged(original))
            do {
                let tokenizer = try LoadingMemory.tokenizer(fileByteCount: content.count) {
                    try make(content)
                }
                let ids = try tokenizer.encode(
                    "The geese's line <|end|> turned é 🪿\n 12", addSpecialTokens: true)
                _ = tokenizer.decode(ids, skipSpecialTokens: false)
            } catch let error as TokenizationError {
                refusedCount += 1
                #expect(!"\(error)".isEmpty)
            }
        }
        #expect(refusedCount > caseCount / 8, "\(refusedCount) of \(caseCount)")
    }
}
