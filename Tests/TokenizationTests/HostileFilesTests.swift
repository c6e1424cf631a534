import Foundation
import TestSupport
import Testing
import Tokenization

/// Damaged tokenizer files: each is refused with an error that says something, or makes a tokenizer that encodes or
/// refuses a text; none ends the process.
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

    private func damage(
        _ original: [UInt8], caseCount: Int, _ make: (Data) throws -> Tokenizer
    ) throws {
        var refusedCount = 0
        for number in 0..<caseCount {
            var mutator = Mutator(seed: UInt64(number))
            do {
                let tokenizer = try make(Data(mutator.damaged(original)))
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
