import TestSupport
import Testing
import Tokenization

/// The bound of what loading a tokenizer takes, in heap and mappings of the thread that loads it.
enum LoadingMemory {
    /// What a tiny file needs: tables that have one size, windows of the file, compiled patterns.
    static let allowance = 2 << 20

    /// Makes a tokenizer of files with so many bytes together, and makes sure that it took no more than twice these and
    /// the allowance, whether it succeeded or not (docs/TOKENIZERS.md).
    static func tokenizer(
        fileByteCount: Int, _ make: () throws -> Tokenizer,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Tokenizer {
        var result: Result<Tokenizer, any Error>?
        let peak = HeapGrowth.peak { result = Result(catching: make) }
        let limit = 2 * fileByteCount + allowance
        if peak > limit {
            Issue.record(
                "took \(peak) bytes for a file of \(fileByteCount); allowed are \(limit)",
                sourceLocation: sourceLocation)
        }
        return try #require(result).get()
    }
}
