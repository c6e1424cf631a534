import Foundation
import Models
import Tensors
import TestSupport
import Testing

/// The bound of what reading a model's files but its weights takes, in heap and mappings of the thread that reads them.
enum HeaderMemory {
    /// Reads one file of a directory and nothing else where it can be read by itself, and makes sure that it took no
    /// more than twice its bytes and 1 MiB, whether it succeeded or not.
    static func expectLittle(
        _ folder: URL, _ file: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let path = folder.appending(path: file).path
        let byteCount = try CheckpointFile(path: path).byteCount
        let peak = HeapGrowth.peak {
            do {
                switch file {
                case "config.json": _ = try ModelConfiguration(directory: folder)
                case "model.safetensors": _ = try Checkpoint(directory: folder)
                default:
                    let bytes = try CheckpointFile(path: path).readAll(limit: SafetensorsIndex.byteCountMax)
                    _ = try SafetensorsIndex(parsing: bytes, path: path)
                }
            } catch let error as ModelError {
                #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
            } catch {
                #expect(error is SafetensorsError && !"\(error)".isEmpty, sourceLocation: sourceLocation)
            }
        }
        let limit = 2 * byteCount + (1 << 20)
        #expect(
            peak <= limit, "took \(peak) bytes for a file of \(byteCount); allowed are \(limit)",
            sourceLocation: sourceLocation)
    }

    /// Reads all of a GGUF file but its weights, its tokenizer included, and makes sure that it took no more than twice
    /// the bytes of its header and 2 MiB, whether it succeeded or not.
    static func expectLittle<Result>(
        gguf path: URL, sourceLocation: SourceLocation = #_sourceLocation, _ read: () throws -> Result
    ) throws -> Result {
        let file = try CheckpointFile(path: path.path)
        // Where the header cannot be read, the whole file counts.
        let byteCount = (try? GGUFFile(path: path.path).headerRange.count) ?? file.byteCount
        var result: Swift.Result<Result, any Error>?
        let peak = HeapGrowth.peak { result = Swift.Result(catching: read) }
        let limit = 2 * byteCount + (2 << 20)
        #expect(
            peak <= limit, "took \(peak) bytes for a header of \(byteCount); allowed are \(limit)",
            sourceLocation: sourceLocation)
        return try #require(result).get()
    }
}
